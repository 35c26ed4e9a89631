import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { HistoryRow } from '../journal/types.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import { parentPath, winnerOf } from '../model/index.ts';
import { newAsideRow } from './aside-rows.ts';
import type { FolderContext } from './context.ts';
import { mayAnnounce } from './context.ts';
import { isSameState, trashDirectory } from './folder-disk.ts';
import { troubleOf } from './problems.ts';
import { setAside, undoAside } from './set-aside.ts';
import type { Trash } from './trash.ts';

/** Why a wish of a person could not be done, for that person. */
export interface Refusal {
  readonly kind: string;
  readonly text: string;
}

const folderHalted: Refusal = { kind: 'stopped', text: 'the folder stands still at the moment; its state says why' };

/**
 * Settles a conflict for good (FLD-3): `this` puts the copy in the place of the other version, `that` removes the copy, `both` makes it a
 * file like any other. Each is a change of this device's user: it is done on the disk, and a scan announces it.
 */
export async function resolveConflict(
  context: FolderContext,
  trash: Trash,
  path: RelPath,
  keep: 'this' | 'that' | 'both',
): Promise<Result<void, Refusal>> {
  if (context.isHalted()) return err(folderHalted);
  if (!mayAnnounce(context))
    return err({ kind: 'reader', text: 'this device may only read this folder; a writer can settle the conflict' });
  const { heads, history } = await context.journal.pathState(path);
  const of = winnerOf(heads)?.conflictOf;
  if (of === undefined) return err({ kind: 'not-a-conflict', text: `"${path}" is not a conflict copy` });
  if (!history) return err({ kind: 'not-here', text: `"${path}" is not on this device yet` });
  await context.claims.claim(path);
  try {
    if (keep === 'both') return await keepBoth(context, history);
    if (!context.claims.tryClaim(of)) return err({ kind: 'busy', text: `"${of}" is being worked on; try again` });
    try {
      return keep === 'that' ? await moveToTrash(context, trash, history, 'removed') : await putCopyInPlace(context, trash, history, of);
    } finally {
      context.claims.release(of);
    }
  } finally {
    context.claims.release(path);
    context.requestScan([path, of]);
  }
}

async function keepBoth(context: FolderContext, row: HistoryRow): Promise<Result<void, Refusal>> {
  const stat = await context.disk.stat(row.path);
  if (!stat.ok || !stat.value || !isSameState(stat.value, row.stat))
    return err({ kind: 'changed', text: `"${row.path}" has just changed; try again` });
  const { path, snap, vector }: KnownEntry = row.entry;
  const draft = { path, snap, vector, bump: true };
  const done = await context.commits.add({ directories: [], history: [], drafts: [{ draft, onDisk: { stat: row.stat } }] });
  return done.ok ? ok() : err(troubleOf(path, done.error, 'write'));
}

async function putCopyInPlace(context: FolderContext, trash: Trash, copy: HistoryRow, of: RelPath): Promise<Result<void, Refusal>> {
  const { history: other } = await context.journal.pathState(of);
  if (other?.stat.kind === 'directory')
    return err({ kind: 'is-directory', text: `"${of}" is a directory now; move "${copy.path}" yourself` });
  const replaced = other ? await moveToTrash(context, trash, other, 'replaced') : ok();
  if (!replaced.ok) return replaced;
  const moved = await context.disk.tree.rename(copy.path, of, { replace: false });
  if (!moved.ok) return err(troubleOf(of, moved.error, 'write'));
  await context.commits.add({ directories: [parentPath(of), parentPath(copy.path)], history: [] });
  return ok();
}

/** Moves what history says is at a path to the trash, as its user would; history is left to the scan. */
async function moveToTrash(
  context: FolderContext,
  trash: Trash,
  row: HistoryRow,
  reason: 'removed' | 'replaced',
): Promise<Result<void, Refusal>> {
  const { snap } = row.entry;
  const blocks = snap.kind === 'file' && snap.blocks.kind === 'inline' ? { blocks: snap.blocks.blocks } : {};
  const intent = newAsideRow(context, trash.agentMs(), { path: row.path, stat: row.stat, ...blocks }, reason);
  await trash.rows.begin(intent);
  const aside = await setAside(context, intent, false);
  if (!aside.ok) {
    await trash.rows.drop(intent.id);
    return err(
      aside.error.kind === 'error'
        ? troubleOf(row.path, aside.error.error, 'write')
        : { kind: 'changed', text: `"${row.path}" has just changed; look at it and try again` },
    );
  }
  const kept = trash.rows.put({ ...intent, pending: false });
  const done = await context.commits.add({ directories: [parentPath(row.path), trashDirectory], history: [], extra: [kept] });
  if (!done.ok) {
    await undoAside(context, intent, 'moved');
    return err(troubleOf(row.path, done.error, 'write'));
  }
  trash.noteKept(intent);
  return ok();
}

/**
 * Undoes a reader's own changes at `path`, or all of them (ROS-4): what is on the disk goes to the trash, and the folder's version is
 * fetched again. Returns the number of paths.
 */
export async function revert(context: FolderContext, trash: Trash, path: RelPath | undefined): Promise<Result<number, Refusal>> {
  if (context.isHalted()) return err(folderHalted);
  const paths = path === undefined ? context.readerChanges.list() : [path];
  let reverted = 0;
  // What lies below a directory goes before it.
  for (const each of [...paths].reverse()) {
    if (!context.readerChanges.has(each)) continue;
    await context.claims.claim(each);
    try {
      const done = await revertOne(context, trash, each);
      if (!done.ok) return done;
      reverted += 1;
    } finally {
      context.claims.release(each);
    }
  }
  return ok(reverted);
}

async function revertOne(context: FolderContext, trash: Trash, path: RelPath): Promise<Result<void, Refusal>> {
  const { history, heads } = await context.journal.pathState(path);
  const stat = await context.disk.stat(path);
  if (!stat.ok) return err(troubleOf(path, stat.error, 'read'));
  const entry = history?.entry ?? winnerOf(heads);
  if (stat.value) {
    const snap = { kind: 'removed', mtimeMs: Math.floor(stat.value.mtimeMs) } as const;
    const known: KnownEntry = entry ?? { path, snap, vector: new Map(), ref: { journal: context.journal.own, sequence: 0 } };
    const moved = await moveToTrash(context, trash, { path, entry: { ...known, snap }, stat: stat.value }, 'replaced');
    if (!moved.ok) return moved;
  }
  if (history) await context.commits.add({ directories: [], history: [{ kind: 'forget', path }] });
  await context.readerChanges.clear(path);
  context.markDirty([path]);
  return ok();
}
