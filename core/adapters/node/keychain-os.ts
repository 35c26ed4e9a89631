import type { Result } from '../../base/index.ts';
import { err, ok } from '../../base/index.ts';
import type { Keychain, KeychainError } from '../../ports/index.ts';
import { secretServiceState } from './secret-service.ts';
import type { SecretServiceState } from './secret-service.ts';

/** The part of keytar that is used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** The key store of the system, which can be asked how it is without a person being asked to unlock it. */
export interface OsKeychain extends Keychain {
  /** Always `unlocked` on systems that do not tell. */
  state(): Promise<SecretServiceState>;
}

export interface OsKeychainOptions {
  /** The name under which people find the secrets in their key store's own window. */
  readonly service?: string;
  /** Stand-ins for tests. */
  readonly loadKeytar?: () => Promise<Keytar>;
  readonly state?: () => Promise<SecretServiceState>;
}

/** While a person is asked to unlock the store, a call waits this long; then it counts as locked. */
const answerMsMax = 60_000;
const probeAccount = 'dormouse-probe';

/** The key store of the operating system: Keychain, Credential Manager, or a Secret Service through libsecret. */
export function osKeychain(options: OsKeychainOptions = {}): OsKeychain {
  const service = options.service ?? 'Dormouse';
  const tellsState = options.state ?? (process.platform === 'linux' ? secretServiceState : undefined);
  const load = options.loadKeytar ?? loadKeytar;

  async function attempt<T>(task: (keytar: Keytar) => Promise<T>): Promise<Result<T, KeychainError>> {
    let keytar: Keytar;
    try {
      keytar = await load();
    } catch {
      return err({
        kind: 'unavailable',
        text: 'The key store library cannot be loaded. On Linux install libsecret (package libsecret-1-0).',
      });
    }
    try {
      const answer = await answerWithin(task(keytar), answerMsMax);
      return answer === timedOut ? err(lockedError) : ok(answer);
    } catch (thrown) {
      // Other systems always have a store, so an error there means: not now.
      if (tellsState === undefined || (await tellsState()) === 'locked') return err(lockedError);
      const cause = thrown instanceof Error ? thrown.message : String(thrown);
      return err({
        kind: 'unavailable',
        text: `This computer has no usable key store (${cause}). On Linux start a Secret Service such as gnome-keyring or KWallet.`,
      });
    }
  }

  async function read(account: string): Promise<Result<Uint8Array | undefined, KeychainError>> {
    const found = await attempt((keytar) => keytar.getPassword(service, account));
    if (!found.ok) return found;
    if (found.value !== null) return ok(new Uint8Array(Buffer.from(found.value, 'base64')));
    if (tellsState === undefined) return ok(undefined);
    // Nothing found is also what a locked store says, and taking that for "no key" would make a second identity. Only a store that takes
    // something is open.
    const probed = await attempt(async (keytar) => {
      await keytar.setPassword(service, probeAccount, 'probe');
      await keytar.deletePassword(service, probeAccount);
    });
    return probed.ok ? ok(undefined) : probed;
  }

  return {
    storage: 'os',
    state: tellsState ?? (async () => 'unlocked'),
    read,
    write: (account, secret) => attempt((keytar) => keytar.setPassword(service, account, Buffer.from(secret).toString('base64'))),
    remove: (account) => attempt(async (keytar) => void (await keytar.deletePassword(service, account))),
  };
}

const lockedError: KeychainError = {
  kind: 'locked',
  text: "The computer's key store is locked. Unlock it (log in to the desktop session), then Dormouse goes on.",
};

/** Loaded on first use: where libsecret is missing, loading fails, and nothing else may. */
async function loadKeytar(): Promise<Keytar> {
  const { default: keytar } = await import('keytar');
  return keytar;
}

const timedOut = Symbol('timed out');

async function answerWithin<T>(answer: Promise<T>, limitMs: number): Promise<T | typeof timedOut> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof timedOut>((resolve) => {
    timer = setTimeout(() => resolve(timedOut), limitMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
