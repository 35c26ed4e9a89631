import { describe, expect, test } from 'vitest';
import { keychainContract, valueOf } from '../../testing/contracts/index.ts';
import { osKeychain } from './keychain-os.ts';
import type { Keytar } from './keychain-os.ts';
import type { SecretServiceState } from './secret-service.ts';

/** A key store in memory that behaves as libsecret was seen to: a locked one finds nothing and takes nothing. */
function fakeStore(state: () => SecretServiceState): Keytar {
  const secrets = new Map<string, string>();
  return {
    getPassword: async (service, account) => {
      if (state() === 'missing') throw new Error('Cannot autolaunch D-Bus without X11 $DISPLAY');
      return state() === 'locked' ? null : (secrets.get(`${service}/${account}`) ?? null);
    },
    setPassword: async (service, account, password) => {
      if (state() !== 'unlocked') throw new Error('Cannot create an item in a locked collection');
      secrets.set(`${service}/${account}`, password);
    },
    deletePassword: async (service, account) => secrets.delete(`${service}/${account}`),
  };
}

keychainContract('os (stand-in for keytar)', async () => {
  const store = fakeStore(() => 'unlocked');
  const open = (): ReturnType<typeof osKeychain> => osKeychain({ loadKeytar: async () => store, state: async () => 'unlocked' });
  return { keychain: open(), reopen: async () => open(), cleanup: async () => undefined };
});

describe('os keychain', () => {
  test('keychain: a locked store says locked, never that there is no key', async () => {
    let state: SecretServiceState = 'unlocked';
    const keytar = fakeStore(() => state);
    const keychain = osKeychain({ loadKeytar: async () => keytar, state: async () => state });
    valueOf(await keychain.write('a', Uint8Array.of(7)));
    state = 'locked';
    expect(await keychain.read('a')).toMatchObject({ ok: false, error: { kind: 'locked' } });
    expect(await keychain.write('a', Uint8Array.of(8))).toMatchObject({ ok: false, error: { kind: 'locked' } });
    state = 'unlocked';
    expect(valueOf(await keychain.read('a'))).toEqual(Uint8Array.of(7));
    expect(valueOf(await keychain.read('b'))).toBeUndefined();
  });

  test('keychain: a missing service and a library that does not load are unavailable', async () => {
    const missing = osKeychain({ loadKeytar: async () => fakeStore(() => 'missing'), state: async () => 'missing' });
    expect(await missing.read('a')).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    const unloadable = osKeychain({ loadKeytar: () => Promise.reject(new Error('libsecret-1.so.0: cannot open shared object file')) });
    expect(await unloadable.write('a', Uint8Array.of(1))).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
  });
});
