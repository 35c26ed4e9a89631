import { describe, expect, test } from 'vitest';
import { delay } from '../../ports/index.ts';
import type { Clock } from '../../ports/index.ts';
import { until } from './support.ts';
import type { Patience } from './support.ts';

/** One clock to be tested; `pause` waits by some other means than the clock itself. */
export interface ClockUnderTest extends Patience {
  readonly clock: Clock;
  readonly cleanup: () => Promise<void>;
}

/** What every {@link Clock} must do on a host that is awake. `make` is called once per test. */
export function clockContract(name: string, make: () => Promise<ClockUnderTest>): void {
  const withClock = async (body: (under: ClockUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await body(under);
    } finally {
      await under.cleanup();
    }
  };

  describe(`clock contract: ${name}`, () => {
    test('clock: wall time is whole milliseconds of this century', () =>
      withClock(async ({ clock }) => {
        expect(Number.isInteger(clock.wallNow())).toBe(true);
        expect(clock.wallNow()).toBeGreaterThan(1_600_000_000_000);
        expect(clock.wallNow()).toBeLessThan(4_102_444_800_000);
      }));

    test('clock: monotonic time never goes back, and passes as fast as wall time', () =>
      withClock(async ({ clock, pause }) => {
        const start = { wall: clock.wallNow(), mono: clock.monoNow() };
        let before = clock.monoNow();
        for (let i = 0; i < 20; i++) {
          await pause(5);
          expect(clock.monoNow()).toBeGreaterThanOrEqual(before);
          before = clock.monoNow();
        }
        const passed = { wall: clock.wallNow() - start.wall, mono: clock.monoNow() - start.mono };
        expect(passed.mono).toBeGreaterThanOrEqual(80);
        expect(Math.abs(passed.wall - passed.mono)).toBeLessThan(50);
      }));

    test('clock: a timer fires once, not synchronously, not early', () =>
      withClock(async (under) => {
        const { clock } = under;
        const start = clock.monoNow();
        const fired: number[] = [];
        clock.setTimer(40, () => fired.push(clock.monoNow() - start));
        clock.setTimer(0, () => fired.push(clock.monoNow() - start));
        expect(fired).toEqual([]);
        await until(under, () => fired.length === 2, 'two timers fire');
        await under.pause(60);
        expect(fired).toHaveLength(2);
        expect(fired[1]).toBeGreaterThanOrEqual(40);
      }));

    test('clock: timers fire in the order of their times', () =>
      withClock(async (under) => {
        const fired: number[] = [];
        for (const delayMs of [60, 20, 40, 1]) under.clock.setTimer(delayMs, () => fired.push(delayMs));
        await until(under, () => fired.length === 4, 'all timers fire');
        expect(fired).toEqual([1, 20, 40, 60]);
      }));

    test('clock: a cancelled timer never fires, and cancelling is idempotent', () =>
      withClock(async ({ clock, pause }) => {
        let fired = 0;
        const timer = clock.setTimer(20, () => (fired += 1));
        const other = clock.setTimer(10, () => {
          fired += 10;
          timer.cancel();
        });
        await pause(50);
        timer.cancel();
        other.cancel();
        other.cancel();
        expect(fired).toBe(10);
      }));

    test('clock: delay resolves after its time, at once when aborted', () =>
      withClock(async ({ clock }) => {
        const start = clock.monoNow();
        await delay(clock, 30);
        expect(clock.monoNow() - start).toBeGreaterThanOrEqual(30);
        const abort = new AbortController();
        clock.setTimer(10, () => abort.abort());
        await delay(clock, 600_000, abort.signal);
        await delay(clock, 600_000, abort.signal);
        expect(clock.monoNow() - start).toBeLessThan(60_000);
      }));

    test('SES-6 the drift of sleep does not grow while the host is awake', () =>
      withClock(async ({ clock, pause }) => {
        const before = clock.sleepDriftMs();
        await pause(100);
        const after = clock.sleepDriftMs();
        expect(typeof after).toBe(typeof before);
        if (before !== undefined && after !== undefined) expect(Math.abs(after - before)).toBeLessThan(60);
      }));
  });
}
