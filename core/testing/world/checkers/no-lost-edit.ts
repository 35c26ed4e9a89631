import type { FolderWorld } from '../folder-world.ts';
import { isFindable } from '../ledger.ts';
import { isAnyUnmounted } from '../faults-disk.ts';

/**
 * No edit is ever lost (FLD-3): what a user wrote and no user gave up is on some disk. `findable`: where a person finds it, live, as
 * a conflict copy or in a trash; `anywhere`: in whatever the product keeps, as in the middle of a replacement.
 */
export function checkNothingLost(world: FolderWorld, where: 'findable' | 'anywhere'): readonly string[] {
  if (isAnyUnmounted(world)) return [];
  const trees = world.laptops.map((laptop) => laptop.tree());
  return world.ledger.lost(trees, where === 'findable' ? isFindable : () => true).map((lost) => `lost: ${lost}`);
}
