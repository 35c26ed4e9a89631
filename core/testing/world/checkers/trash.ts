import type { FolderWorld } from '../folder-world.ts';
import type { Laptop } from '../laptop.ts';
import { folderOf } from '../running-agent.ts';

const trashPrefix = '.dormouse/trash/';

/** Names in a laptop's trash that its agent lists, and so a person can get back. */
export async function listedTrash(world: FolderWorld, laptop: Laptop): Promise<ReadonlySet<string>> {
  const folder = folderOf(laptop.running);
  if (!folder) return new Set();
  const items = await world.sim.scheduler.drive(folder.engine.trash(), 10_000);
  return new Set(items.map(({ id }) => id));
}

/**
 * Everything in the trash is listed: what was put aside is known to some run (FLD-2). A power cut may bring back the second name of a file
 * that was taken away again, and a failing disk may keep it, which only costs space; a
 * store that was set back knows less than its disk.
 */
export async function checkTrash(world: FolderWorld): Promise<readonly string[]> {
  const orphans: string[] = [];
  for (const laptop of world.laptops) {
    if (laptop.counts.powerCuts > 0 || laptop.hadDiskErrors || laptop.hadBackup) continue;
    const listed = await listedTrash(world, laptop);
    for (const path of laptop.tree().keys()) {
      const name = trashName(path);
      if (name !== undefined && !listed.has(name)) orphans.push(`${laptop.name} has "${path}" in its trash and does not list it`);
    }
  }
  return orphans;
}

/** The item of the trash that `path` is, or is part of. */
export function trashName(path: string): string | undefined {
  return path.startsWith(trashPrefix) ? path.slice(trashPrefix.length).split('/')[0] : undefined;
}
