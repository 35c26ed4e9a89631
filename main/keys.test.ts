import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Result, err, ok } from '../core/base/index.ts';
import { fileKeychain } from '../core/adapters/node/keychain-file.ts';
import type { OsKeychain } from '../core/adapters/node/keychain-os.ts';
import type { SecretServiceState } from '../core/adapters/node/secret-service.ts';
import type { Keychain, KeychainError } from '../core/ports/index.ts';
import { type Home, locateHome, prepareHome } from './home.ts';
import { type ChosenKeys, type KeyPlace, chooseKeychain } from './keys.ts';

let folder: string;
let home: Home;
const file = { ...fakeKeychain('file', []), accounts: async () => ok([]) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-keys-'));
  home = locateHome('state', folder);
  prepareHome(home);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Fails its first reads with `errors`, then works. */
function fakeKeychain(storage: KeyPlace, errors: readonly KeychainError['kind'][]): Keychain & Pick<OsKeychain, 'state'> {
  const left = [...errors];
  return {
    storage,
    state: async () => (left.length === 0 ? 'unlocked' : 'missing'),
    read: async () => {
      const kind = left.length > 1 || left[0] === 'locked' ? left.shift() : left[0];
      return kind === undefined ? ok(undefined) : err({ kind, text: 'no Secret Service answers' });
    },
    write: async () => ok(),
    remove: async () => ok(),
  };
}

async function choose(os: OsKeychain, wanted?: KeyPlace): Promise<Awaited<ReturnType<typeof chooseKeychain>>> {
  return chooseKeychain({ home, wanted, movesByItself: true, os, file, onLocked: async () => true });
}

/** A key store of the system in memory, which outlives the runs of the program. */
class Vault {
  readonly secrets = new Map<string, Uint8Array>();
  state: SecretServiceState = 'missing';
  /** A store that takes secrets and gives back others. */
  isBroken = false;

  open(): OsKeychain {
    const whenOpen = async <T>(effect: () => T): Promise<Result<T, KeychainError>> =>
      this.state === 'unlocked' ? ok(effect()) : err({ kind: this.state === 'locked' ? 'locked' : 'unavailable', text: 'it is closed' });
    return {
      storage: 'os',
      state: async () => this.state,
      read: (account) => whenOpen(() => (this.isBroken ? Uint8Array.of(0) : this.secrets.get(account))),
      write: (account, secret) => whenOpen(() => void this.secrets.set(account, secret)),
      remove: (account) => whenOpen(() => void this.secrets.delete(account)),
    };
  }
}

class PowerCut extends Error {}

/** The same store, with the power cut before its `steps`-th call. Both stores of a run count in one. */
function failing<K extends Keychain>(keychain: K, steps: { left: number }): K {
  return new Proxy(keychain, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...given: readonly unknown[]): Promise<unknown> => {
        if (steps.left-- <= 0) throw new PowerCut();
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
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
    expect(await chooseKeychain({ home, wanted: undefined, movesByItself: true, os, file, onLocked: async () => false })).toMatchObject({
      ok: false,
    });
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

describe('a key in a file and a key store that appears later', () => {
  const [account, key] = ['account', Uint8Array.of(1, 2, 3)];
  let vault: Vault;

  /** One start of the program, up to the choice; the key is made in the first one. */
  async function start(options: { wanted?: KeyPlace; movesByItself?: boolean; stepsMax?: number } = {}): Promise<ChosenKeys | string> {
    const steps = { left: options.stepsMax ?? Infinity };
    const chosen = await chooseKeychain({
      home,
      wanted: options.wanted,
      movesByItself: options.movesByItself ?? true,
      os: failing(vault.open(), steps),
      file: failing(fileKeychain(home.keyFolder), steps),
      onLocked: async () => false,
    });
    return chosen.ok ? chosen.value : chosen.error.text;
  }
  const inFile = async (): Promise<boolean> =>
    (await fileKeychain(home.keyFolder).read(account)).ok && readdirSync(home.keyFolder).length > 0;

  beforeEach(async () => {
    vault = new Vault();
    await start();
    await fileKeychain(home.keyFolder).write(account, key);
  });

  test('SEC-4 it moves there, once, and the warning goes', async () => {
    expect(await start()).toMatchObject({ keychain: { storage: 'file' }, warnings: [expect.stringContaining('It moves to one')] });
    vault.state = 'unlocked';
    for (let run = 0; run < 2; run++) {
      expect(await start()).toMatchObject({ keychain: { storage: 'os' }, warnings: [], forget: undefined });
      expect(vault.secrets.get(account)).toEqual(key);
      expect(await inFile()).toBe(false);
    }
  });

  test('SEC-4 a power cut at any moment of the move leaves one identity, and a later start ends the move', async () => {
    const cuts = { 'the store is there': 0, 'the store is away': 0 };
    for (const after of ['the store is there', 'the store is away'] as const) {
      for (; ; cuts[after]++) {
        await beginAgain();
        vault.state = 'unlocked';
        const cut = await start({ stepsMax: cuts[after] }).catch((error: unknown) => error);
        if (!(cut instanceof PowerCut)) break;
        // The same key, or the word that it has to wait; never none.
        vault.state = after === 'the store is there' ? 'unlocked' : 'missing';
        const next = await start();
        if (typeof next === 'string') expect(next).toContain('the device stays the same');
        else expect(await next.keychain.read(account)).toEqual(ok(key));
        vault.state = 'unlocked';
        expect(await start()).toMatchObject({ keychain: { storage: 'os' } });
        expect({ os: vault.secrets.get(account), inFile: await inFile() }).toEqual({ os: key, inFile: false });
      }
    }
    // Looking, copying, reading back, looking again, removing: as many calls as a move makes.
    expect(cuts).toEqual({ 'the store is there': 9, 'the store is away': 9 });
  });

  async function beginAgain(): Promise<void> {
    vault.secrets.clear();
    writeFileSync(home.keysFile, JSON.stringify({ storage: 'file', wanted: false }));
    await fileKeychain(home.keyFolder).write(account, key);
  }

  test('SEC-4 a store that is locked, or gives back something else, changes nothing', async () => {
    vault.state = 'locked';
    expect(await start()).toMatchObject({ keychain: { storage: 'file' } });
    vault.state = 'unlocked';
    vault.isBroken = true;
    expect(await start()).toMatchObject({ keychain: { storage: 'file' } });
    expect({ os: [...vault.secrets], inFile: await inFile() }).toEqual({ os: [], inFile: true });
  });

  test('SEC-4 it stays where the person wants it, and where a program starts before anyone has logged in, until told otherwise', async () => {
    vault.state = 'unlocked';
    expect(await start({ wanted: 'file' })).toMatchObject({
      keychain: { storage: 'file' },
      warnings: [expect.not.stringContaining('because')],
    });
    expect(await start()).toMatchObject({ keychain: { storage: 'file' } });
    await beginAgain();
    expect(await start({ movesByItself: false })).toMatchObject({
      keychain: { storage: 'file' },
      warnings: [expect.stringContaining('--keys os moves it there')],
    });
    expect(await start({ movesByItself: false, wanted: 'os' })).toMatchObject({ keychain: { storage: 'os' } });
    expect(await inFile()).toBe(false);
  });
});
