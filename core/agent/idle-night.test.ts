import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, copyBySet, present } from '../base/index.ts';
import { limits } from '../model/index.ts';
import { SimClock } from '../testing/sim/index.ts';
import { AgentsWorld, eventsOf } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { openRunningAgent } from './agent.ts';

const nightMs = 8 * HOUR_MS;
const dialsPerPeerMax = 200;
/** Ticks of the two clocks once a second, polls, scans and dials: some four events a second. A loop that spins makes thousands. */
const eventsPerSecondMax = 10;

function armedTimers({ host }: Laptop): number {
  const { clock } = host.ports;
  if (!(clock instanceof SimClock)) throw new Error('a simulated clock');
  return clock.armedCount;
}

describe('a night alone', () => {
  test('SES-4 8 h with one peer asleep and one vanished cost under 200 dials each, leak no timer and never spin', async ({ annotate }) => {
    const agents = await new AgentsWorld('night', ['anna', 'bert', 'carla']).startSharing();
    const [anna, bert, carla] = agents.laptops as [Laptop, Laptop, Laptop];
    const { scheduler } = agents.world.sim;
    const peers = [bert, carla].map((laptop) => present(laptop.running, 'agent').agent.device);
    bert.host.suspendWithNotice();
    carla.host.crash({ powerCut: true });
    await agents.runFor(HOUR_MS);
    const timers = armedTimers(anna);
    const dials = peers.map((device) => eventsOf(anna, 'link-failed').filter((event) => event.device === device).length);
    let sinceEvents = scheduler.executed;
    let busiest = 0;
    for (const endMs = scheduler.nowMs + nightMs - HOUR_MS; scheduler.nowMs < endMs;) {
      await agents.runFor(MINUTE_MS);
      busiest = Math.max(busiest, scheduler.executed - sinceEvents);
      sinceEvents = scheduler.executed;
      expect(present(anna.running, 'agent').core.supervisor.supervisionInvariant()).toEqual([]);
    }
    const failed = eventsOf(anna, 'link-failed');
    for (const [index, device] of peers.entries()) {
      const count = failed.filter((event) => event.device === device).length;
      expect(count, 'dials of one peer').toBeLessThan(dialsPerPeerMax);
      // Never given up either: at least one try in each 6 min after the first hour.
      expect(count - (dials[index] ?? 0)).toBeGreaterThan(60);
    }
    await annotate(`${failed.length} dials of two peers; ${Math.ceil(busiest / 60)} events in the busiest second; ${timers} timers`);
    expect(busiest).toBeLessThan(60 * eventsPerSecondMax);
    expect(armedTimers(anna)).toBeLessThanOrEqual(timers + 2);

    // In the morning both are back, and nobody has to wait for a backoff: whoever wakes or starts calls.
    bert.host.resume();
    carla.restart();
    await agents.until(() => present(anna.running, 'agent').core.supervisor.sessions().length === 2, 5_000);
  });
});

describe('stopping', () => {
  test('SES-8 is over within 5 s whatever hangs', async () => {
    const agents = new AgentsWorld('stop', ['anna']);
    const { ports } = (agents.laptops[0] as Laptop).host;
    const hanging: string[] = [];
    const hang = (what: string) => (): Promise<never> => {
      hanging.push(what);
      return new Promise(() => undefined);
    };
    const store = await agents.drive(ports.openStore());
    const opened = await agents.drive(
      openRunningAgent(
        {
          ...ports,
          store: new Proxy(store, { get: (target, name) => (name === 'close' ? hang('store') : bound(target, name)) }),
          copyBytes: copyBySet,
          hasher: new Proxy(ports.hasher, { get: (target, name) => (name === 'close' ? hang('hasher') : bound(target, name)) }),
          transport: (signer) =>
            new Proxy(ports.createTransport(signer.seed), {
              get: (target, name) => (name === 'stop' ? hang('transport') : bound(target, name)),
            }),
        },
        { listen: [], discovery: false, name: 'anna', defaultName: 'anna', version: '0.0.0', warnings: [] },
      ),
    );
    if (!opened.ok) throw new Error(opened.error.text);
    const { scheduler } = agents.world.sim;
    const startMs = scheduler.nowMs;
    await agents.drive(opened.value.agent.stop());
    expect(hanging.toSorted()).toEqual(['hasher', 'store', 'transport']);
    expect(scheduler.nowMs - startMs).toBeLessThanOrEqual(limits.stopMs);
  });
});

function bound<T extends object>(target: T, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}
