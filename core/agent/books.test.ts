import { describe, expect, test } from 'vitest';
import type { DeviceId, FolderId } from '../model/index.ts';
import { onStore } from '../testing/on-store.ts';
import { DeviceBook } from './device-book.ts';
import { FolderBook } from './folder-book.ts';
import type { FolderRecord } from './folder-book.ts';
import { loadIdentity } from './identity.ts';
import { SettingsBook } from './settings-book.ts';

const anna = 'anna' as DeviceId;

describe('folders', () => {
  const folder = 'f'.repeat(64) as FolderId;
  const record: FolderRecord = { id: folder, root: '/home/laptop/notes', paused: false, addedAtMs: 1, lastEvenMs: {} };

  test('STA-1 a fact that is noted while a person pauses a folder does not undo it, nor does it bring a removed one back', async () => {
    await onStore(
      async (store) => {
        const book = await FolderBook.load(store);
        await book.put(record);
        const removed = { ...record, id: 'e'.repeat(64) as FolderId };
        await book.put(removed);
        const changing = [book.setPaused(folder, true), book.remove(removed.id)];
        for (const { id } of [record, removed]) book.noteEven(id, anna, 5);
        await Promise.all(changing);
        // Durable, and so is then what was noted before.
        await book.dropOffer(folder);
      },
      async (store) => {
        const folders = (await FolderBook.load(store)).folders();
        expect(folders).toMatchObject([{ id: folder, paused: true, lastEvenMs: { [anna]: 5 } }]);
      },
    );
  });

  test('STA-1 a pause that could not be stored is none', async () => {
    await onStore(async (store, host) => {
      const book = await FolderBook.load(store);
      await book.put(record);
      host.storeFile.fault = { kind: 'disk-full' };
      await expect(book.setPaused(folder, true)).rejects.toThrow('full');
      await expect(book.remove(folder)).rejects.toThrow('full');
      expect(book.folders()).toEqual([record]);
    });
  });
});

describe('devices', () => {
  test('SES-4 a paired device is kept with its addresses, best first, over a power cut', async () => {
    await onStore(
      async (store, host) => {
        const book = await DeviceBook.load(store, host.ports.clock);
        await book.pair(anna, 'Anna', ['sim://a/1']);
        await book.update(anna, { fixedAddresses: ['sim://fixed/1'] });
        book.seen(anna, { address: 'sim://a/2' });
        await book.update(anna, { paused: true });
      },
      async (store, host) => {
        const book = await DeviceBook.load(store, host.ports.clock);
        const record = book.get(anna);
        expect(record && book.addressesOf(record)).toEqual(['sim://a/2', 'sim://fixed/1', 'sim://a/1']);
        expect(record?.paused).toBe(true);
      },
    );
  });

  test('ROS-4 a removed device stays blocked although a roster names it, until it is paired again', async () => {
    await onStore(async (store, host) => {
      const book = await DeviceBook.load(store, host.ports.clock);
      await book.pair(anna, 'Anna', []);
      await book.block(anna);
      await book.introduce(anna, 'Anna');
      expect(book.isBlocked(anna)).toBe(true);
      expect(book.known()).toEqual([]);
      await book.pair(anna, 'Anna', []);
      expect(book.isPaired(anna)).toBe(true);
    });
  });

  test('SES-4 a pairing that could not be stored is none', async () => {
    await onStore(async (store, host) => {
      const book = await DeviceBook.load(store, host.ports.clock);
      host.storeFile.fault = { kind: 'disk-full' };
      await expect(book.pair(anna, 'Anna', [])).rejects.toThrow('full');
      expect(book.isPaired(anna)).toBe(false);
      host.storeFile.fault = undefined;
      await book.pair(anna, 'Anna', []);
      host.storeFile.fault = { kind: 'disk-full' };
      await expect(book.update(anna, { paused: true })).rejects.toThrow('full');
      expect(book.get(anna)?.paused).toBe(false);
    });
  });

  test('a name that a person gave wins over the one that the device tells', async () => {
    await onStore(async (store, host) => {
      const book = await DeviceBook.load(store, host.ports.clock);
      await book.pair(anna, 'ThinkPad', []);
      await book.update(anna, { givenName: 'Anna' });
      book.told(anna, { name: 'Laptop', addresses: [] });
      expect(book.nameOf(anna)).toBe('Anna');
    });
  });
});

describe('settings', () => {
  test('a set value survives; a bad one is refused with the reason; an unknown key lists the known ones', async () => {
    await onStore(
      async (store) => {
        const settings = await SettingsBook.load(store, 'laptop');
        expect(settings.values.name).toBe('laptop');
        expect((await settings.set('limits.upKiBps', '100')).ok).toBe(true);
        const bad = await settings.set('limits.upKiBps', 'fast');
        expect(bad.ok ? '' : bad.error.text).toContain('limits.upKiBps');
        const unknown = await settings.set('colour', 'red');
        expect(unknown.ok ? '' : unknown.error.text).toContain('scan.intervalMinutes');
      },
      async (store) => {
        expect((await SettingsBook.load(store, 'other')).values['limits.upKiBps']).toBe(100);
      },
    );
  });
});

describe('identity', () => {
  test('a home and its key make one device, again and again', async () => {
    let first: string | undefined;
    await onStore(
      async (store, host) => {
        const signer = await loadIdentity({ ...host.ports, store });
        first = signer.ok ? signer.value.device : undefined;
        expect(first).toBeDefined();
      },
      async (store, host) => {
        const signer = await loadIdentity({ ...host.ports, store });
        expect(signer.ok && signer.value.device).toBe(first);
      },
    );
  });

  test('a home without its key is an error, never a new identity', async () => {
    await onStore(
      async (store, host) => {
        await loadIdentity({ ...host.ports, store });
      },
      async (store, host) => {
        const empty = {
          ...host.ports.keychain,
          storage: 'file' as const,
          read: async () => ({ ok: true as const, value: undefined }),
          write: host.ports.keychain.write.bind(host.ports.keychain),
          remove: host.ports.keychain.remove.bind(host.ports.keychain),
        };
        const signer = await loadIdentity({ ...host.ports, store, keychain: empty });
        expect(signer.ok ? undefined : signer.error.kind).toBe('key-missing');
      },
    );
  });
});
