import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keychainContract, valueOf } from '../../testing/contracts/index.ts';
import { fileKeychain } from './keychain-file.ts';
import { temporaryDirectory } from './test-support.ts';

keychainContract('file', async () => {
  const directory = await temporaryDirectory();
  return { keychain: fileKeychain(directory.path), reopen: async () => fileKeychain(directory.path), cleanup: directory.remove };
});

test('keychain: a secret is for its owner alone, also after someone opened it up, and no temporary file stays', async () => {
  const directory = await temporaryDirectory();
  try {
    const keychain = fileKeychain(directory.path);
    valueOf(await keychain.write('../account', Uint8Array.of(1)));
    valueOf(await keychain.write('../account', Uint8Array.of(2)));
    const names = await readdir(directory.path);
    expect(names).toHaveLength(1);
    const path = join(directory.path, names[0] ?? '');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o644);
    expect(valueOf(await keychain.read('../account'))).toEqual(Uint8Array.of(2));
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  } finally {
    await directory.remove();
  }
});

test('keychain: a directory that is not there makes it unavailable, not empty', async () => {
  const keychain = fileKeychain('/nonexistent/directory');
  const written = await keychain.write('account', Uint8Array.of(1));
  expect(written).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
});
