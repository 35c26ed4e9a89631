import { describe, expect, test } from 'vitest';
import { KIB } from '../base/index.ts';
import type { DeviceId, JournalId } from '../model/index.ts';
import { SimWorld } from '../testing/index.ts';
import { BatchLeases } from './batch-leases.ts';
import { Errand } from './errand.ts';
import { TokenBucket } from './token-bucket.ts';

const anna = 'Anna' as DeviceId;
const ben = 'Ben' as DeviceId;
const journal = 'Cleo.0000000000000001' as JournalId;

function setUp(): { readonly world: SimWorld; readonly ports: ReturnType<SimWorld['addHost']>['ports'] } {
  const world = new SimWorld('limits');
  return { world, ports: world.addHost({ name: 'host' }).ports };
}

describe('TokenBucket', () => {
  test('bytes pass at the set rate, after a first burst, and whoever gives up waits no longer', async () => {
    const { world, ports } = setUp();
    const bucket = new TokenBucket(ports.clock, 100 * KIB);
    const { signal } = new AbortController();
    const startedMs = world.scheduler.nowMs;
    for (let i = 0; i < 20; i++) await world.scheduler.drive(bucket.take(64 * KIB, signal));
    const seconds = (world.scheduler.nowMs - startedMs) / 1000;
    expect(seconds).toBeGreaterThan(9);
    expect(seconds).toBeLessThan(13);
    const impatient = new AbortController();
    const waiting = bucket.take(KIB, impatient.signal);
    impatient.abort();
    await waiting;
  });

  test('without a rate nothing waits', async () => {
    const { ports } = setUp();
    await new TokenBucket(ports.clock, undefined).take(1e12, new AbortController().signal);
  });
});

describe('BatchLeases', () => {
  test('JRN-2 REC-3 one sender at a time, until it has made no progress for a second', async () => {
    const { world, ports } = setUp();
    const leases = new BatchLeases(ports.clock);
    expect(leases.tryTake(journal, anna)).toBe(true);
    expect(leases.tryTake(journal, ben)).toBe(false);
    await world.scheduler.runFor(900);
    leases.progressed(journal, anna);
    await world.scheduler.runFor(900);
    expect(leases.tryTake(journal, ben)).toBe(false);
    await world.scheduler.runFor(200);
    expect(leases.tryTake(journal, ben)).toBe(true);
    leases.giveBack(journal, anna);
    expect(leases.tryTake(journal, anna)).toBe(false);
    leases.giveBack(journal, ben);
    expect(leases.tryTake(journal, anna)).toBe(true);
  });
});

describe('Errand', () => {
  test('runs once for many triggers, once more for those that came while it ran, and never twice at once', async () => {
    const { world, ports } = setUp();
    let [runs, running, most] = [0, 0, 0];
    const errand = new Errand(ports.clock, ports.logger, async () => {
      runs += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => ports.clock.setTimer(100, resolve));
      running -= 1;
      return undefined;
    });
    for (let i = 0; i < 5; i++) errand.trigger();
    await world.scheduler.runFor(50);
    errand.trigger();
    errand.trigger(1000);
    await world.scheduler.runFor(5000);
    expect([runs, most]).toEqual([2, 1]);
    errand.trigger();
    await world.scheduler.drive(errand.stop());
    errand.trigger();
    await world.scheduler.runFor(5000);
    expect(runs).toBeLessThanOrEqual(3);
  });
});
