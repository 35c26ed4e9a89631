import { describe, expect, test } from 'vitest';
import { HOUR_MS, wallMs } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { DeviceRecovery } from '../recovery/index.ts';
import { onStore } from '../testing/on-store.ts';
import { RecoveryBook } from './recovery-book.ts';

const anna = 'anna' as DeviceId;
const bert = 'bert' as DeviceId;
const everyone = (): boolean => true;

function recoveryAt(atMs: number, changes: Partial<DeviceRecovery> = {}): DeviceRecovery {
  return {
    ...{ device: anna, cause: 'wake', begun: true, at: wallMs(atMs), asleepSince: undefined },
    ...{ referencesCleared: 1, clearedAfterMs: 1, liveAfterMs: 100, metadataEvenAfterMs: undefined, dataEvenAfterMs: undefined },
    ended: undefined,
    ...changes,
  };
}

describe('the journal of recoveries', () => {
  test('REC-1 is there after a restart, where what was not finished was interrupted', async () => {
    await onStore(
      async (store, host) => {
        const book = await RecoveryBook.load(store, host.ports.clock, everyone);
        const now = host.ports.clock.wallNow();
        book.mark(anna, 'awake');
        book.mark('self', 'awake');
        await delay(host.ports.clock, 1_000);
        book.mark(anna, 'asleep');
        book.keep(recoveryAt(now));
        book.keep(recoveryAt(now, { metadataEvenAfterMs: 200, dataEvenAfterMs: 300, ended: 'even' }));
        book.keep(recoveryAt(now + 1, { referencesCleared: 9 }));
        book.keep({ ...recoveryAt(now), device: bert });
        book.keepStart({ at: wallMs(now), cause: 'wake', asleepSince: wallMs(now - 5) });
        book.noteAlive();
        await store.commit([], { durable: true });
      },
      async (store, host) => {
        const book = await RecoveryBook.load(store, host.ports.clock, (device) => device === anna);
        expect(book.marks(anna).map(({ state }) => state)).toEqual(['awake', 'asleep']);
        expect(book.of(anna)).toMatchObject([
          { ended: 'even', dataEvenAfterMs: 300 },
          { ended: 'interrupted', referencesCleared: 9 },
        ]);
        expect(book.of(bert)).toEqual([]);
        expect(book.own()).toMatchObject([{ cause: 'wake', referencesCleared: 1, liveAfterMs: 100, dataEvenAfterMs: 300, ended: 'even' }]);
        expect(book.aliveMs).toBeGreaterThan(0);
      },
    );
  });

  test('REC-1 keeps two days, and no more than its bound however much happens', async () => {
    await onStore(async (store, host) => {
      const book = await RecoveryBook.load(store, host.ports.clock, everyone);
      const { clock } = host.ports;
      book.keep(recoveryAt(clock.wallNow()));
      book.mark(anna, 'awake');
      await delay(clock, 48 * HOUR_MS);
      book.keep(recoveryAt(clock.wallNow()));
      expect(book.of(anna)).toHaveLength(2);
      await delay(clock, 2 * HOUR_MS);
      for (let i = 0; i < 2 * limits.laneMarksMax; i++) {
        book.keep(recoveryAt(clock.wallNow()));
        book.keepStart({ at: clock.wallNow(), cause: 'wake', asleepSince: undefined });
        book.mark(anna, i % 2 === 0 ? 'recovering' : 'awake');
        await delay(clock, 10);
      }
      expect(book.of(anna)).toHaveLength(limits.recoveriesPerDeviceMax);
      expect(book.marks(anna)).toHaveLength(limits.laneMarksMax);
      const again = await RecoveryBook.load(store, clock, everyone);
      expect(again.of(anna)).toHaveLength(limits.recoveriesPerDeviceMax);
      expect(again.marks(anna)).toEqual(book.marks(anna));
      expect(again.own()).toHaveLength(limits.recoveriesPerDeviceMax);
    });
  });
});
