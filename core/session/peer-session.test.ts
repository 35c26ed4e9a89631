import { describe, expect, test } from 'vitest';
import { MIB, err, ok } from '../base/index.ts';
import type { BlockName, FolderId, JournalId } from '../model/index.ts';
import { journalId, limits } from '../model/index.ts';
import { chunksLength } from '../protocol/index.ts';
import type { SessionHost } from '../testing/session/session-world.ts';
import { SessionWorld } from '../testing/session/session-world.ts';
import type { CallContext, PeerSession } from './index.ts';

const folder = 'ab'.repeat(32) as FolderId;
const blockName = 'cd'.repeat(32) as BlockName;

interface Pair {
  readonly world: SessionWorld;
  readonly caller: SessionHost;
  readonly server: SessionHost;
  readonly session: PeerSession;
  readonly journal: JournalId;
}

/** A caller with a live session to a server, whose handlers `prepare` sets before the session begins. */
async function pairWith(seed: string, prepare: (server: SessionHost) => void): Promise<Pair> {
  const world = new SessionWorld(seed);
  const { lesser: caller, greater: server } = world.addPair();
  prepare(server);
  await world.startAll();
  await world.runUntil(() => caller.session(server) !== undefined && server.session(caller) !== undefined);
  const session = caller.session(server);
  if (!session) throw new Error('no session');
  return { world, caller, server, session, journal: journalId(caller.device, '0123456789abcdef') };
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('calls', () => {
  test('RPC-1 a call gets the reply of its handler, or its error', async () => {
    const { world, session } = await pairWith('reply', ({ handlers }) => {
      handlers.have = async (request) => ok({ have: request.have });
      handlers.history = async () => err({ kind: 'unknown-folder', text: 'no such folder' });
    });
    expect(await world.drive(session.call('have', { folder, have: {} }))).toEqual({ ok: true, value: { have: {} } });
    expect(await world.drive(session.call('history', { folder, applied: {} }))).toEqual({
      ok: false,
      error: { kind: 'refused', error: { kind: 'unknown-folder', text: 'no such folder' } },
    });
  });

  test('RPC-5 a verb without a handler is answered unknown-verb, a request its verb does not allow malformed, a failing handler internal', async () => {
    const { world, session, server } = await pairWith('refusals', ({ handlers }) => {
      handlers.have = async () => ok({ have: {} });
      handlers.history = () => Promise.reject(new Error('a bug'));
    });
    const kindOf = async (call: ReturnType<PeerSession['call']>): Promise<string> => {
      const result = await world.drive(call);
      return !result.ok && result.error.kind === 'refused' ? result.error.error.kind : 'not refused';
    };
    expect(await kindOf(session.call('whohas', { folder, blocks: [blockName] }))).toBe('unknown-verb');
    expect(await kindOf(session.call('have', { folder: 'no folder' as FolderId, have: {} }))).toBe('malformed');
    expect(await kindOf(session.call('history', { folder, applied: {} }))).toBe('internal');
    expect(server.run.events.filter(({ kind }) => kind === 'malformed')).toHaveLength(1);
    expect(server.host.log.records().filter(({ event }) => event === 'handler-failed')).toHaveLength(1);
  });

  test('RPC-5 a reply that its verb does not allow is an error to the caller and counted against the peer', async () => {
    const { world, session } = await pairWith('bad reply', ({ handlers }) => {
      handlers.have = async () => ok({ have: 'nonsense' } as never);
    });
    expect(await world.drive(session.call('have', { folder, have: {} }))).toMatchObject({
      error: { kind: 'refused', error: { kind: 'malformed' } },
    });
  });

  test('RPC-1 a call is given up when its verb has waited long enough awake', async () => {
    const { world, session } = await pairWith('deadline', ({ handlers }) => {
      handlers.whohas = never;
    });
    const startMs = world.nowMs;
    expect(await world.drive(session.call('whohas', { folder, blocks: [blockName] }))).toEqual({ ok: false, error: { kind: 'timeout' } });
    expect(world.nowMs - startMs).toBeGreaterThanOrEqual(10_000);
    expect(world.nowMs - startMs).toBeLessThan(10_300);
  });

  test('RPC-3 a cancelled call settles at once and its handler is told', async () => {
    const signals: AbortSignal[] = [];
    const { world, session } = await pairWith('cancel', ({ handlers }) => {
      handlers.have = (_request, { signal }) => {
        signals.push(signal);
        return never();
      };
    });
    const controller = new AbortController();
    const call = session.call('have', { folder, have: {} }, { signal: controller.signal });
    await world.runUntil(() => signals.length === 1);
    expect(signals[0]?.aborted).toBe(false);
    controller.abort();
    expect(await world.drive(call)).toEqual({ ok: false, error: { kind: 'cancelled' } });
    await world.runFor(10);
    expect(signals[0]?.aborted).toBe(true);
    expect(await world.drive(session.call('have', { folder, have: {} }, { signal: controller.signal }))).toEqual({
      ok: false,
      error: { kind: 'cancelled' },
    });
    expect(signals).toHaveLength(1);
  });

  test('RPC-3 no more than the limit of calls is outstanding, on either side', async () => {
    let running = 0;
    const { world, session } = await pairWith('bounded', ({ handlers }) => {
      handlers.have = () => {
        running += 1;
        return never();
      };
    });
    const calls = Array.from({ length: limits.callsPerPeerMax + 10 }, () => session.call('have', { folder, have: {} }));
    const results: string[] = [];
    for (const call of calls) void call.then((result) => results.push(result.ok ? 'ok' : result.error.kind));
    await world.runFor(100);
    expect(results).toEqual(Array.from({ length: 10 }, () => 'busy'));
    expect(running).toBe(limits.callsPerPeerMax);
  });

  test('RPC-3 no more than the limit of bytes is outstanding to one peer, and what settles makes room', async () => {
    const { world, server, session } = await pairWith('bytes', ({ handlers }) => {
      handlers.have = never;
    });
    const payload = new Uint8Array(4 * MIB);
    const abort = new AbortController();
    const attempt = (signal?: AbortSignal): ReturnType<typeof session.attempt<'have'>> =>
      session.attempt('have', { folder, have: {} }, { payload, ...(signal ? { signal } : {}) });
    const fitting = Math.floor(limits.blocksInFlightPerPeerBytesMax / payload.length) - 1;
    const first = attempt(abort.signal);
    for (let i = 1; i < fitting; i++) void attempt();
    expect(await world.drive(attempt())).toMatchObject({ result: { ok: false, error: { kind: 'busy' } }, fate: 'unsent' });
    abort.abort();
    expect(await world.drive(first)).toMatchObject({ result: { ok: false, error: { kind: 'cancelled' } } });
    let settled = false;
    void attempt().then(() => (settled = true));
    await world.runFor(10);
    expect(settled).toBe(false);
    expect(server.run.gone).toEqual([]);
  });

  test('RPC-3 no more streams than the limit are served at a time, and other calls go on', async () => {
    let isOver = false;
    const { world, session, journal } = await pairWith('streams', ({ handlers }) => {
      handlers.batches = never;
      handlers.have = async () => ok({ have: {} });
    });
    const push = (): ReturnType<typeof session.call<'batches'>> => session.call('batches', { folder, journal, firstSequence: 1 });
    for (let i = 0; i < limits.streamsPerPeerMax; i++) void push().then(() => (isOver = true));
    await world.runFor(100);
    expect(isOver).toBe(false);
    expect(await world.drive(push())).toMatchObject({ ok: false, error: { kind: 'refused', error: { kind: 'busy' } } });
    expect(await world.drive(session.call('have', { folder, have: {} }))).toMatchObject({ ok: true });
  });

  test('RPC-3 handlers of cancelled calls still count until they return', async () => {
    let running = 0;
    const { world, session } = await pairWith('cancel flood', ({ handlers }) => {
      handlers.have = () => {
        running += 1;
        return never();
      };
    });
    for (let round = 0; round < 4; round++) {
      const controller = new AbortController();
      for (let i = 0; i < 200; i++) void session.call('have', { folder, have: {} }, { signal: controller.signal });
      await world.runFor(50);
      controller.abort();
      await world.runFor(50);
    }
    expect(running).toBe(limits.callsPerPeerMax);
  });

  test('SES-1 a call on an ended epoch settles with peer-gone at once, and its watchers hear at once', async () => {
    const { world, server, session } = await pairWith('ended', () => undefined);
    server.supervisor.stop();
    let gone = 0;
    session.onGone(() => (gone += 1));
    await world.runUntil(() => gone === 1);
    session.onGone(() => (gone += 1));
    session.refer(() => (gone += 1));
    expect(gone).toBe(3);
    expect(await session.call('have', { folder, have: {} })).toEqual({ ok: false, error: { kind: 'peer-gone', device: session.device } });
  });

  test('RPC-2 a mutate gets a key of its own; a full reply cache refuses new ones and still knows the old ones', async () => {
    let effects = 0;
    const { world, session } = await pairWith('reply cache', ({ handlers }) => {
      handlers.offer = async () => {
        effects += 1;
        return ok({ state: 'listed' });
      };
    });
    const key = session.freshKey();
    const offer = { folder, statements: [] };
    for (let i = 0; i < 3; i++) expect(await world.drive(session.attempt('offer', offer, { key }))).toMatchObject({ result: { ok: true } });
    expect(effects).toBe(1);
    for (let i = 1; i < limits.replyCachePerPeerMax; i++) await world.drive(session.call('offer', offer));
    expect(effects).toBe(limits.replyCachePerPeerMax);
    expect(await world.drive(session.call('offer', offer))).toMatchObject({ error: { kind: 'refused', error: { kind: 'busy' } } });
    expect(await world.drive(session.attempt('offer', offer, { key }))).toMatchObject({ result: { ok: true } });
    await world.runFor(12 * 60_000);
    expect(await world.drive(session.call('offer', offer))).toMatchObject({ ok: true });
  });

  test('RPC-2 a key that names another run is refused', async () => {
    const { world, session } = await pairWith('wrong run', ({ handlers }) => {
      handlers.offer = async () => ok({ state: 'listed' });
    });
    const key = { ...session.freshKey(), incarnation: '0123456789abcdef' as PeerSession['incarnation'] };
    expect(await world.drive(session.attempt('offer', { folder, statements: [] }, { key }))).toMatchObject({
      result: { error: { kind: 'refused', error: { kind: 'wrong-incarnation' } } },
      fate: 'answered',
    });
  });
});

describe('bodies and pieces', () => {
  test('RPC-1 pieces come in order before the reply, and wait for the link to take them', async () => {
    let sent = 0;
    const { world, session } = await pairWith('pieces', ({ handlers }) => {
      handlers.sendme = async (_request, context: CallContext) => {
        for (let index = 0; index < 40; index++) {
          if (!(await context.piece({ index: 0, offset: index * limits.pieceBytesMax }, new Uint8Array(limits.pieceBytesMax).fill(index))))
            break;
          sent += 1;
        }
        return ok({ gone: [], missing: [] });
      };
    });
    world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 1_000 });
    const offsets: number[] = [];
    const request = { folder, blocks: [{ name: blockName, size: limits.frameBytesMax }] };
    const call = session.call('sendme', request, {
      onPiece: ({ offset }, payload) => {
        expect(chunksLength(payload)).toBe(limits.pieceBytesMax);
        offsets.push(offset);
      },
    });
    await world.runFor(1_000);
    expect(sent, 'backpressure').toBeLessThan(12);
    expect(await world.drive(call)).toEqual({ ok: true, value: { gone: [], missing: [] } });
    expect(offsets).toEqual(Array.from({ length: 40 }, (_, index) => index * limits.pieceBytesMax));
  });

  test('RPC-1 the body of a stream arrives in order and stops the sender while nobody reads it', async () => {
    const read: number[] = [];
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { world, session, journal } = await pairWith('body', ({ handlers }) => {
      handlers.batches = async (_request, context) => {
        await opened;
        for await (const { payload } of context.body()) read.push(payload[0] ?? -1);
        return ok({ mark: { end: read.length, endHash: '' } });
      };
    });
    let produced = 0;
    async function* body(): AsyncGenerator<{ body: unknown; payload: Uint8Array }> {
      for (let i = 0; i < 30; i++) {
        produced += 1;
        yield { body: { kind: 'batch' }, payload: new Uint8Array(MIB).fill(i) };
      }
    }
    const call = session.call('batches', { folder, journal, firstSequence: 1 }, { body: body() });
    await world.runFor(2_000);
    expect(produced).toBeGreaterThan(2);
    expect(produced).toBeLessThan(12);
    open();
    expect(await world.drive(call)).toEqual({ ok: true, value: { mark: { end: 30, endHash: '' } } });
    expect(read).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });

  test('RPC-2 a stream that is answered early stops reading its body', async () => {
    const { world, session, journal } = await pairWith('early answer', ({ handlers }) => {
      handlers.batches = async () => ok({ mark: { end: 0, endHash: '' }, refused: 'not now' });
    });
    let produced = 0;
    let returned = false;
    async function* body(): AsyncGenerator<{ body: unknown; payload: Uint8Array }> {
      try {
        for (;;) {
          produced += 1;
          yield { body: { kind: 'batch' }, payload: new Uint8Array(MIB) };
        }
      } finally {
        returned = true;
      }
    }
    const call = session.call('batches', { folder, journal, firstSequence: 1 }, { body: body() });
    expect(await world.drive(call)).toMatchObject({ ok: true, value: { refused: 'not now' } });
    await world.runFor(1_000);
    expect(returned).toBe(true);
    expect(produced).toBeLessThan(12);
  });

  test('RPC-1 a body that throws is the caller’s, and the other side hears of a cancel', async () => {
    let ended = 0;
    const { world, session, journal } = await pairWith('body throws', ({ handlers }) => {
      handlers.batches = async (_request, context) => {
        for await (const _frame of context.body()) continue;
        ended += 1;
        expect(context.signal.aborted).toBe(true);
        return ok({ mark: { end: 0, endHash: '' } });
      };
    });
    async function* body(): AsyncGenerator<{ body: unknown; payload: Uint8Array }> {
      yield { body: { kind: 'batch' }, payload: new Uint8Array(10) };
      throw new Error('the disk is gone');
    }
    await expect(world.drive(session.call('batches', { folder, journal, firstSequence: 1 }, { body: body() }))).rejects.toThrow(
      'the disk is gone',
    );
    await world.runUntil(() => ended === 1);
  });
});

