import type { BlockName } from '../model/index.ts';
import type { FolderContext } from './context.ts';
import type { BlockReading } from './types.ts';

/** Reads a block or page for a peer and proves it by its hash before it is sent (BLK-5). */
export async function readBlock(context: FolderContext, name: BlockName, size: number): Promise<BlockReading> {
  const { journal, disk, hasher } = context;
  if (!(await journal.isNamed(name))) return { kind: 'unknown' };
  const page = await journal.page(name);
  if (page) return page.length === size ? { kind: 'bytes', bytes: page } : { kind: 'gone' };
  if (!disk.isOpen) return { kind: 'gone' };
  for (const place of await journal.blockPlaces(name)) {
    if (place.size !== size || context.rules().ignores(place.path, false)) continue;
    const opened = await disk.tree.openRead(place.path);
    if (opened.ok) {
      const bytes = await opened.value.read(place.offset, size);
      await opened.value.close();
      if (bytes.ok && bytes.value.length === size && (await hasher.hash(bytes.value)) === name)
        return { kind: 'bytes', bytes: bytes.value, path: place.path };
    }
    context.requestScan([place.path]);
  }
  return { kind: 'gone' };
}

export async function hasBlock(context: FolderContext, name: BlockName): Promise<boolean> {
  return (await context.journal.blockPlaces(name)).length > 0 || (await context.journal.page(name)) !== undefined;
}
