import type { BlockPlace } from '../journal/types.ts';
import type { BlockName } from '../model/index.ts';
import type { FolderContext } from './context.ts';
import type { BlockReading } from './types.ts';

/**
 * Reads a block or page for a peer and proves it by its hash before it is sent (BLK-5). What history has a place of is named by an entry,
 * so that most questions need no other look.
 */
export async function readBlock(context: FolderContext, name: BlockName, size: number): Promise<BlockReading> {
  const { journal, disk } = context;
  for (const place of disk.isOpen ? await journal.blockPlaces(name) : []) {
    if (place.size !== size || context.rules().ignores(place.path, false)) continue;
    const bytes = await readPlace(context, place, name);
    if (bytes) return { kind: 'bytes', bytes, path: place.path };
    context.requestScan([place.path]);
  }
  if (!(await journal.isNamed(name))) return { kind: 'unknown' };
  const page = await journal.page(name);
  return page?.length === size ? { kind: 'bytes', bytes: page } : { kind: 'gone' };
}

/** The bytes of the block if they still are at `place`. */
async function readPlace(
  { disk, hasher }: FolderContext,
  { path, offset, size }: BlockPlace,
  name: BlockName,
): Promise<Uint8Array | undefined> {
  if (!disk.isOpen) return undefined;
  const opened = await disk.tree.openRead(path);
  if (!opened.ok) return undefined;
  const bytes = await opened.value.read(offset, size);
  await opened.value.close();
  return bytes.ok && bytes.value.length === size && (await hasher.hash(bytes.value)) === name ? bytes.value : undefined;
}

export async function hasBlock(context: FolderContext, name: BlockName): Promise<boolean> {
  return (await context.journal.blockPlaces(name)).length > 0 || (await context.journal.page(name)) !== undefined;
}
