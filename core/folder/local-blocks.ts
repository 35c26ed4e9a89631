import type { BlockPlace } from '../journal/types.ts';
import type { BlockName, BlockRef, RelPath } from '../model/index.ts';
import type { ReadHandle } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import type { Stage } from './stage.ts';
import type { Trash } from './trash.ts';

/** Where this device may find blocks, besides history. */
export interface LocalSources {
  readonly trash: Trash;
  /** Other contents that are being put together. */
  stages(): Iterable<Stage>;
}

/**
 * Fills `stage` with blocks that this device has (BLK-2): the old version and other files, the trash, staging, other folders. Every
 * block is hashed before it counts; a place that no longer holds it is passed over. `isElsewhereOnly`: history is known to have none of them.
 */
export async function fillLocally(context: FolderContext, stage: Stage, sources: LocalSources, isElsewhereOnly = false): Promise<void> {
  const reader = new SourceReader(context);
  try {
    for (const block of stage.missing()) {
      if (context.isHalted()) return;
      const places = isElsewhereOnly ? [] : await context.journal.blockPlaces(block.name);
      const bytes = await findBlock(context, block, stage, { sources, places }, reader);
      if (bytes && !(await stage.put(block.name, bytes)).ok) return;
    }
  } finally {
    await reader.close();
  }
}

/** Whether this device seems to have the first and the last of `blocks`: worth a look before peers are asked. */
export async function seemsLocal(context: FolderContext, blocks: readonly BlockRef[], sources: LocalSources): Promise<boolean> {
  for (const block of new Set([blocks[0], blocks.at(-1)])) {
    if (!block) continue;
    const isKnown = sources.trash.placeOf(block.name) !== undefined || (await context.journal.blockPlaces(block.name)).length > 0;
    if (!isKnown) return false;
  }
  return true;
}

async function findBlock(
  context: FolderContext,
  block: BlockRef,
  stage: Stage,
  { sources, places }: { readonly sources: LocalSources; readonly places: readonly BlockPlace[] },
  reader: SourceReader,
): Promise<Uint8Array | undefined> {
  for (const place of places) {
    const bytes = await reader.read(place.path, place.offset, block);
    if (bytes) return bytes;
  }
  const trashed = sources.trash.placeOf(block.name);
  if (trashed) {
    const bytes = await reader.read(trashed.file, trashed.offset, block);
    if (bytes) return bytes;
  }
  for (const other of sources.stages()) {
    const offset = other === stage ? undefined : other.placeOf(block.name);
    const bytes = offset === undefined ? undefined : await reader.read(other.path, offset, block);
    if (bytes) return bytes;
  }
  const foreign = await context.otherFolderBlock?.(block.name, block.size);
  return foreign && (await isBlock(context, foreign, block)) ? foreign : undefined;
}

async function isBlock(context: FolderContext, bytes: Uint8Array, block: BlockRef): Promise<boolean> {
  return bytes.length === block.size && (await context.hasher.hash(bytes)) === block.name;
}

/** Reads blocks out of files, keeping a few of these open: neighbouring blocks mostly come from one file. */
class SourceReader {
  readonly #context: FolderContext;
  readonly #open = new Map<string, ReadHandle>();

  constructor(context: FolderContext) {
    this.#context = context;
  }

  async read(
    path: RelPath | string,
    offset: number,
    block: { readonly name: BlockName; readonly size: number },
  ): Promise<Uint8Array | undefined> {
    const handle = await this.#handle(path);
    if (!handle) return undefined;
    const bytes = await handle.read(offset, block.size);
    return bytes.ok && (await isBlock(this.#context, bytes.value, block)) ? bytes.value : undefined;
  }

  async #handle(path: string): Promise<ReadHandle | undefined> {
    const known = this.#open.get(path);
    if (known) return known;
    const opened = await this.#context.disk.tree.openRead(path);
    if (!opened.ok) return undefined;
    this.#open.set(path, opened.value);
    for (const [oldest, handle] of this.#open) {
      if (this.#open.size <= engineLimits.sourceHandlesMax) break;
      this.#open.delete(oldest);
      await handle.close();
    }
    return opened.value;
  }

  async close(): Promise<void> {
    for (const handle of this.#open.values()) await handle.close();
    this.#open.clear();
  }
}
