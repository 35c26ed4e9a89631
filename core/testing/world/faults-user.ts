import { isUserPath } from './ledger.ts';
import type { Prng } from '../sim/index.ts';
import type { Fault } from './fault.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { interfere } from './user-actions.ts';

/**
 * Operations of the program on a file of the user right before which the user changes that very file. Before a rename only its content:
 * another file put at the path in that moment is the window that every system without an exchange of names leaves open.
 */
const looks = new Set(['stat', 'openRead', 'setMtime', 'setMode']);
const armedMs = 30_000;

/** Users who come between two operations of the program. */
export const userFaults: readonly Fault[] = [
  {
    name: 'edit-in-between',
    weight: 5,
    strike: (world, random) => {
      const candidates = world.awake().filter((laptop) => laptop.host.crashPoint === undefined && laptop.isUsable);
      if (candidates.length === 0) return undefined;
      const laptop = random.pick(candidates);
      arm(world, random, laptop);
      return `the user of ${laptop.name} will touch what the program is working on`;
    },
  },
];

function arm(world: FolderWorld, random: Prng, laptop: Laptop): void {
  const { host, root } = laptop;
  let left = random.integer(0, 12);
  const onlyRenames = random.chance(0.5);
  const point = (operation: string, absolute: string): 'go-on' => {
    const path = absolute.slice(root.length + 1);
    const isTheirs = absolute.startsWith(`${root}/`) && isUserPath(path);
    const isRename = operation === 'rename';
    if (!isTheirs || !(isRename || (looks.has(operation) && !onlyRenames)) || !laptop.isUsable || left-- > 0) return 'go-on';
    host.crashPoint = undefined;
    world.userDoes(laptop, (person) => interfere(person, random, world.ledger, world.step, path, isRename));
    return 'go-on';
  };
  host.crashPoint = point;
  world.later(armedMs, `the user of ${laptop.name} leaves the program alone`, () => {
    if (host.crashPoint === point) host.crashPoint = undefined;
  });
}