describe('slow links', () => {
  test('SES-5 64 MiB through 512 KiB/s in either direction loses no epoch, and probes are answered meanwhile', async () => {
    const { world, session, journal, server } = await pairWith('slow', ({ handlers }) => {
      handlers.batches = async (_request, context) => {
        let end = 0;
        for await (const { payload } of context.body()) end += payload.length;
        return ok({ mark: { end, endHash: '' } });
      };
      handlers.sendme = async (_request, context) => {
        for (let i = 0; i < 128; i++) await context.piece({ index: 0, offset: 0 }, new Uint8Array(limits.pieceBytesMax));
        return ok({ gone: [], missing: [] });
      };
    });
    world.world.net.setQuality('one', 'two', { latencyMs: 40, jitterMs: 20, bytesPerMs: 524 });
    async function* body(): AsyncGenerator<{ body: unknown; payload: Uint8Array }> {
      for (let i = 0; i < 32; i++) yield { body: { kind: 'batch' }, payload: new Uint8Array(MIB) };
    }
    const pushed = session.call('batches', { folder, journal, firstSequence: 1 }, { body: body() });
    const pulled = session.call('sendme', { folder, blocks: [{ name: blockName, size: 1 }] });
    expect(await world.drive(Promise.all([pushed, pulled]))).toMatchObject([{ ok: true }, { ok: true }]);
    expect(server.run.gone).toEqual([]);
    expect(session.rttMs()).toBeGreaterThan(80);
    expect(session.rates().outBytesPerSecond).toBeGreaterThan(0);
  });

  test('SES-5 a probe goes ahead of everything that waits', async () => {
    const { world, server, caller, session } = await pairWith('probe first', ({ handlers }) => {
      handlers.have = never;
    });
    world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 2_000 });
    for (let i = 0; i < 3; i++) void session.call('have', { folder, have: {} }, { payload: new Uint8Array(4 * MIB) });
    await world.runFor(100);
    const startMs = world.nowMs;
    caller.supervisor.networkChanged();
    expect(await world.runUntil(() => caller.run.events.some(({ kind }) => kind === 'proved'), 30_000)).toBe(true);
    // The link holds two frames, which take 2 s each; the third waits.
    expect(world.nowMs - startMs).toBeLessThan(5_000);
    expect(server.run.gone).toEqual([]);
  });

  test('SES-5 control does not wait behind bulk', async () => {
    const { world, session, journal } = await pairWith('lanes', ({ handlers }) => {
      handlers.batches = async (_request, context) => {
        for await (const _frame of context.body()) continue;
        return ok({ mark: { end: 0, endHash: '' } });
      };
      handlers.have = async () => ok({ have: {} });
    });
    world.world.net.setQuality('one', 'two', { latencyMs: 5, jitterMs: 0, bytesPerMs: 2_000 });
    async function* body(): AsyncGenerator<{ body: unknown; payload: Uint8Array }> {
      for (let i = 0; i < 20; i++) yield { body: { kind: 'batch' }, payload: new Uint8Array(4 * MIB) };
    }
    void session.call('batches', { folder, journal, firstSequence: 1 }, { body: body() });
    await world.runFor(2_000);
    const startMs = world.nowMs;
    await world.drive(session.call('have', { folder, have: {} }));
    // What the kernels and the window of the bulk channel hold goes first: well under one of the 4 MiB frames.
    expect(world.nowMs - startMs).toBeLessThan(600);
  });
});
