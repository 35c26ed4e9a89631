import { isAnyUnmounted } from '../faults-disk.ts';
import type { FolderWorld } from '../folder-world.ts';
import { isUserPath } from '../ledger.ts';

/** No edit is ever lost (FLD-3), looked at along the way: what a user wrote and no user gave up is on some disk, wherever the product keeps it. */
export function checkNothingGone(world: FolderWorld): readonly string[] {
  if (isAnyUnmounted(world)) return [];
  return world.ledger.lost(world.laptops.map((laptop) => laptop.tree())).map((lost) => `lost: ${lost}`);
}

/**
 * The same at the end, and stricter: all of it is live, under its own name or as a conflict copy. The trash keeps what a newer version
 * replaced; but whatever nobody who saw it overwrote or removed has no newer version.
 */
export function checkNothingLost(world: FolderWorld): readonly string[] {
  const trees = world.laptops.map((laptop) => new Map([...laptop.tree()].filter(([path]) => isUserPath(path))));
  return world.ledger.lost(trees).map((lost) => `lost: ${lost}`);
}
