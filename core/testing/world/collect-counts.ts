import type { FolderWorld } from './folder-world.ts';

/** Fills in what is only known at the end. */
export function collectCounts(world: FolderWorld): void {
  const { counts } = world;
  for (const laptop of world.laptops) {
    counts.programStarts += laptop.counts.starts;
    counts.kills += laptop.counts.kills;
    counts.powerCuts += laptop.counts.powerCuts;
  }
  const paths = [...(world.laptops[0]?.tree() ?? [])].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
  counts.files = paths.filter((path) => !path.startsWith('.dormouse/')).length;
  counts.conflictCopies = paths.filter((path) => path.includes(' (conflict ')).length;
}
