import { ok, utf8 } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { DiskStat, HistoryRow, PathState } from '../journal/types.ts';
import type { BlockList, BlockRef, FileSnap, RelPath, Snap } from '../model/index.ts';
import { limits, packBlocks, pagesOfBlocks } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { isSameState } from './folder-disk.ts';
import type { Trouble } from './problems.ts';
import { troubleOf } from './problems.ts';

/** What is on the disk at one path, compared with history. */
export type Look =
  | { readonly kind: 'unchanged'; readonly stat: DiskStat | undefined }
  | { readonly kind: 'changed'; readonly snap: Snap; readonly stat: DiskStat }
  /** History has the path and the disk has nothing there. Whether that proves a removal is for the scan to say (FLD-5). */
  | { readonly kind: 'absent' }
  /** It changes, or has changed so recently that a further change could go unnoticed: to be looked at again soon (FLD-1). */
  | { readonly kind: 'restless' }
  /** A changed file of more bytes than the caller wants to read now. */
  | { readonly kind: 'large'; readonly size: number }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** Compares one path with history by its stat alone; undefined where that is not enough and the content must be read. */
export function lookByStat(stat: DiskStat | undefined, row: HistoryRow | undefined): Look | undefined {
  if (!stat) return row ? { kind: 'absent' } : { kind: 'unchanged', stat };
  return row && isSameState(stat, row.stat) ? { kind: 'unchanged', stat } : undefined;
}

/**
 * Looks at one path, reading its content only where its stat differs from history's (a rehash), or with `reread`. `onBytes` hears of
 * progress. The caller has the path's claim. Of a file with a long block list the pages are kept before this resolves (BLK-4).
 */
export async function look(
  context: FolderContext,
  { path, history, heads }: PathState,
  options: { readonly onBytes: (bytes: number) => void; readonly bytesMax: number; readonly reread: boolean },
): Promise<Look> {
  const stat = await context.disk.stat(path);
  if (!stat.ok) return trouble(path, stat.error);
  const byStat = lookByStat(stat.value, history);
  if (!stat.value) return byStat ?? { kind: 'unchanged', stat: undefined };
  if (byStat && !mayHideChange(context, stat.value) && !options.reread) return byStat;
  if (byStat && stat.value.kind !== 'file') return byStat;
  switch (stat.value.kind) {
    case 'directory':
      return { kind: 'changed', snap: { kind: 'directory' }, stat: stat.value };
    case 'link':
      return lookAtLink(context, path, stat.value);
    case 'file':
      if (stat.value.size > options.bytesMax) return { kind: 'large', size: stat.value.size };
      return lookAtFile(context, path, {
        row: history,
        previous: previousVersion(history, heads),
        onBytes: options.onBytes,
        isSmall: stat.value.size <= limits.blockBytesMin,
      });
    case 'other':
      return {
        kind: 'trouble',
        trouble: {
          kind: 'special-file',
          permanent: true,
          text: `"${path}" is a pipe, socket or device and is not synced; ignore it or move it elsewhere`,
        },
      };
  }
}

