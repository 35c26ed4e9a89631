import { describe, expect, test } from 'vitest';
import { deferred, ok } from '../core/base/index.ts';
import { limits } from '../core/model/index.ts';
import { ReplyCache } from './api-replies.ts';

const own = '0123456789abcdef';
const key = `${own}.first`;

describe('outcomes kept by their idempotency key', () => {
  test('RPC-2 a repeat returns the first outcome, also while the first call still runs', async () => {
    const cache = new ReplyCache(own, () => 0);
    const first = deferred<void>();
    let calls = 0;
    const call = async (): Promise<ReturnType<typeof ok<number>>> => {
      calls += 1;
      await first.promise;
      return ok(calls);
    };
    const outcomes = [cache.once(key, 'r', call), cache.once(key, 'r', call)];
    first.resolve();
    expect(await Promise.all(outcomes)).toEqual([ok(1), ok(1)]);
    expect(await cache.once(key, 'r', call)).toEqual(ok(1));
    expect(calls).toBe(1);
  });

  test('RPC-2 a key of another run is answered outcome-unknown, and nothing is called', async () => {
    const cache = new ReplyCache(own, () => 0);
    const outcome = await cache.once('fedcba9876543210.first', 'r', async () => expect.fail('called'));
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
  });

  test('another request under a known key is refused', async () => {
    const cache = new ReplyCache(own, () => 0);
    await cache.once(key, 'share docs', async () => ok(1));
    expect(await cache.once(key, 'share photos', async () => ok(2))).toMatchObject({ ok: false, error: { kind: 'bad-request' } });
  });

  test('RPC-2 a full cache refuses new changes until old ones expire', async () => {
    let nowMs = 0;
    const cache = new ReplyCache(own, () => nowMs, 2);
    await cache.once(`${own}.a`, 'r', async () => ok(1));
    await cache.once(`${own}.b`, 'r', async () => ok(2));
    expect(await cache.once(`${own}.c`, 'r', async () => ok(3))).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    nowMs = limits.replyCacheAgeMs + 1;
    expect(await cache.once(`${own}.c`, 'r', async () => ok(3))).toEqual(ok(3));
    expect(cache.size).toBe(1);
  });

  test.each(['', ' ', 'ä', 'x'.repeat(129)])('%j is no key', async (text) => {
    expect(await new ReplyCache(own, () => 0).once(text, 'r', async () => ok(1))).toMatchObject({
      ok: false,
      error: { kind: 'bad-request' },
    });
  });
});
