import { describe, expect, test } from 'vitest';
import { Prng } from './prng.ts';
import { Scheduler } from './scheduler.ts';

describe('scheduler', () => {
  test('events run in the order of their times, and of their making within one instant', async () => {
    const scheduler = new Scheduler('order');
    const seen: string[] = [];
    for (const [ms, name] of [
      [30, 'd'],
      [10, 'b'],
      [10, 'c'],
      [0, 'a'],
      [30, 'e'],
    ] as const)
      scheduler.schedule(ms, name, () => seen.push(name));
    await scheduler.run();
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(scheduler.nowMs).toBe(30);
  });

  test('all that an event sets off through promises happens before the next event', async () => {
    const scheduler = new Scheduler('drain');
    const seen: string[] = [];
    scheduler.schedule(1, 'first', () => {
      void (async () => {
        for (let i = 0; i < 1000; i++) await Promise.resolve();
        seen.push('chain');
        queueMicrotask(() => seen.push('microtask'));
      })();
    });
    scheduler.schedule(1, 'second', () => seen.push('second'));
    await scheduler.run();
    expect(seen).toEqual(['chain', 'microtask', 'second']);
  });

  test('a cancelled event never runs, and cancelling is idempotent', async () => {
    const scheduler = new Scheduler('cancel');
    const event = scheduler.schedule(5, 'never', () => expect.unreachable());
    scheduler.schedule(1, 'cancel', () => event.cancel());
    await scheduler.run();
    event.cancel();
    expect(scheduler.executed).toBe(1);
  });

  test('a run stops at its time, its events or its condition', async () => {
    const scheduler = new Scheduler('limits');
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      scheduler.schedule(10, 'tick', tick);
    };
    tick();
    await scheduler.runFor(35);
    expect([ticks, scheduler.nowMs]).toEqual([4, 35]);
    expect(await scheduler.runUntil(() => ticks === 10)).toBe(true);
    expect(scheduler.nowMs).toBe(90);
    expect(await scheduler.runUntil(() => false, 100)).toBe(false);
    await expect(scheduler.run({ eventsMax: 50 })).rejects.toThrow('50 events');
  });

  test('what an event throws stops the run, and so does fail()', async () => {
    const scheduler = new Scheduler('throw');
    scheduler.schedule(1, 'throws', () => {
      throw new Error('broken');
    });
    scheduler.schedule(2, 'fails', () => scheduler.fail(new Error('checker')));
    await expect(scheduler.run()).rejects.toThrow('broken');
    await expect(scheduler.run()).rejects.toThrow('checker');
    await scheduler.run();
  });

  test('drive settles as its task does, and tells of a task that waits for nothing', async () => {
    const scheduler = new Scheduler('drive');
    const after = (ms: number): Promise<number> => new Promise((resolve) => void scheduler.schedule(ms, 'after', () => resolve(ms)));
    expect(await scheduler.drive(after(20).then(() => after(22)))).toBe(22);
    await expect(scheduler.drive(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(scheduler.drive(new Promise(() => undefined))).rejects.toThrow('still waiting');
  });

  test('one seed gives one history, another seed another one', async () => {
    const history = async (seed: string): Promise<string> => {
      const scheduler = new Scheduler(seed);
      const prng = scheduler.fork('test');
      const branch = (depth: number): void => {
        if (depth === 0) return;
        for (let i = prng.integer(1, 3); i > 0; i--) {
          scheduler.schedule(prng.between(0, 10), `depth ${depth}`, () => void Promise.resolve().then(() => branch(depth - 1)));
        }
      };
      branch(7);
      await scheduler.run();
      return `${scheduler.executed} ${scheduler.traceHash}`;
    };
    expect(await history('a')).toBe(await history('a'));
    expect(await history('a')).not.toBe(await history('b'));
  });
});

describe('pseudo-random numbers', () => {
  test('are pinned for ever: seeds of failures are kept', () => {
    const prng = new Prng('dormouse');
    expect([prng.uint32(), prng.uint32(), prng.uint32()]).toEqual([1520483789, 3039065329, 1927279621]);
  });

  test('a fork is independent of what its origin drew', () => {
    const origin = new Prng('x');
    const before = origin.fork('label').uint32();
    origin.uint32();
    expect(origin.fork('label').uint32()).toBe(before);
    expect(origin.fork('other').uint32()).not.toBe(before);
  });

  test('spread evenly', () => {
    const prng = new Prng('even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[prng.integer(0, 9)] = (counts[prng.integer(0, 9)] ?? 0) + 1;
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += prng.fraction();
    expect(sum / 100_000).toBeCloseTo(0.5, 2);
    expect(new Set(prng.shuffled([1, 2, 3, 4, 5]))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(prng.bytes(7)).toHaveLength(7);
  });
});
