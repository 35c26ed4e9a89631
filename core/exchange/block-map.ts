import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';

/** One block as it stands: `local`, found on this device; null, nobody's, or a source that is not known any more. */
export interface BlockCell {
  readonly device: DeviceId | 'local' | null;
  readonly state: 'missing' | 'asked' | 'overdue' | 'hedged' | 'arrived';
}

/** All blocks of a file in order, run-length coded; `share` is a part of all blocks, 0 to 1. */
export interface BlockMap {
  readonly count: number;
  readonly cells: readonly (BlockCell & { readonly share: number })[];
}

interface Run {
  readonly cell: BlockCell;
  length: number;
}

/**
 * The map of a file's blocks. Where there are more runs than `cellsMax`, the file is cut into that many equal parts, and each shows
 * what most of its blocks are.
 */
export function blockMap(blocks: readonly BlockCell[], cellsMax: number = limits.blockCellsMax): BlockMap {
  const exact = runsOf(blocks.map((cell) => ({ cell, length: 1 })));
  const runs = exact.length <= cellsMax ? exact : runsOf(partsOf(blocks, cellsMax));
  return { count: blocks.length, cells: runs.map(({ cell, length }) => ({ ...cell, share: length / blocks.length })) };
}

function runsOf(runs: readonly Run[]): readonly Run[] {
  const merged: Run[] = [];
  for (const { cell, length } of runs) {
    const last = merged.at(-1);
    if (last && isSame(last.cell, cell)) last.length += length;
    else merged.push({ cell, length });
  }
  return merged;
}

function partsOf(blocks: readonly BlockCell[], count: number): readonly Run[] {
  return Array.from({ length: count }, (_, part) => {
    const within = blocks.slice(Math.floor((part * blocks.length) / count), Math.floor(((part + 1) * blocks.length) / count));
    return { cell: mostFrequent(within), length: within.length };
  });
}

function mostFrequent(blocks: readonly BlockCell[]): BlockCell {
  const counts: Run[] = [];
  for (const block of blocks) {
    const known = counts.find(({ cell }) => isSame(cell, block));
    if (known) known.length += 1;
    else counts.push({ cell: block, length: 1 });
  }
  return counts.reduce((most, each) => (each.length > most.length ? each : most), { cell: { device: null, state: 'missing' }, length: 0 })
    .cell;
}

function isSame(a: BlockCell, b: BlockCell): boolean {
  return a.device === b.device && a.state === b.state;
}
