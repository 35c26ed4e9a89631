import { isAnyUnmounted } from '../faults-disk.ts';
import type { FolderWorld } from '../folder-world.ts';
import { isUserPath } from '../ledger.ts';
import { listedTrash, trashName } from './trash.ts';

/** No edit is ever lost (FLD-3), looked at along the way: what a user wrote and no user gave up is on some disk, wherever the product keeps it. */
export function checkNothingGone(world: FolderWorld): readonly string[] {
  if (isAnyUnmounted(world)) return [];
  return world.ledger.lost(world.laptops.map((laptop) => laptop.tree())).map((lost) => `lost: ${lost}`);
}

/** The same at the end: all of it is where a person finds it, live, as a conflict copy or in a trash that lists it. */
export async function checkNothingLost(world: FolderWorld): Promise<readonly string[]> {
  const trees = [];
  for (const laptop of world.laptops) {
    const listed = await listedTrash(world, laptop);
    trees.push(new Map([...laptop.tree()].filter(([path]) => isUserPath(path) || listed.has(trashName(path) ?? ''))));
  }
  return world.ledger.lost(trees).map((lost) => `lost: ${lost}`);
}
