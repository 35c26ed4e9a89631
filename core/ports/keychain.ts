import type { Result } from '../base/index.ts';

export type KeychainError =
  /** No key store on this machine. */
  | { readonly kind: 'unavailable'; readonly text: string }
  /** There is one, and it is locked: wait, never make a new identity. */
  | { readonly kind: 'locked'; readonly text: string };

/** Where secrets are kept. `storage` says what people should know about it. */
export interface Keychain {
  readonly storage: 'os' | 'file';
  /** Undefined where nothing is kept under `account`. */
  read(account: string): Promise<Result<Uint8Array | undefined, KeychainError>>;
  write(account: string, secret: Uint8Array): Promise<Result<void, KeychainError>>;
  remove(account: string): Promise<Result<void, KeychainError>>;
}
