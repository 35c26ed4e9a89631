import type { FileKeychain } from '../core/adapters/node/keychain-file.ts';
import type { Keychain } from '../core/ports/index.ts';

/**
 * Copies every key of `from` into `to` and reads each back. False where there is none, or one of them did not arrive: then nothing has
 * changed that counts, and what was copied is taken out again as far as that works. Idempotent.
 */
export async function copyKeys(from: FileKeychain, to: Keychain): Promise<boolean> {
  const accounts = await from.accounts();
  if (!accounts.ok || accounts.value.length === 0) return false;
  for (const [index, account] of accounts.value.entries()) {
    const secret = await from.read(account);
    const isCopied =
      secret.ok && secret.value !== undefined && (await to.write(account, secret.value)).ok && (await holds(to, account, secret.value));
    if (isCopied) continue;
    for (const copied of accounts.value.slice(0, index + 1)) await to.remove(copied);
    return false;
  }
  return true;
}

/** Removes from `from` what `to` holds as well, and nothing else: never the only copy of a key. Idempotent. */
export async function removeCopiedKeys(from: FileKeychain, to: Keychain): Promise<void> {
  const accounts = await from.accounts();
  if (!accounts.ok) return;
  for (const account of accounts.value) {
    const secret = await from.read(account);
    if (secret.ok && secret.value !== undefined && (await holds(to, account, secret.value))) await from.remove(account);
  }
}

async function holds(keychain: Keychain, account: string, secret: Uint8Array): Promise<boolean> {
  const found = await keychain.read(account);
  return found.ok && found.value !== undefined && Buffer.from(found.value).equals(secret);
}
