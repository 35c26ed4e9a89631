import type { Prng } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import { diskFaults } from './faults-disk.ts';
import { machineFaults } from './faults-machine.ts';
import { networkFaults } from './faults-network.ts';
import { userFaults } from './faults-user.ts';
import type { FolderWorld } from './folder-world.ts';

const faults: readonly Fault[] = [...networkFaults, ...machineFaults, ...diskFaults, ...userFaults];
const drawsMax = 20;

/** Draws faults until one applies. */
export function strikeAtRandom(world: FolderWorld, random: Prng): void {
  for (let draw = 0; draw < drawsMax; draw++) {
    const fault = drawn(random);
    const done = fault.strike(world, random);
    if (done === undefined) continue;
    world.counts.faults += 1;
    world.counts.faultsByName[fault.name] = (world.counts.faultsByName[fault.name] ?? 0) + 1;
    world.say(`fault ${fault.name}: ${done}`);
    return;
  }
}

function drawn(random: Prng): Fault {
  let left = random.between(
    0,
    faults.reduce((sum, { weight }) => sum + weight, 0),
  );
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return random.pick(faults);
}
