import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert, present, unreachable } from './assert.ts';
import { backoffDelayMs } from './backoff.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { BufferPool, copyBySet } from './buffer-pool.ts';
import {
  bytesEqual,
  bytesEqualConstantTime,
  bytesFromHex,
  compareBytes,
  compareUtf8,
  concatBytes,
  hexFromBytes,
  textFromUtf8,
  utf8,
} from './bytes.ts';
import { deferred } from './deferred.ts';
import { Emitter } from './emitter.ts';
import { KeyedMutex, Mutex, Semaphore } from './mutex.ts';

const bytes = fc.uint8Array({ maxLength: 64 });
/** Any UTF-16 unit, lone surrogates included. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

describe('bytes', () => {
  test('hexadecimal and back; nothing else is taken for it', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        expect(bytesFromHex(hexFromBytes(some))).toEqual(some);
      }),
    );
    for (const text of ['0', '0G', 'AB', '0x', 'é0', '  ', 'ab\u{1F600}', '-1']) expect(bytesFromHex(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: anyUnit, maxLength: 8 }), (text) => {
        expect(bytesFromHex(text) !== undefined).toBe(text.length % 2 === 0 && /^[0-9a-f]*$/.test(text));
      }),
    );
  });

  test('compareUtf8 is the order of the encoded bytes', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(compareBytes(utf8(a), utf8(b))));
      }),
    );
    expect(compareUtf8('\uffff', '\u{10000}')).toBeLessThan(0);
  });

  test('equality, joining and text', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const same = hexFromBytes(a) === hexFromBytes(b);
        expect(bytesEqual(a, b)).toBe(same);
        expect(bytesEqualConstantTime(a, b)).toBe(same);
        expect(hexFromBytes(concatBytes([a, b]))).toBe(hexFromBytes(a) + hexFromBytes(b));
      }),
    );
    expect(textFromUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(textFromUtf8(utf8('naïve'))).toBe('naïve');
  });
});

test('assert, present and unreachable throw for bugs', () => {
  expect(() => assert(false, 'broken')).toThrow('broken');
  expect(() => present(undefined, 'thing')).toThrow('missing thing');
  expect(present(0, 'zero')).toBe(0);
  expect(() => unreachable('x' as never)).toThrow('unhandled');
});

test('a bounded queue is first in, first out, and never longer than its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat())), (steps) => {
      const queue = new BoundedQueue<number>(7);
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(queue.shift()).toBe(model.shift());
        else if (queue.push(step)) model.push(step);
        else expect(model).toHaveLength(7);
        expect(queue.length).toBe(model.length);
      }
      queue.clear();
      expect(queue.shift()).toBeUndefined();
    }),
  );
  const busy = new BoundedQueue<number>(1000);
  for (let i = 0; i < 500; i++) {
    busy.push(i);
    if (i >= 100) expect(busy.shift()).toBe(i - 100);
  }
});

test('a backoff steps up, repeats its last step, goes slow and spreads by its jitter', () => {
  const backoff = { stepsMs: [0, 500, 1000], slowAfterMs: 10_000, slowMs: 60_000, jitter: 0.2 };
  expect([0, 1, 2, 3, 99].map((attempt) => backoffDelayMs(backoff, attempt, 0, 0.5))).toEqual([0, 500, 1000, 1000, 1000]);
  expect(backoffDelayMs(backoff, 2, 10_000, 0.5)).toBe(60_000);
  expect(backoffDelayMs(backoff, 1, 0, 0)).toBe(400);
  expect(backoffDelayMs(backoff, 1, 0, 0.999999)).toBe(600);
});

test('a mutex runs tasks one after another in their order, failures included', async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const gate = deferred<void>();
  const first = mutex.run(async () => {
    await gate.promise;
    log.push('first');
    throw new Error('no');
  });
  const second = mutex.run(async () => {
    log.push('second');
    return 2;
  });
  expect(mutex.busy).toBe(true);
  gate.resolve();
  await expect(first).rejects.toThrow('no');
  expect(await second).toBe(2);
  expect(log).toEqual(['first', 'second']);
  expect(mutex.busy).toBe(false);
});

test('a keyed mutex keeps keys apart', async () => {
  const mutex = new KeyedMutex<string>();
  const gate = deferred<void>();
  const log: string[] = [];
  const blocked = mutex.run('a', () => gate.promise.then(() => void log.push('a1')));
  const after = mutex.run('a', async () => void log.push('a2'));
  await mutex.run('b', async () => void log.push('b'));
  gate.resolve();
  await Promise.all([blocked, after]);
  expect(log).toEqual(['b', 'a1', 'a2']);
});

test('a semaphore lets as many run as it says, and frees its place after a failure', async () => {
  const semaphore = new Semaphore(2);
  let running = 0;
  let most = 0;
  const tasks = Array.from({ length: 10 }, (_, i) =>
    semaphore.run(async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      if (i % 3 === 0) throw new Error('no');
    }),
  );
  await Promise.allSettled(tasks);
  expect(most).toBe(2);
  expect(running).toBe(0);
});

test('an emitter calls its listeners until they are removed, also ones removed meanwhile', () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const off = emitter.on((event) => heard.push(event));
  emitter.on(() => off());
  emitter.emit(1);
  emitter.emit(2);
  expect(heard).toEqual([1]);
});

describe('buffer pool', () => {
  test('what was given back is taken again, at the length that is asked for', () => {
    const pool = new BufferPool(1 << 20, copyBySet);
    const first = pool.take(100_000);
    const second = pool.take(100_000);
    expect([first.length, second.length]).toEqual([100_000, 100_000]);
    expect(second.buffer).not.toBe(first.buffer);
    pool.give(first);
    const third = pool.take(70_000);
    expect(third.length).toBe(70_000);
    expect(third.buffer).toBe(first.buffer);
    expect(pool.take(70_000).buffer).not.toBe(first.buffer);
  });

  test('no more is kept than is allowed, and nothing is taken back twice or from elsewhere', () => {
    const pool = new BufferPool(128 * 1024, copyBySet);
    const buffers = Array.from({ length: 3 }, () => pool.take(65_536));
    for (const buffer of buffers) pool.give(buffer);
    const again = Array.from({ length: 3 }, () => pool.take(65_536).buffer);
    expect(again.filter((buffer) => buffers.some((each) => each.buffer === buffer))).toHaveLength(2);
    const one = pool.take(1000);
    pool.give(one);
    expect(() => pool.give(one)).toThrow('given back once');
    expect(() => pool.give(new Uint8Array(1000))).toThrow('takes back what it gave');
  });
});
