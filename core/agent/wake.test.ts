import { describe, expect, test, vi } from 'vitest';
import { KIB, deferred, present } from '../base/index.ts';
import { AgentsWorld, eventsOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { folderOf } from '../testing/world/running-agent.ts';

async function two(seed: string): Promise<{ agents: AgentsWorld; anna: Laptop; bert: Laptop }> {
  const agents = await new AgentsWorld(seed, ['anna', 'bert']).startSharing();
  const [anna, bert] = agents.laptops as [Laptop, Laptop];
  return { agents, anna, bert };
}

const isLinked = ({ running }: Laptop): boolean => running?.core.supervisor.sessions().length === 1;

describe('an agent that wakes', () => {
  test('SES-6 SES-7 says farewell before the host sleeps, and after it has one resume, one link and one scan of the whole folder', async () => {
    const { agents, anna, bert } = await two('wake');
    const ready: number[] = [];
    const { scheduler } = agents.world.sim;
    anna.host.power.tell({ kind: 'suspend', ready: () => ready.push(scheduler.nowMs) });
    const startMs = scheduler.nowMs;
    await agents.until(() => ready.length === 1);
    expect(present(ready[0], 'moment') - startMs).toBeLessThan(2_000);
    expect(eventsOf(bert, 'link-ended')).toMatchObject([{ fields: { why: 'peer-asleep' } }]);
    expect(eventsOf(anna, 'link-ended')).toMatchObject([{ fields: { why: 'suspend' } }]);
    anna.host.suspend();
    await agents.runFor(60_000);
    anna.host.resume();
    anna.host.power.tell({ kind: 'resume' });
    const folder = present(folderOf(anna.running), 'folder');
    await agents.until(() => eventsOf(anna, 'resumed').length === 1);
    expect(folder.engine.state().scanned).toBe(false);
    await agents.until(() => isLinked(anna) && isLinked(bert), 1_000);
    await agents.converge();
    expect(folder.engine.state().scanned).toBe(true);
    await agents.runFor(30_000);
    expect(eventsOf(anna, 'suspended')).toHaveLength(1);
    expect(eventsOf(anna, 'resumed')).toMatchObject([{ fields: { cause: 'clock' } }]);
    expect(present(anna.running, 'agent').core.events.incidents()).toEqual([]);
  });

  test('SES-6 a program that was held up asks its links for proof, and scans nothing', async () => {
    const { agents, anna } = await two('stall');
    anna.host.stall(20_000);
    await agents.until(() => eventsOf(anna, 'resumed').length === 1);
    expect(eventsOf(anna, 'resumed')).toMatchObject([{ fields: { cause: 'stall', sleptMs: 0 } }]);
    expect(Math.abs(Number(eventsOf(anna, 'resumed')[0]?.fields?.['heldUpMs']) - 20_000)).toBeLessThan(2_000);
    expect(present(folderOf(anna.running), 'folder').engine.state().scanned).toBe(true);
    await agents.until(() => isLinked(anna), 2_000);
    await agents.converge();
  });

  test('SES-6 REC-1 a program that was held up blames nobody for its own silence, and tells that no sleep was', async () => {
    const { agents, anna } = await two('stall story');
    anna.host.stall(20_000);
    await agents.until(() => eventsOf(anna, 'resumed').length === 1);
    await agents.until(() => isLinked(anna), 2_000);
    await agents.converge();
    await agents.runFor(5_000);
    expect(eventsOf(anna, 'suspect')).toEqual([]);
    const { self, devices } = await agents.call(anna, 'lanes', { hours: 1 });
    expect([...self.wakes, ...devices.flatMap(({ wakes }) => wakes)].map(({ cause }) => cause)).not.toContain('wake');
    expect(self.wakes.at(-1)).toMatchObject({ cause: 'stall', asleepSince: null });
    expect(self.segments.map(({ state }) => state)).not.toContain('asleep');
  });

  test('SES-6 a frame that comes before the first tick shows the sleep', async () => {
    const { agents, anna, bert } = await two('frames');
    const annaId = present(anna.running, 'agent').agent.device;
    let slowest = 0;
    for (let nap = 1; nap <= 6; nap++) {
      // Ticks come at any moment of their second.
      await agents.runFor(5_000 + nap * 160);
      anna.host.suspend();
      await agents.runFor(1_200);
      void present(bert.running, 'agent').core.supervisor.session(annaId)?.call('probe', {});
      await agents.runFor(50);
      anna.host.resume({ tell: false });
      const { scheduler } = agents.world.sim;
      const startMs = scheduler.nowMs;
      await agents.until(() => eventsOf(anna, 'resumed').length === nap, 2_000);
      slowest = Math.max(slowest, scheduler.nowMs - startMs);
    }
    expect(slowest).toBeLessThan(300);
  });

  test('SES-6 FLD-1 a wake reads no file that is as it was', async () => {
    const { agents, anna, bert } = await two('nothing to read');
    for (let n = 0; n < 40; n++) agents.write(anna, `shelf ${n % 4}/book ${n}`, `text ${n}`);
    await agents.converge();
    await agents.runFor(60_000);
    const { hasher } = present(bert.running, 'agent').core.ports;
    const reads = (['hash', 'cut'] as const).map((method) => vi.spyOn(hasher, method));
    await sleepAndWake(agents, bert);
    await agents.until(() => present(folderOf(bert.running), 'folder').engine.state().scanned);
    for (const read of reads) expect(read).not.toHaveBeenCalled();
  });

  test('SES-6 what happened meanwhile does not wait for the scan after a wake', async () => {
    const { agents, anna, bert } = await two('a long scan');
    const { hasher } = present(bert.running, 'agent').core.ports;
    const cut = hasher.cut.bind(hasher);
    const readable = deferred<void>();
    vi.spyOn(hasher, 'cut').mockImplementation(async (...args) => readable.promise.then(async () => cut(...args)));
    await sleepAndWake(agents, bert, () => {
      agents.write(bert, 'takes long to read', 'x'.repeat(200 * KIB));
      agents.write(anna, 'written meanwhile', 'news');
    });
    await agents.until(() => bert.host.user.exists(`${bert.root}/written meanwhile`));
    expect(present(folderOf(bert.running), 'folder').engine.state().scanned).toBe(false);
    readable.resolve();
    await agents.converge();
  });
});

/** The host of `laptop` sleeps for a minute; `meanwhile` happens in the moment in which it wakes. Its agent has noticed. */
async function sleepAndWake(agents: AgentsWorld, laptop: Laptop, meanwhile: () => void = () => undefined): Promise<void> {
  const before = eventsOf(laptop, 'resumed').length;
  laptop.host.suspend();
  await agents.runFor(60_000);
  laptop.host.resume();
  meanwhile();
  await agents.until(() => eventsOf(laptop, 'resumed').length > before);
}
