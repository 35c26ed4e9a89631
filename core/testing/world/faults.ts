import type { Prng } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import { diskFaults } from './faults-disk.ts';
import { machineFaults } from './faults-machine.ts';
import { networkFaults } from './faults-network.ts';
import { storeFaults } from './faults-store.ts';
import { userFaults } from './faults-user.ts';
import type { FolderWorld } from './folder-world.ts';
import { countOne } from './world-counts.ts';

const usualFaults: readonly Fault[] = [...networkFaults, ...machineFaults, ...diskFaults, ...userFaults];
/** With stores that fail, and backups of them that are restored while nobody knows of it (JRN-5). */
const allFaults: readonly Fault[] = [...usualFaults, ...storeFaults];
const drawsMax = 20;

/** What a number of plans must have met: a fault that never strikes shows nothing. */
export const faultNames: readonly string[] = allFaults.map(({ name }) => name);

/** Draws faults until one applies; with `ofStores` also those of the programs' stores. */
export function strikeAtRandom(world: FolderWorld, random: Prng, ofStores: boolean): void {
  const faults = ofStores ? allFaults : usualFaults;
  for (let draw = 0; draw < drawsMax; draw++) {
    const fault = drawn(faults, random);
    const done = fault.strike(world, random);
    if (done === undefined) continue;
    world.counts.faults += 1;
    countOne(world.counts.faultsByName, fault.name);
    world.say(`fault ${fault.name}: ${done}`);
    return;
  }
}

function drawn(faults: readonly Fault[], random: Prng): Fault {
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
