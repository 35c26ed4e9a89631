import type { BlockPlace, HistoryRow } from '../journal/types.ts';
import type { BlockName, BlockRef, RelPath } from '../model/index.ts';
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

/** What is known already about where the blocks are. */
export interface LocalHints {
  /** What history has at the path: its list tells at once where the unchanged blocks are. */
  readonly old: HistoryRow | undefined;
  /** History is known to have none of the blocks. */
  readonly isElsewhereOnly?: boolean;
}

/** Where blocks of one file are, in bytes from its start. */
type Offsets = Map<BlockName, number>;

/**
 * Fills `stage` with blocks that this device has (BLK-2): the old version and other files, the trash, staging, other folders. Every
 * block is hashed before it counts; a place that no longer holds it is passed over.
 */
export async function fillLocally(
  context: FolderContext,
  stage: Stage,
  sources: LocalSources,
  { old, isElsewhereOnly = false }: LocalHints,
): Promise<void> {
  if (old && !(await copyFromOld(context, stage, old))) return;
  const missing = stage.missing();
  for (let from = 0; from < missing.length; from += engineLimits.lookUpBlocks) {
    if (context.isHalted()) return;
    const blocks = missing.slice(from, from + engineLimits.lookUpBlocks);
    if (!isElsewhereOnly && !(await copyFromHistory(context, stage, blocks))) return;
    for (const [path, offsets] of placesElsewhere(stage, blocks, sources)) if (!(await copyFrom(context, stage, path, offsets))) return;
    if (!(await takeFromOtherFolders(context, stage, blocks))) return;
  }
}

/** Whether this device seems to have the first and the last of `blocks`: worth a look before peers are asked. */
export async function seemsLocal(context: FolderContext, blocks: readonly BlockRef[], sources: LocalSources): Promise<boolean> {
  const names = [...new Set([blocks[0], blocks.at(-1)])].flatMap((block) => (block ? [block.name] : []));
  const places = await context.journal.blockPlaces(names);
  return names.every((name, index) => places[index]?.length || sources.trash.placeOf(name) !== undefined);
}

/** False as of {@link Stage.copyFrom}, here and below. */
async function copyFromOld(context: FolderContext, stage: Stage, old: HistoryRow): Promise<boolean> {
  if (stage.isComplete || old.entry.snap.kind !== 'file') return true;
  const listing = await context.journal.blocksOf(old.entry.snap);
  if (listing.kind !== 'blocks') return true;
  const offsets: Offsets = new Map();
  let offset = 0;
  for (const { name, size } of listing.blocks) {
    offsets.set(name, offset);
    offset += size;
  }
  return copyFrom(context, stage, old.path, offsets);
}

async function copyFromHistory(context: FolderContext, stage: Stage, blocks: readonly BlockRef[]): Promise<boolean> {
  const places = await context.journal.blockPlaces(blocks.map(({ name }) => name));
  // Mostly the first place of a block holds it. Only where it does not, another is tried.
  for (let rank = 0; places.some((each) => each.length > rank); rank++) {
    const ofRank = new Map<RelPath, Offsets>();
    for (const [index, { name }] of blocks.entries()) {
      const place: BlockPlace | undefined = places[index]?.[rank];
      if (place && stage.isMissing(name)) note(ofRank, place.path, name, place.offset);
    }
    for (const [path, offsets] of ofRank) if (!(await copyFrom(context, stage, path, offsets))) return false;
  }
  return true;
}

/** What the trash and other stages have, by file. */
function placesElsewhere(stage: Stage, blocks: readonly BlockRef[], sources: LocalSources): ReadonlyMap<string, Offsets> {
  const places = new Map<string, Offsets>();
  const others = [...sources.stages()].filter((other) => other !== stage);
  for (const { name } of blocks) {
    if (!stage.isMissing(name)) continue;
    const trashed = sources.trash.placeOf(name);
    if (trashed) note(places, trashed.file, name, trashed.offset);
    for (const other of others) {
      const offset = other.placeOf(name);
      if (offset === undefined) continue;
      note(places, other.path, name, offset);
      break;
    }
  }
  return places;
}

function note<P extends string>(places: Map<P, Offsets>, path: P, name: BlockName, offset: number): void {
  const offsets = places.get(path);
  if (offsets) offsets.set(name, offset);
  else places.set(path, new Map([[name, offset]]));
}

async function copyFrom(context: FolderContext, stage: Stage, path: string, offsets: Offsets): Promise<boolean> {
  if (context.isHalted()) return false;
  const opened = await context.disk.tree.openRead(path);
  if (!opened.ok) return true;
  try {
    return await stage.copyFrom(opened.value, offsets);
  } finally {
    await opened.value.close();
  }
}

async function takeFromOtherFolders({ otherFolders }: FolderContext, stage: Stage, blocks: readonly BlockRef[]): Promise<boolean> {
  const missing = blocks.filter(({ name }) => stage.isMissing(name));
  if (!otherFolders || missing.length === 0) return true;
  for await (const { name, bytes } of otherFolders(missing)) if (!(await stage.put(name, bytes)).ok) return false;
  return true;
}
