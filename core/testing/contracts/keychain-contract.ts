import { describe, expect, test } from 'vitest';
import type { Keychain } from '../../ports/index.ts';
import { patternBytes, valueOf } from './support.ts';

/** One key store to be tested, available and unlocked. */
export interface KeychainUnderTest {
  readonly keychain: Keychain;
  /** The same key store as a later run of the program finds it. */
  readonly reopen: () => Promise<Keychain>;
  readonly cleanup: () => Promise<void>;
}

/** What every {@link Keychain} must do. `make` is called once per test. */
export function keychainContract(name: string, make: () => Promise<KeychainUnderTest>): void {
  const withKeychain = async (body: (under: KeychainUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await body(under);
    } finally {
      await under.cleanup();
    }
  };
  const [one, two] = ['0123456789abcdef', 'fedcba9876543210'];

  describe(`keychain contract: ${name}`, () => {
    test('keychain: nothing is undefined', () =>
      withKeychain(async ({ keychain }) => {
        expect(valueOf(await keychain.read(one))).toBeUndefined();
        valueOf(await keychain.remove(one));
      }));

    test('keychain: any bytes come back, also in a later run, each under its account', () =>
      withKeychain(async ({ keychain, reopen }) => {
        const secret = Uint8Array.of(0, 255, 10, 13, 0, ...patternBytes(27));
        valueOf(await keychain.write(one, secret));
        valueOf(await keychain.write(two, patternBytes(32, 2)));
        expect(valueOf(await keychain.read(one))).toEqual(secret);
        const later = await reopen();
        expect(later.storage).toBe(keychain.storage);
        expect(valueOf(await later.read(one))).toEqual(secret);
        expect(valueOf(await later.read(two))).toEqual(patternBytes(32, 2));
      }));

    test('keychain: a second write replaces, remove removes', () =>
      withKeychain(async ({ keychain, reopen }) => {
        valueOf(await keychain.write(one, patternBytes(32, 1)));
        valueOf(await keychain.write(one, patternBytes(32, 2)));
        expect(valueOf(await keychain.read(one))).toEqual(patternBytes(32, 2));
        valueOf(await keychain.write(two, patternBytes(32, 3)));
        valueOf(await keychain.remove(one));
        const later = await reopen();
        expect(valueOf(await later.read(one))).toBeUndefined();
        expect(valueOf(await later.read(two))).toEqual(patternBytes(32, 3));
      }));
  });
}
