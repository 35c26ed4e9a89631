import type { FolderWorld } from '../folder-world.ts';

/** Concurrent versions of equal content are no conflict (FLD-3): what all users saved alike has no copies. */
export function checkNeedlessCopies(world: FolderWorld): readonly string[] {
  return world.laptops.flatMap((laptop) =>
    [...laptop.tree().keys()]
      .filter((path) => /^twin-\d+ \(conflict/.test(path))
      .map((path) => `${laptop.name} has a needless conflict copy: ${path}`),
  );
}
