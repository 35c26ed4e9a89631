import { describe, expect, test } from 'vitest';
import type { SessionHost } from '../testing/session/session-world.ts';
import { SessionWorld } from '../testing/session/session-world.ts';
import type { Prng } from '../testing/sim/index.ts';

const seeds = 150;
const stepsPerSeed = 40;

/** What the walk did, to be sure that it was worth something. */
const totals = { epochs: 0, replaced: 0, restarts: 0, sleeps: 0 };

type Step = (prng: Prng, world: SessionWorld, device: SessionHost, other: SessionHost) => Promise<void> | void;

/** A device finds the other one where it is now. */
const find: Step = (_prng, _world, device, other) => device.supervisor.discovered(other.device, [other.host.nic.address]);

const steps: readonly Step[] = [
  (_prng, _world, device) => device.supervisor.resume(),
  (_prng, _world, device, other) => {
    device.supervisor.resume();
    other.supervisor.resume();
  },
  (_prng, _world, device) => device.supervisor.networkChanged(),
  find,
  find,
  (_prng, world, device, other) => world.world.net.block(device.host.name, other.host.name),
  (_prng, world) => world.world.net.healPartition('block'),
  (_prng, world) => world.world.net.healPartition('block'),
  (_prng, world) => world.world.net.healPartition('block'),
  (prng, _world, device) => device.host.stall(prng.integer(10, 8_000)),
  async (prng, world, device) => {
    device.host.nic.setAttached(false);
    await world.runFor(prng.integer(0, 20_000));
    device.host.nic.setAttached(true);
  },
  (prng, world, device, other) => {
    device.host.nic.changeAddress();
    if (prng.chance(0.7)) void find(prng, world, other, device);
  },
  async (prng, world, device, other) => {
    device.paused.add(other.device);
    device.superviseAll();
    await world.runFor(prng.integer(0, 2_000));
    device.paused.delete(other.device);
    device.superviseAll();
  },
  async (prng, world, device) => {
    totals.sleeps += 1;
    if (prng.chance(0.5)) await world.drive(device.supervisor.suspend());
    device.host.suspend();
    await world.runFor(prng.integer(100, 100_000));
    device.host.resume({ networkLateMs: prng.chance(0.5) ? prng.integer(1, 5_000) : 0 });
    device.supervisor.resume();
  },
  async (prng, world, device) => {
    totals.restarts += 1;
    device.host.crash({ powerCut: prng.chance(0.5) });
    await world.runFor(prng.integer(0, 5_000));
    device.restart();
    await world.drive(device.start());
    device.superviseAll();
  },
];

function checkInvariants(devices: readonly SessionHost[]): void {
  for (const device of devices) {
    if (device.host.state === 'running') expect(device.supervisor.supervisionInvariant()).toEqual([]);
  }
}

/** Both live on the same link, which is the only one that either transport has. */
function agree(a: SessionHost, b: SessionHost): boolean {
  const ofA = a.session(b);
  const ofB = b.session(a);
  return ofA !== undefined && ofB !== undefined && ofA.incarnation === b.run.incarnation && ofB.incarnation === a.run.incarnation;
}

async function walk(seed: string): Promise<void> {
  const world = new SessionWorld(seed);
  const prng = world.world.scheduler.fork('walk');
  const devices = Object.values(world.addPair({ suspendKind: prng.pick(['linux', 'mac-windows'] as const) }));
  const [a, b] = devices as [SessionHost, SessionHost];
  const latencyMs = prng.pick([0.4, 20, 150]);
  world.world.net.setQuality('one', 'two', { latencyMs, jitterMs: latencyMs * prng.pick([0.1, 1, 4]), bytesPerMs: 1_000 });
  await world.startAll();
  for (let i = 0; i < stepsPerSeed; i++) {
    const [device, other] = prng.chance(0.5) ? [a, b] : [b, a];
    await prng.pick(steps)(prng, world, device, other);
    checkInvariants(devices);
    // Mostly within a handshake, sometimes long after.
    await world.runUntil(() => (checkInvariants(devices), false), prng.chance(0.7) ? prng.between(0, 20) : prng.integer(20, 30_000));
  }
  world.world.net.heal();
  for (const device of devices) {
    device.paused.clear();
    device.host.nic.setAttached(true);
  }
  await world.runFor(10_000);
  for (const device of devices) {
    device.superviseAll();
    device.supervisor.resume();
  }
  expect(await world.runUntil(() => agree(a, b), 30_000), 'linked after all is healed').toBe(true);
  await world.runFor(20_000);
  const before = devices.map((device) => device.supervisor.sessions().map(({ epoch }) => epoch));
  await world.runFor(120_000);
  checkInvariants(devices);
  expect(agree(a, b)).toBe(true);
  expect(
    devices.map((device) => device.supervisor.sessions().map(({ epoch }) => epoch)),
    'the link stays',
  ).toEqual(before);
  for (const device of devices) {
    expect((device.run.transport as unknown as { liveLinks: number }).liveLinks, `links of ${device.host.name}`).toBe(1);
    totals.epochs += device.run.events.filter(({ kind }) => kind === 'session-up').length;
    totals.replaced += device.run.gone.filter(({ reason }) => reason === 'replaced' || reason === 'restarted').length;
  }
}

describe('random link events', () => {
  test('SES-3 SES-4 two supervisors always end with exactly one link, the same on both sides, and neither ever gives up', async () => {
    for (let i = 0; i < seeds; i++) {
      const seed = `links ${i}`;
      try {
        await walk(seed);
      } catch (error) {
        throw new Error(`replay: await walk('${seed}')`, { cause: error });
      }
    }
    expect(totals.epochs).toBeGreaterThan(seeds * 2);
    expect(totals.replaced).toBeGreaterThan(seeds / 3);
    expect(totals.restarts).toBeGreaterThan(seeds);
    expect(totals.sleeps).toBeGreaterThan(seeds);
  }, 60_000);
});
