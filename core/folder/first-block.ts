import type { BlockPlace } from '../journal/types.ts';
import type { FileSnap } from '../model/index.ts';
import type { FolderContext } from './context.ts';

/** Where history has the first block of `snap`; nowhere while its list of blocks is not known. */
export async function placesOfFirstBlock({ journal }: FolderContext, snap: FileSnap): Promise<readonly BlockPlace[]> {
  const listing = await journal.blocksOf(snap);
  const first = listing.kind === 'blocks' ? listing.blocks[0] : undefined;
  return (first && (await journal.blockPlaces([first.name]))[0]) ?? [];
}
