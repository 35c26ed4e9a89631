import { describe, expect, test } from 'vitest';
import { MIB, err, ok, present } from '../base/index.ts';
import type { DeviceId, FolderId, JournalId, RetryClass } from '../model/index.ts';
import { journalId } from '../model/index.ts';
import type { StreamFrame } from '../ports/index.ts';
import { delay, silentLogger } from '../ports/index.ts';
import type { CallFate, RetryOptions } from './index.ts';
import { callWithRetry, repeatRule, withRetry } from './retry.ts';
import type { RepeatRule } from './retry.ts';
import { SessionWorld } from '../testing/session/session-world.ts';
import type { SessionHost } from '../testing/session/session-world.ts';

const folder = 'ab'.repeat(32) as FolderId;

describe('what may be repeated', () => {
  const fates: readonly CallFate[] = ['unsent', 'sending', 'sent', 'body', 'answered'];
  const table: readonly [RetryClass, readonly RepeatRule[]][] = [
    ['read', ['repeat', 'repeat', 'repeat', 'repeat', 'give-up']],
    ['idempotent', ['repeat', 'repeat', 'repeat', 'repeat', 'give-up']],
    ['semi', ['repeat', 'repeat', 'repeat', 'repeat', 'give-up']],
    ['stream', ['repeat', 'repeat', 'repeat', 'give-up', 'give-up']],
    ['mutate', ['repeat', 'repeat-same-run', 'repeat-same-run', 'repeat-same-run', 'give-up']],
  ];
  test.each(table)('RPC-2 %s', (retry, rules) => {
    expect(fates.map((fate) => repeatRule(retry, fate))).toEqual(rules);
  });
});

function retryOptions(device: SessionHost): RetryOptions {
  return { supervisor: device.supervisor, clock: device.host.ports.clock, logger: device.host.ports.logger };
}

async function linkedPair(
  seed: string,
): Promise<{ readonly world: SessionWorld; readonly caller: SessionHost; readonly server: SessionHost }> {
  const world = new SessionWorld(seed);
  const { lesser: caller, greater: server } = world.addPair();
  await world.startAll();
  expect(await world.runUntil(() => caller.session(server) !== undefined && server.session(caller) !== undefined)).toBe(true);
  return { world, caller, server };
}

/** Makes the link of both die while a call waits for its reply. */
function cutLink(server: SessionHost): void {
  for (const session of server.supervisor.sessions()) (session as unknown as { end(reason: string): void }).end('lost');
}

