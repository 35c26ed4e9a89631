import type { BlockName } from './ids.ts';

/** Which cut sizes a file was cut with (BLK-1): `large` means four times the sizes of `normal`. */
export type CutClass = 'normal' | 'large';

/** One content-defined chunk of a file. */
export interface BlockRef {
  readonly name: BlockName;
  /** Bytes. */
  readonly size: number;
}

/**
 * The blocks of a file in order: written out, or, for more than `limits.inlineBlocksMax` blocks, as pages named by their
 * hash (BLK-4). `root` names the page of pages; `count` is the number of blocks.
 */
export type BlockList =
  | { readonly kind: 'inline'; readonly blocks: readonly BlockRef[] }
  | { readonly kind: 'paged'; readonly root: BlockName; readonly rootSize: number; readonly count: number };

export const noBlocks: BlockList = { kind: 'inline', blocks: [] };

/** Same content by names alone; a paged and an inline list never name the same content. */
export function sameBlockList(a: BlockList, b: BlockList): boolean {
  if (a.kind === 'paged') return b.kind === 'paged' && a.root === b.root && a.count === b.count;
  if (b.kind === 'paged') return false;
  return a.blocks.length === b.blocks.length && a.blocks.every((block, index) => block.name === b.blocks[index]?.name);
}