interface FileLookOptions {
  readonly row: HistoryRow | undefined;
  readonly previous: FileSnap | undefined;
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Reads the file at `path` whatever its stat says. Only `changed`, `absent`, `restless` and `trouble` come out. `isSmall`: seen a moment ago
 * with no more bytes than one block has.
 */
export async function lookAtFile(
  context: FolderContext,
  path: RelPath,
  options: FileLookOptions & { readonly isSmall: boolean },
): Promise<Look> {
  const look = options.isSmall ? await lookAtSmallFile(context, path, options) : undefined;
  return look ?? lookAtLargeFile(context, path, options);
}

/** Undefined: it has more than one block by now. */
async function lookAtSmallFile(context: FolderContext, path: RelPath, options: FileLookOptions): Promise<Look | undefined> {
  const nowMs = context.clock.wallNow();
  const read = await context.disk.tree.readWhole(path, limits.blockBytesMin);
  if (!read.ok) return read.error.kind === 'not-found' ? { kind: 'restless' } : trouble(path, read.error);
  const { content, isStill } = read.value;
  if (!content) return undefined;
  const stat = context.disk.keptStat(read.value.stat);
  if (!isStill || isTooFresh(context, stat, nowMs)) return { kind: 'restless' };
  const { size } = stat;
  const blocks = size === 0 ? [] : [{ name: await context.hasher.hash(content), size }];
  if (context.signal().aborted) return { kind: 'restless' };
  options.onBytes?.(size);
  const cutClass = context.chooseCutClass(size, options.previous);
  const metadata = context.disk.fileMetadata(stat, options.row);
  return { kind: 'changed', snap: { kind: 'file', size, ...metadata, cutClass, blocks: { kind: 'inline', blocks } }, stat };
}

async function lookAtLargeFile(context: FolderContext, path: RelPath, options: FileLookOptions): Promise<Look> {
  const nowMs = context.clock.wallNow();
  const opened = await context.disk.tree.openRead(path);
  if (!opened.ok) return opened.error.kind === 'not-found' ? { kind: 'restless' } : trouble(path, opened.error);
  const handle = opened.value;
  try {
    const before = await handle.stat();
    if (!before.ok) return trouble(path, before.error);
    const stat = context.disk.keptStat(before.value);
    if (stat.kind !== 'file' || isTooFresh(context, stat, nowMs)) return { kind: 'restless' };
    const cutClass = context.chooseCutClass(stat.size, options.previous);
    const moved = new AbortController();
    const signal = AbortSignal.any([context.signal(), moved.signal]);
    const onBytes = (bytes: number): void => {
      options.onBytes?.(bytes);
      // A file that is still being written need not be read to its end.
      void handle.stat().then((now) => {
        if (now.ok && !isSameState(stat, context.disk.keptStat(now.value))) moved.abort();
      });
    };
    const cut = await context.hasher.cut(handle, cutClass, { signal, onBytes });
    if (signal.aborted) return { kind: 'restless' };
    if (!cut.ok) return trouble(path, cut.error);
    const after = await handle.stat();
    const named = await context.disk.stat(path);
    if (!after.ok || !named.ok || !named.value) return { kind: 'restless' };
    const bytes = cut.value.reduce((sum, block) => sum + block.size, 0);
    const isStill = isSameState(stat, context.disk.keptStat(after.value)) && isSameState(stat, named.value) && bytes === stat.size;
    if (!isStill) return { kind: 'restless' };
    const blocks = await blockListOf(context, cut.value);
    const metadata = context.disk.fileMetadata(stat, options.row);
    return { kind: 'changed', snap: { kind: 'file', size: stat.size, ...metadata, cutClass, blocks }, stat };
  } finally {
    await handle.close();
  }
}

/** The list in its own form: written out, or as pages, which are kept here for others to fetch (BLK-4). */
async function blockListOf(context: FolderContext, blocks: readonly BlockRef[]): Promise<BlockList> {
  if (blocks.length <= limits.inlineBlocksMax) return { kind: 'inline', blocks };
  const pages = pagesOfBlocks(blocks).map((page) => {
    const bytes = packBlocks(page);
    return { name: context.crypto.sha256Hex(bytes), bytes };
  });
  const rootBytes = packBlocks(pages.map(({ name, bytes }) => ({ name, size: bytes.length })));
  const root = context.crypto.sha256Hex(rootBytes);
  await context.journal.putPages([...pages, { name: root, bytes: rootBytes }]);
  return { kind: 'paged', root, rootSize: rootBytes.length, count: blocks.length };
}

/** Keeps the cut class of what was here, else that of what others have, so that equal bytes get equal names (BLK-1). */
export function previousVersion(row: HistoryRow | undefined, heads: PathState['heads']): FileSnap | undefined {
  if (row?.entry.snap.kind === 'file') return row.entry.snap;
  for (const { snap } of heads) if (snap.kind === 'file') return snap;
  return undefined;
}

/** Whether a file in the state that history says may have been changed since: the change would have left the same time (FLD-1). */
export function mayHideChange(context: FolderContext, stat: DiskStat): boolean {
  return stat.kind === 'file' && isTooFresh(context, stat, context.clock.wallNow());
}

/** Within one step of the disk's times (or the system's clock) of now, a second change would leave the same time behind. */
function isTooFresh(context: FolderContext, stat: DiskStat, nowMs: number): boolean {
  return Math.abs(nowMs - stat.mtimeMs) <= freshnessMs(context);
}

/** How long after a change a file's time proves that it has not changed again, ms. */
export function freshnessMs(context: FolderContext): number {
  return Math.max(context.disk.tree.capabilities.mtimeGranularityMs, engineLimits.clockTickMs);
}

async function lookAtLink(context: FolderContext, path: RelPath, stat: DiskStat): Promise<Look> {
  const target = await context.disk.tree.readLink(path);
  if (!target.ok) return target.error.kind === 'not-found' ? { kind: 'restless' } : trouble(path, target.error);
  if (!target.value.isWellFormed() || target.value.includes('\0') || target.value === '') {
    return {
      kind: 'trouble',
      trouble: {
        kind: 'name-not-unicode',
        permanent: true,
        text: `the target of the link "${path}" is not valid text; make the link anew`,
      },
    };
  }
  if (utf8(target.value).length > limits.linkTargetBytesMax) {
    return {
      kind: 'trouble',
      trouble: { kind: 'path-too-long', permanent: true, text: `the target of the link "${path}" is too long; make the link anew` },
    };
  }
  const again = await context.disk.stat(path);
  if (!again.ok || !again.value || !isSameState(stat, again.value)) return { kind: 'restless' };
  return { kind: 'changed', snap: { kind: 'link', target: target.value }, stat };
}

function trouble(path: RelPath, error: FileError): Look {
  // Something above the path is no directory any more, or it went while it was looked at: the scan of the parent will tell.
  if (error.kind === 'not-found' || error.kind === 'not-directory') return { kind: 'restless' };
  return { kind: 'trouble', trouble: troubleOf(path, error, 'read') };
}

/** The bytes of a small file of our own or of the rules, at most `bytesMax`; undefined where there is none. */
export async function readSmallFile(
  context: FolderContext,
  path: string,
  bytesMax: number,
): Promise<Result<Uint8Array | undefined, FileError>> {
  const opened = await context.disk.tree.openRead(path);
  if (!opened.ok) return opened.error.kind === 'not-found' || opened.error.kind === 'is-directory' ? ok(undefined) : opened;
  try {
    return await opened.value.read(0, bytesMax);
  } finally {
    await opened.value.close();
  }
}
