import { expect, test } from 'vitest';
import type { AgentConnection, EventListener } from '../connection/agent-connection.ts';
import type { Status } from '../../core/api/index.ts';
import { AgentStore, refreshGapMs } from './agent-store.ts';

/** Timers that a test moves on by hand. */
class HandTimers {
  nowMs = 0;
  #due: { readonly atMs: number; readonly run: () => void }[] = [];

  set(run: () => void, delayMs: number): () => void {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.#due.push(timer);
    return () => void (this.#due = this.#due.filter((each) => each !== timer));
  }

  /** Runs what is due within `durationMs`, letting promises settle in between. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      await settle();
      const next = this.#due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const status = { folders: [], transfers: [], devices: [] } as unknown as Status;

function world(): {
  readonly store: AgentStore;
  readonly timers: HandTimers;
  readonly agent: { status: Status; calls: number; isAway: boolean; follows: number; listener: EventListener | undefined };
} {
  const agent = { status, calls: 0, isAway: false, follows: 0, listener: undefined as EventListener | undefined };
  const connection = {
    desktop: undefined,
    call: async () => {
      agent.calls += 1;
      return agent.isAway ? { ok: false, error: { kind: 'unreachable', text: 'away' } } : { ok: true, value: agent.status };
    },
    follow: (listener: EventListener) => {
      agent.follows += 1;
      agent.listener = listener;
      return () => void (agent.listener = undefined);
    },
  } as unknown as AgentConnection;
  const timers = new HandTimers();
  return { store: new AgentStore(connection, timers), timers, agent };
}

test('STA-2 the status is asked for at most four times a second, however many events there are, and once more after the last one', async () => {
  const { store, timers, agent } = world();
  store.subscribe(() => undefined);
  await timers.pass(0);
  expect(store.snapshot()).toMatchObject({ link: 'live', status });
  const before = agent.calls;
  for (let step = 0; step < 1000; step++) {
    agent.listener?.onEvents([]);
    await timers.pass(1);
  }
  expect(agent.calls - before).toBeLessThanOrEqual(1000 / refreshGapMs);
  const { revision } = store.snapshot();
  agent.listener?.onEvents([]);
  await timers.pass(refreshGapMs);
  expect(store.snapshot().revision).toBeGreaterThan(revision);
});

test('STA-2 what moves is asked for every second, whichever way it moves; what is quiet seldom', async () => {
  const quiet = { state: 'up-to-date', reading: { files: 0 }, total: { files: 0 } };
  const moving: readonly [string, unknown][] = [
    ['in', { ...status, transfers: [{}] }],
    ['to be fetched', { ...status, folders: [{ ...quiet, state: 'syncing' }] }],
    ['read', { ...status, folders: [{ ...quiet, reading: { files: 1 } }] }],
    ['out', { ...status, folders: [quiet], devices: [{ sending: { files: 1 } }] }],
  ];
  const callsIn10s = async (shown: unknown): Promise<number> => {
    const { store, timers, agent } = world();
    agent.status = shown as Status;
    const leave = store.subscribe(() => undefined);
    await timers.pass(0);
    const before = agent.calls;
    await timers.pass(10_000);
    leave();
    return agent.calls - before;
  };
  for (const [way, shown] of moving) expect(await callsIn10s(shown), way).toBe(10);
  expect(await callsIn10s({ ...status, folders: [quiet], devices: [{ sending: { files: 0 } }] })).toBe(1);
});

test('a lost agent is told, its last state stays, and it is found again by itself', async () => {
  const { store, timers, agent } = world();
  store.subscribe(() => undefined);
  await timers.pass(0);
  agent.isAway = true;
  agent.listener?.onEnd();
  await timers.pass(refreshGapMs);
  expect(store.snapshot()).toMatchObject({ link: 'lost', status, error: { text: 'away' } });
  const before = agent.calls;
  await timers.pass(60_000);
  // Delays grow to 4 s.
  expect(agent.calls - before).toBeLessThan(20);
  agent.isAway = false;
  await timers.pass(4000);
  expect(store.snapshot()).toMatchObject({ link: 'live', error: undefined });
  expect(agent.follows).toBe(2);
});

test('nothing is asked when nobody looks', async () => {
  const { store, timers, agent } = world();
  const leave = store.subscribe(() => undefined);
  await timers.pass(0);
  leave();
  const before = agent.calls;
  await timers.pass(120_000);
  expect(agent.calls).toBe(before);
  expect(agent.listener).toBeUndefined();
});
