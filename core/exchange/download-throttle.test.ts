import { describe, expect, test } from 'vitest';
import { KIB, MIB } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { SimWorld } from '../testing/index.ts';
import { FetchBudget } from '../transfer/index.ts';
import { DownloadThrottle } from './download-throttle.ts';

const anna = 'Anna' as DeviceId;
const ben = 'Ben' as DeviceId;

describe('DownloadThrottle', () => {
  test('what is asked for keeps to the rate; devices that are exempt do not count; without a rate nothing is refused', async () => {
    const world = new SimWorld('throttle');
    const { ports } = world.addHost({ name: 'host' });
    const budget = new FetchBudget();
    const throttle = new DownloadThrottle(
      ports.clock,
      (device) => device === ben,
      () => budget.tellRefused(),
    );
    budget.throttle = throttle;
    let asked = 0;
    const share = budget.share(() => ask());
    const ask = (): void => {
      share.beginRound();
      while (asked < 100 * MIB && share.tryTake(anna, 64 * KIB)) {
        asked += 64 * KIB;
        share.give(anna, 64 * KIB);
      }
    };
    throttle.setRate(100 * KIB);
    ask();
    await world.scheduler.runFor(10_000);
    expect(asked).toBeGreaterThan(1_000 * KIB);
    expect(asked).toBeLessThan(1_000 * KIB + 256 * KIB + 128 * KIB);
    expect(share.tryTake(ben, MIB)).toBe(true);
    throttle.setRate(undefined);
    expect(asked).toBe(100 * MIB);
    throttle.stop();
  });
});
