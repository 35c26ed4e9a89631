import { err, ok } from '../../base/index.ts';
import type { Result } from '../../base/index.ts';
import type { Keychain, KeychainError } from '../../ports/index.ts';
import type { Lane } from './lane.ts';

/** The key store of one host; it outlives the programs. */
export class KeychainVault {
  /** Secrets by account. */
  readonly secrets = new Map<string, Uint8Array>();
  state: 'open' | 'locked' | 'unavailable' = 'open';
  storage: 'os' | 'file' = 'os';
}

/** {@link Keychain} of one run of one program. Each call takes a few ms, as a call over a bus does. */
export class SimKeychain implements Keychain {
  readonly #vault: KeychainVault;
  readonly #lane: Lane;

  constructor(vault: KeychainVault, lane: Lane) {
    this.#vault = vault;
    this.#lane = lane;
  }

  get storage(): 'os' | 'file' {
    return this.#vault.storage;
  }

  read(account: string): Promise<Result<Uint8Array | undefined, KeychainError>> {
    return this.#call(() => this.#vault.secrets.get(account)?.slice());
  }

  write(account: string, secret: Uint8Array): Promise<Result<void, KeychainError>> {
    const kept = secret.slice();
    return this.#call(() => void this.#vault.secrets.set(account, kept));
  }

  remove(account: string): Promise<Result<void, KeychainError>> {
    return this.#call(() => void this.#vault.secrets.delete(account));
  }

  async #call<T>(effect: () => T): Promise<Result<T, KeychainError>> {
    await this.#lane.wait(3, `${this.#lane.name}:keychain`);
    if (this.#vault.state === 'locked') return err({ kind: 'locked', text: 'the key store is locked' });
    if (this.#vault.state === 'unavailable') return err({ kind: 'unavailable', text: 'there is no key store' });
    return ok(effect());
  }
}
