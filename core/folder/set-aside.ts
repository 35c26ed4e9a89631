import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { HistoryRow } from '../journal/types.ts';
import type { RelPath } from '../model/index.ts';
import { journalDevice, parentPath } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import { conflictNames } from '../reconcile/index.ts';
import type { AsideRow } from './aside-rows.ts';
import type { FolderContext } from './context.ts';
import { isSameObject, isSameState } from './folder-disk.ts';

/** How an object was put aside. `linked`: the path still has it, under a second name. `moved`: the path is free. */
export type AsideMode = 'linked' | 'moved';

export type AsideFailure =
  /** The path is not what history says: nothing was moved, or it was moved back. */
  | { readonly kind: 'changed' }
  /** The place for the copy is in use. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'error'; readonly error: FileError };

/**
 * Puts the object at `intent.path` aside and makes sure that it is the one that history knows, in the same state (FLD-2). The intent is
 * durable already. A file stays at its path where the disk has hard links and `mayLink`; all else is moved.
 */
export async function setAside(context: FolderContext, intent: AsideRow, mayLink: boolean): Promise<Result<AsideMode, AsideFailure>> {
  const { tree } = context.disk;
  if (mayLink && tree.capabilities.hardLinks && intent.stat.kind === 'file') {
    const linked = await tree.hardLink(intent.path, intent.aside);
    if (linked.ok) return verifyLinked(context, intent);
    if (linked.error.kind !== 'unsupported' && linked.error.kind !== 'cross-device') return err(asideFailure(linked.error));
  }
  const moved = await tree.rename(intent.path, intent.aside, { replace: false });
  if (!moved.ok) return err(asideFailure(moved.error));
  const aside = await context.disk.stat(intent.aside);
  if (aside.ok && aside.value && isSameState(aside.value, intent.stat)) return ok('moved');
  await putBack(context, intent);
  return err({ kind: 'changed' });
}

async function verifyLinked(context: FolderContext, intent: AsideRow): Promise<Result<AsideMode, AsideFailure>> {
  // The only bytes of a losing version must be safe under their new name before the old one goes. After that the last look comes: nothing
  // lies between it and the renaming.
  const safe = intent.purpose === 'copy' ? await context.disk.tree.syncDirectory(parentPath(intent.aside as RelPath)) : ok();
  if (!safe.ok) {
    await context.disk.tree.unlink(intent.aside);
    return err({ kind: 'error', error: safe.error });
  }
  const aside = await context.disk.stat(intent.aside);
  const named = await context.disk.stat(intent.path);
  const isRight =
    named.ok && aside.ok && named.value && aside.value && isSameState(named.value, intent.stat) && isSameState(aside.value, intent.stat);
  if (isRight) return ok('linked');
  // The second name is ours; what it named is still at the path, or somebody replaced it there on purpose.
  await context.disk.tree.unlink(intent.aside);
  return err({ kind: 'changed' });
}

function asideFailure(error: FileError): AsideFailure {
  if (error.kind === 'exists') return { kind: 'taken' };
  if (error.kind === 'not-found' || error.kind === 'not-directory') return { kind: 'changed' };
  return { kind: 'error', error };
}

/** Undoes {@link setAside} after the new object could not be put in place. */
export async function undoAside(context: FolderContext, intent: AsideRow, mode: AsideMode): Promise<void> {
  if (mode === 'linked') await context.disk.tree.unlink(intent.aside);
  else await putBack(context, intent);
}

/** Moves what is aside to its path again; where that is in use by now it becomes a conflict copy of the path. */
export async function putBack(context: FolderContext, intent: AsideRow): Promise<void> {
  const back = await context.disk.tree.rename(intent.aside, intent.path, { replace: false });
  if (!back.ok && back.error.kind !== 'not-found') await keepAsCopy(context, intent);
  context.requestScan([intent.path]);
}

/** Whether what is aside was edited after it was put there. */
export async function cameOutChanged(context: FolderContext, intent: AsideRow): Promise<boolean> {
  const aside = await context.disk.stat(intent.aside);
  return aside.ok && aside.value !== undefined && !isSameState(aside.value, intent.stat);
}

/**
 * What is aside holds an edit that nobody knows: it becomes a conflict copy beside its path, which the next scan announces. Without a
 * free name, or where it cannot be moved, it stays in the trash.
 */
export async function keepAsCopy(context: FolderContext, intent: AsideRow): Promise<void> {
  const { path, aside } = intent;
  if (intent.purpose === 'copy') return announceCopy(context, aside as RelPath, path);
  const stat = await context.disk.stat(aside);
  const mtimeMs = stat.ok && stat.value ? Math.floor(stat.value.mtimeMs) : intent.atMs;
  const loser = { snap: { kind: 'removed', mtimeMs } as const, author: context.device.id };
  for (const candidate of conflictNames(path, loser)) {
    const moved = await context.disk.tree.rename(aside, candidate, { replace: false });
    if (moved.ok) return announceCopy(context, candidate, path);
    if (moved.error.kind !== 'exists') {
      context.logger.log('error', 'edit-kept-in-trash', { path, aside, code: moved.error.code });
      return;
    }
  }
}

/**
 * Renames the file or link that history has at `row.path` to its conflict name, as a user would: the scan that follows announces both. For
 * versions of our own that a newer entry of ours would cover, so that no other device could tell them from superseded ones.
 */
export async function moveToConflictName(context: FolderContext, row: HistoryRow): Promise<void> {
  for (const candidate of conflictNames(row.path, loserOf(row))) {
    const moved = await context.disk.tree.rename(row.path, candidate, { replace: false });
    if (moved.ok) announceCopy(context, candidate, row.path);
    if (moved.ok || moved.error.kind !== 'exists') break;
  }
  context.requestScan([row.path]);
}

function announceCopy(context: FolderContext, copy: RelPath, of: RelPath): void {
  context.copyHints.set(copy, of);
  context.requestScan([copy]);
}

/**
 * Undoes or finishes an intent of an earlier run (FLD-2), before any scan. `kept`: the object stays aside for good. Otherwise nothing
 * of it is left there, and the row goes.
 */
export async function recoverAside(context: FolderContext, intent: AsideRow): Promise<Result<'kept' | 'gone', FileError>> {
  const aside = await context.disk.stat(intent.aside);
  if (!aside.ok) return aside;
  if (!aside.value) return ok('gone');
  const named = await context.disk.stat(intent.path);
  if (!named.ok) return named;
  if (!named.value) {
    const back = await context.disk.tree.rename(intent.aside, intent.path, { replace: false });
    if (back.ok) return ok('gone');
    if (back.error.kind !== 'not-found' && back.error.kind !== 'not-directory') return back;
    // Even the directory that it was in is gone.
    return ok('kept');
  }
  if (isSameObject(named.value, aside.value)) {
    const undone = await context.disk.tree.unlink(intent.aside);
    return undone.ok ? ok('gone') : undone;
  }
  if (intent.purpose === 'trash' && isSameState(aside.value, intent.stat)) return ok('kept');
  await keepAsCopy(context, intent);
  return ok('gone');
}

/** The author and snap after which the copy of a losing version is named. */
export function loserOf(row: HistoryRow): {
  readonly snap: HistoryRow['entry']['snap'];
  readonly author: ReturnType<typeof journalDevice>;
} {
  return { snap: row.entry.snap, author: journalDevice(row.entry.ref.journal) };
}
