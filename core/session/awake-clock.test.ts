import { describe, expect, test } from 'vitest';
import { AwakeClock } from './awake-clock.ts';
import { SimWorld } from '../testing/sim/index.ts';
import type { SimHost, SuspendKind } from '../testing/sim/index.ts';

describe.each<SuspendKind>(['linux', 'mac-windows'])('awake time on a %s clock', (suspendKind) => {
  function clockOn(seed: string): { readonly world: SimWorld; readonly host: SimHost; readonly awake: AwakeClock } {
    const world = new SimWorld(seed);
    const host = world.addHost({ name: 'laptop', suspendKind });
    return { world, host, awake: new AwakeClock(host.ports.clock) };
  }

  test('SES-5 passes like any clock while awake', async () => {
    const { world, awake } = clockOn('awake');
    const start = awake.now();
    await world.scheduler.runFor(12_345);
    expect(awake.now() - start).toBeCloseTo(12_345, 0);
  });

  test('SES-5 does not count sleep, and deadlines move by it', async () => {
    const { world, host, awake } = clockOn('asleep');
    const start = awake.now();
    let fired = 0;
    awake.setTimer(10_000, () => (fired += 1));
    await world.scheduler.runFor(4_000);
    host.suspend();
    await world.scheduler.runFor(3_600_000);
    host.resume();
    await world.scheduler.runFor(4_500);
    expect(fired).toBe(0);
    expect(awake.now() - start).toBeLessThan(9_800);
    await world.scheduler.runFor(2_000);
    expect(fired).toBe(1);
  });

  test('SES-5 does not count a stall of the event loop, and lets input be read before a deadline is judged', async () => {
    const { world, host, awake } = clockOn('stall');
    let firedAtMs = 0;
    awake.setTimer(3_000, () => (firedAtMs = world.scheduler.nowMs));
    await world.scheduler.runFor(2_900);
    host.stall(60_000);
    await world.scheduler.runFor(60_020);
    expect(firedAtMs, 'not in the first moment after the stall').toBe(0);
    await world.scheduler.runFor(2_000);
    expect(firedAtMs).toBeGreaterThan(62_900);
  });

  test('SES-5 never goes back', async () => {
    const { world, host, awake } = clockOn('monotonic');
    const prng = world.scheduler.fork('test');
    let last = awake.now();
    for (let i = 0; i < 300; i++) {
      if (prng.chance(0.3)) host.stall(prng.integer(1, 5_000));
      await world.scheduler.runFor(prng.between(0, 1_500));
      expect(awake.now()).toBeGreaterThanOrEqual(last);
      last = awake.now();
    }
  });

  test('SES-5 a cancelled timer never fires', async () => {
    const { world, host, awake } = clockOn('cancel');
    let fired = 0;
    const timer = awake.setTimer(1_000, () => (fired += 1));
    host.stall(5_000);
    await world.scheduler.runFor(5_001);
    timer.cancel();
    await world.scheduler.runFor(10_000);
    expect(fired).toBe(0);
    awake.stop();
  });
});
