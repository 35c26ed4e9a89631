import type { Prng } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';

const trickle = { latencyMs: 60, jitterMs: 40, bytesPerMs: 8 };
const farAway = { latencyMs: 30, jitterMs: 15, bytesPerMs: 500 };

/** Troubles between machines: links cut, silence, slowness, other addresses. */
export const networkFaults: readonly Fault[] = [
  {
    name: 'links-reset',
    weight: 3,
    strike: (world, random) => {
      const [a, b] = twoOf(world, random);
      const ends = world.sim.net.resetConnections(a.name, b.name);
      return ends === 0 ? undefined : `${a.name} and ${b.name}, ${ends} ends`;
    },
  },
  {
    name: 'partition',
    weight: 4,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      const forMs = someTimeMs(random);
      const reason = `partition ${world.step}`;
      world.sim.net.partition([laptop.name], reason);
      world.later(forMs, `partition of ${laptop.name} ends`, () => world.sim.net.healPartition(reason));
      return `${laptop.name} is alone for ${forMs} ms`;
    },
  },
  {
    name: 'one-way',
    weight: 1,
    strike: (world, random) => {
      const [a, b] = twoOf(world, random);
      const forMs = someTimeMs(random);
      const reason = `one-way ${world.step}`;
      world.sim.net.block(a.name, b.name, reason);
      world.later(forMs, `${a.name} to ${b.name} again`, () => world.sim.net.unblock(a.name, b.name, reason));
      return `nothing from ${a.name} reaches ${b.name} for ${forMs} ms`;
    },
  },
  {
    name: 'slow',
    weight: 1,
    strike: (world, random) => {
      const [a, b] = twoOf(world, random);
      const forMs = someTimeMs(random);
      world.sim.net.setQuality(a.name, b.name, random.chance(0.5) ? trickle : farAway);
      world.later(forMs, `${a.name} and ${b.name} at full speed`, () => world.sim.net.setQuality(a.name, b.name, world.sim.net.lan));
      return `${a.name} and ${b.name} for ${forMs} ms`;
    },
  },
  {
    name: 'no-network',
    weight: 1,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      const { nic } = laptop.host;
      if (!nic.attached || laptop.trouble !== undefined) return undefined;
      const forMs = someTimeMs(random);
      nic.setAttached(false);
      world.later(forMs, `${laptop.name} has a network`, () => nic.setAttached(true));
      return `${laptop.name} for ${forMs} ms`;
    },
  },
  {
    name: 'new-address',
    weight: 1,
    strike: (world, random) => {
      const laptop = random.pick(world.laptops);
      laptop.host.nic.changeAddress();
      return laptop.name;
    },
  },
];

/** Seconds to minutes. */
export function someTimeMs(random: Prng): number {
  const minutes = random.chance(0.15);
  return minutes ? random.integer(40_000, 200_000) : random.integer(1_500, 25_000);
}

function twoOf(world: FolderWorld, random: Prng): [Laptop, Laptop] {
  const [a, b] = random.shuffled(world.laptops);
  if (!a || !b) throw new Error('a world has two laptops at least');
  return [a, b];
}