describe('calls that survive their link', () => {
  test('RPC-2 a read that lost its link while waiting is repeated once on the new epoch', async () => {
    const { world, caller, server } = await linkedPair('read');
    let served = 0;
    server.handlers.have = async () => {
      served += 1;
      if (served === 1) {
        cutLink(server);
        return new Promise(() => undefined);
      }
      return ok({ have: {} });
    };
    cutLink(server);
    await world.runUntil(() => caller.session(server) === undefined);
    await world.runUntil(() => caller.session(server) !== undefined);
    const result = await world.drive(callWithRetry(retryOptions(caller), server.device, 'have', { folder, have: {} }));
    expect(result).toEqual({ ok: true, value: { have: {} } });
    expect(served).toBe(2);
    expect(caller.host.log.records().filter(({ event }) => event === 'call-repeated')).toHaveLength(1);
  });

  test('RPC-2 the repeat of a mutate gets the first result and has one effect', async () => {
    const { world, caller, server } = await linkedPair('mutate');
    let effects = 0;
    server.handlers.offer = async () => {
      effects += 1;
      cutLink(server);
      await Promise.resolve();
      return ok({ state: 'listed' });
    };
    cutLink(server);
    await world.runUntil(() => caller.session(server) === undefined);
    await world.runUntil(() => caller.session(server) !== undefined);
    const result = await world.drive(callWithRetry(retryOptions(caller), server.device, 'offer', { folder, statements: [] }));
    expect(result).toEqual({ ok: true, value: { state: 'listed' } });
    expect(effects).toBe(1);
  });

  test('RPC-2 a mutate that was begun goes on to its end, whatever becomes of the caller: the repeat wants its result', async () => {
    const { world, caller, server } = await linkedPair('mutate goes on');
    let isAborted: boolean | undefined;
    server.handlers.offer = async (_request, { signal }) => {
      cutLink(server);
      await delay(server.host.ports.clock, 500);
      isAborted = signal.aborted;
      return ok({ state: 'listed' });
    };
    cutLink(server);
    await world.runUntil(() => caller.session(server) === undefined);
    await world.runUntil(() => caller.session(server) !== undefined);
    const result = await world.drive(callWithRetry(retryOptions(caller), server.device, 'offer', { folder, statements: [] }));
    expect(result).toEqual({ ok: true, value: { state: 'listed' } });
    expect(isAborted).toBe(false);
  });

  test('RPC-2 the payload of a repeat is its own: the first link may have taken the bytes with it', async () => {
    const device = 'peer' as DeviceId;
    const sent: (readonly number[])[] = [];
    const session = {
      device,
      epoch: 1,
      incarnation: '0000000000000001',
      attempt: async (_verb: string, _request: unknown, { payload }: { payload: Uint8Array }) => {
        sent.push([...payload]);
        payload.fill(0);
        return { result: err({ kind: 'peer-gone', device }), fate: 'sending' };
      },
    };
    const options = {
      supervisor: { session: () => session, nextSession: async () => session, retryAllowed: () => true },
      clock: { wallNow: () => 0, monoNow: () => 0, sleepDriftMs: () => undefined, setTimer: () => ({ cancel: () => undefined }) },
      logger: silentLogger,
    } as unknown as RetryOptions;
    await callWithRetry(options, device, 'have', { folder, have: {} }, { payload: new Uint8Array([1, 2, 3]) });
    expect(sent).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test('RPC-2 a mutate whose receiver restarted meanwhile has an unknown outcome and is not repeated', async () => {
    const { world, caller, server } = await linkedPair('restart');
    let effects = 0;
    server.handlers.offer = async () => {
      effects += 1;
      return new Promise(() => undefined);
    };
    cutLink(server);
    await world.runUntil(() => caller.session(server) === undefined);
    await world.runUntil(() => caller.session(server) !== undefined);
    const call = callWithRetry(retryOptions(caller), server.device, 'offer', { folder, statements: [] });
    await world.runUntil(() => effects === 1);
    server.host.crash({ powerCut: false });
    server.restart();
    await world.drive(server.start());
    server.superviseAll();
    expect(await world.drive(call)).toEqual({ ok: false, error: { kind: 'outcome-unknown' } });
    expect(effects).toBe(1);
  });

  describe('a stream', () => {
    const request = (caller: SessionHost): { folder: FolderId; journal: JournalId; firstSequence: number } => ({
      ...{ folder, journal: journalId(caller.device, '0123456789abcdef'), firstSequence: 1 },
    });

    /** A body of `count` frames of 1 MiB that tells how far it was read. */
    function bodyOf(count: number): { readonly body: AsyncGenerator<StreamFrame>; readonly touched: () => number } {
      let touched = 0;
      async function* frames(): AsyncGenerator<StreamFrame> {
        for (let i = 0; i < count; i++) {
          touched += 1;
          yield { body: { kind: 'batch' }, payload: new Uint8Array(MIB) };
        }
      }
      return { body: frames(), touched: () => touched };
    }

    /** Counts what comes of a body. */
    function takeBodies(server: SessionHost): { frames: number; calls: number } {
      const taken = { frames: 0, calls: 0 };
      server.handlers.batches = async (_request, context) => {
        taken.calls += 1;
        for await (const _frame of context.body()) taken.frames += 1;
        return ok({ mark: { end: taken.frames, endHash: '' } });
      };
      return taken;
    }

    test('RPC-2 a link that the other side closed while it was idle is noticed before the body is touched: the call moves on whole', async () => {
      const { world, caller, server } = await linkedPair('closed while idle');
      const taken = takeBodies(server);
      const session = present(caller.session(server), 'session');
      await world.runFor(60_000);
      cutLink(server);
      await world.runUntil(() => caller.session(server) === undefined);
      const { body, touched } = bodyOf(3);
      const call = withRetry(retryOptions(caller), session).call('batches', request(caller), { body });
      await Promise.resolve();
      expect(touched()).toBe(0);
      expect(await world.drive(call)).toMatchObject({ ok: true, value: { mark: { end: 3 } } });
      expect(taken).toEqual({ frames: 3, calls: 1 });
    });

    test('RPC-2 a link that breaks while the header waits for room has not touched the body', async () => {
      const { world, caller, server } = await linkedPair('header waits');
      cutLink(server);
      await world.runUntil(() => caller.session(server) === undefined);
      const taken = takeBodies(server);
      await world.runUntil(() => caller.session(server) !== undefined && server.session(caller) !== undefined);
      const session = present(caller.session(server), 'session');
      // The first body fills the link; the header of the second call waits behind it.
      world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 1 });
      const first = bodyOf(100);
      const filling = session.call('batches', request(caller), { body: first.body });
      await world.runUntil(() => first.touched() > 2);
      const { body, touched } = bodyOf(2);
      const call = withRetry(retryOptions(caller), session).call('batches', request(caller), { body });
      await world.runFor(10);
      world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 10_000 });
      world.world.net.resetConnections('one', 'two');
      expect(await world.drive(filling)).toEqual({ ok: false, error: { kind: 'peer-gone', device: server.device } });
      expect(touched()).toBe(0);
      const framesBefore = taken.frames;
      expect(await world.drive(call)).toMatchObject({ ok: true });
      expect(taken.frames - framesBefore).toBe(2);
    });

    test('RPC-2 a body that was begun is never sent again: the caller is told, and goes on after what the receiver holds', async () => {
      const { world, caller, server } = await linkedPair('body begun');
      cutLink(server);
      await world.runUntil(() => caller.session(server) === undefined);
      const taken = takeBodies(server);
      await world.runUntil(() => caller.session(server) !== undefined && server.session(caller) !== undefined);
      world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 1_000 });
      const { body, touched } = bodyOf(50);
      const call = callWithRetry(retryOptions(caller), server.device, 'batches', request(caller), { body });
      await world.runUntil(() => taken.frames > 0);
      world.world.net.resetConnections('one', 'two');
      expect(await world.drive(call)).toEqual({ ok: false, error: { kind: 'peer-gone', device: server.device } });
      await world.runFor(30_000);
      expect(taken.calls).toBe(1);
      expect(touched()).toBeLessThan(50);
    });
  });

  test('RPC-3 nothing is queued to a peer that is not live', async () => {
    const { world, caller, server } = await linkedPair('not-live');
    server.supervisor.stop();
    await world.runUntil(() => caller.session(server) === undefined);
    const result = await world.drive(callWithRetry(retryOptions(caller), server.device, 'have', { folder, have: {} }));
    expect(result).toEqual({ ok: false, error: { kind: 'peer-gone', device: server.device } });
  });

  test('RPC-4 with retry off nothing is repeated', async () => {
    const { world, caller, server } = await linkedPair('off');
    caller.retry = false;
    let served = 0;
    server.handlers.have = async () => {
      served += 1;
      cutLink(server);
      return new Promise(() => undefined);
    };
    cutLink(server);
    await world.runUntil(() => caller.session(server) === undefined);
    await world.runUntil(() => caller.session(server) !== undefined);
    const result = await world.drive(callWithRetry(retryOptions(caller), server.device, 'have', { folder, have: {} }));
    expect(result).toEqual({ ok: false, error: { kind: 'peer-gone', device: server.device } });
    expect(served).toBe(1);
  });

  test('RPC-2 a mutate is not repeated after 10 min, whatever the clocks of this host did', async () => {
    const device = 'peer' as DeviceId;
    let wall = 0;
    let attempts = 0;
    const session = {
      device,
      epoch: 1,
      incarnation: '0000000000000001',
      freshKey: () => ({ incarnation: '0000000000000001', nonce: '0'.repeat(32) }),
      attempt: async () => {
        attempts += 1;
        wall += 11 * 60_000;
        return { result: err({ kind: 'peer-gone', device }), fate: 'sent' };
      },
    };
    const options = {
      supervisor: { session: () => session, nextSession: async () => session, retryAllowed: () => true },
      clock: { wallNow: () => wall, monoNow: () => 0, sleepDriftMs: () => undefined, setTimer: () => ({ cancel: () => undefined }) },
      logger: silentLogger,
    } as unknown as RetryOptions;
    expect(await callWithRetry(options, device, 'offer', { folder, statements: [] })).toEqual({
      ok: false,
      error: { kind: 'outcome-unknown' },
    });
    expect(attempts).toBe(1);
  });
});
