import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../base/index.ts';
import { err, ok } from '../../base/index.ts';
import type { Keychain, KeychainError } from '../../ports/index.ts';
import { errorCode } from './file-errors.ts';

/** A key store of files, whose accounts can be listed: to move what it holds elsewhere. */
export interface FileKeychain extends Keychain {
  accounts(): Promise<Result<readonly string[], KeychainError>>;
}

const extension = '.secret';

/**
 * Secrets in files of mode 0600 in `directory`, one per account; what programs of the same user can read. A write replaces the file in
 * one step and is durable when it resolves.
 */
export function fileKeychain(directory: string): FileKeychain {
  // Accounts are chosen by us, but the name of a file must not depend on that.
  const pathOf = (account: string): string => join(directory, `${Buffer.from(account, 'utf8').toString('hex')}${extension}`);
  return {
    storage: 'file',
    accounts: () => attempt(directory, async () => accountsIn(await fs.readdir(directory))),
    read: (account) => attempt(pathOf(account), () => readSecret(pathOf(account))),
    write: (account, secret) => attempt(pathOf(account), () => replaceSecret(directory, pathOf(account), secret)),
    remove: (account) =>
      attempt(pathOf(account), async () => {
        await fs.rm(pathOf(account), { force: true });
        await syncDirectory(directory);
      }),
  };
}

/** The temporary file of a write that did not end is no account. */
function accountsIn(names: readonly string[]): readonly string[] {
  const ours = names.filter((name) => name.endsWith(extension));
  return ours.map((name) => Buffer.from(name.slice(0, -extension.length), 'hex').toString('utf8'));
}

async function attempt<T>(path: string, task: () => Promise<T>): Promise<Result<T, KeychainError>> {
  try {
    return ok(await task());
  } catch (thrown) {
    return err({
      kind: 'unavailable',
      text: `${path} with the key cannot be used (${errorCode(thrown)}). Check its permissions and those of its directory.`,
    });
  }
}

async function readSecret(path: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await fs.open(path, 'r');
    try {
      const { mode } = await handle.stat();
      // A copy or a restore may have opened it to others.
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) await handle.chmod(0o600);
      return new Uint8Array(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function replaceSecret(directory: string, path: string, secret: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await fs.open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(secret);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, path);
  } catch (thrown) {
    await fs.rm(temporary, { force: true });
    throw thrown;
  }
  await syncDirectory(directory);
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
