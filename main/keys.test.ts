import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { err, ok } from '../core/base/index.ts';
import type { Keychain, KeychainError } from '../core/ports/index.ts';
import { type Home, locateHome, prepareHome } from './home.ts';
import { type KeyPlace, chooseKeychain } from './keys.ts';

let folder: string;
let home: Home;
const file = fakeKeychain('file', []);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-keys-'));
  home = locateHome('state', folder);
  prepareHome(home);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Fails its first reads with `errors`, then works. */
function fakeKeychain(storage: KeyPlace, errors: readonly KeychainError['kind'][]): Keychain {
  const left = [...errors];
  return {
    storage,
    read: async () => {
      const kind = left.length > 1 || left[0] === 'locked' ? left.shift() : left[0];
      return kind === undefined ? ok(undefined) : err({ kind, text: 'no Secret Service answers' });
    },
    write: async () => ok(),
    remove: async () => ok(),
  };
}

async function choose(os: Keychain, wanted?: KeyPlace): Promise<Awaited<ReturnType<typeof chooseKeychain>>> {
  return chooseKeychain({ home, wanted, os, file, onLocked: async () => true });
}

describe('where the key of a home is kept', () => {
  test('in the key store of the system, without a warning', async () => {
    const os = fakeKeychain('os', []);
    expect(await choose(os)).toMatchObject({ ok: true, value: { keychain: os, warnings: [] } });
  });

  test('in a file with a visible warning where there is no key store, and there for good', async () => {
    expect(await choose(fakeKeychain('os', ['unavailable']), 'os')).toMatchObject({
      ok: true,
      value: { keychain: file, warnings: [expect.stringContaining('no key store that can be used')] },
    });
    // A key store that appears later has no key of this device.
    expect(await choose(fakeKeychain('os', []), 'os')).toMatchObject({ ok: true, value: { keychain: file, forget: undefined } });
  });

  test('a locked key store is waited for, never replaced', async () => {
    const os = fakeKeychain('os', ['locked', 'locked']);
    expect(await choose(os)).toMatchObject({ ok: true, value: { keychain: os } });
  });

  test('giving up on a locked key store decides nothing', async () => {
    const os = fakeKeychain('os', ['locked']);
    expect(await chooseKeychain({ home, wanted: undefined, os, file, onLocked: async () => false })).toMatchObject({ ok: false });
    expect(() => readFileSync(home.keysFile)).toThrow('ENOENT');
  });

  test('a key store that is away later is an error, not a new key', async () => {
    await choose(fakeKeychain('os', []));
    expect(await choose(fakeKeychain('os', ['unavailable']))).toMatchObject({
      ok: false,
      error: { text: expect.stringContaining('the device stays the same') },
    });
    expect(await choose(fakeKeychain('os', []), 'file')).toMatchObject({
      ok: false,
      error: { text: expect.stringContaining('Leave out --keys file') },
    });
  });

  test('a first choice can be taken back as long as there is no key', async () => {
    const first = await choose(fakeKeychain('os', []));
    if (first.ok) first.value.forget?.();
    expect(await choose(fakeKeychain('os', []), 'file')).toMatchObject({ ok: true, value: { keychain: file } });
  });
});
