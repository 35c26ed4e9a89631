import { present } from '../../core/base/index.ts';
import type { FolderId } from '../../core/model/index.ts';
import { SessionWorld } from '../../core/testing/session/session-world.ts';

/** What the end of one epoch costs whoever waits on it (SES-2). */
export interface Clearing {
  readonly calls: number;
  /** From the end of the epoch until the last caller has its error, on this machine. */
  readonly milliseconds: number;
  /** Events that were noted meanwhile. */
  readonly events: number;
}

/** SES-2's bound for {@link Clearing.milliseconds} at 200 calls. */
export const clearingMsMax = 50;

/** Ends an epoch with `calls` outstanding calls, and a source of a download for each, on two devices in a simulated world. */
export async function measureClearing(calls = 200): Promise<Clearing> {
  const world = new SessionWorld('clear references');
  const { lesser: caller, greater: server } = world.addPair();
  server.handlers.have = () => new Promise(() => undefined);
  await world.startAll();
  await world.runUntil(() => caller.session(server) !== undefined && server.session(caller) !== undefined);
  const session = present(caller.session(server), 'session');
  const folder = 'ab'.repeat(32) as FolderId;
  const sources = new Set<number>();
  const waiting = Array.from({ length: calls }, (_, index) => {
    sources.add(index);
    session.refer(() => sources.delete(index));
    return session.call('have', { folder, have: {} });
  });
  await world.runFor(100);
  const eventsBefore = caller.run.events.length;
  const startMs = performance.now();
  caller.supervisor.setDevices([]);
  const results = await Promise.all(waiting);
  const milliseconds = performance.now() - startMs;
  const isCleared = sources.size === 0 && results.every((result) => !result.ok && result.error.kind === 'peer-gone');
  if (!isCleared) throw new Error('the end of the epoch left references behind');
  return { calls, milliseconds, events: caller.run.events.length - eventsBefore };
}

/** One line for people: the median of several runs. */
export async function clearingLine(runs = 9): Promise<string> {
  const measured: Clearing[] = [];
  for (let i = 0; i < runs; i++) measured.push(await measureClearing());
  const sorted = measured.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const { calls, milliseconds, events } = present(sorted[Math.floor(runs / 2)], 'median');
  return `clear-references  ${calls} outstanding calls and sources of a lost link cleared in ${milliseconds.toFixed(2)} ms with ${events} event (bound: ${clearingMsMax} ms)`;
}
