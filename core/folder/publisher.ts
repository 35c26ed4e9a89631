import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { DiskStat, HistoryChange, HistoryRow } from '../journal/types.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import { limits, parentPath, sameContent } from '../model/index.ts';
import type { FileError, FileResult, StoreChange } from '../ports/index.ts';
import { ignoreFileName } from '../reconcile/index.ts';
import type { AsideRow } from './aside-rows.ts';
import { newAsideRow } from './aside-rows.ts';
import type { CommitItem, DraftItem } from './commit-group.ts';
import type { CopyPlan } from './conflict-copy.ts';
import type { FolderContext } from './context.ts';
import { isSameState, stagingDirectory, unproven, withExecutable } from './folder-disk.ts';
import { lookAtFile, mayHideChange } from './look.ts';
import type { Trouble } from './problems.ts';
import { troubleOf } from './problems.ts';
import { cameOutChanged, keepAsCopy, setAside, undoAside } from './set-aside.ts';
import type { AsideMode } from './set-aside.ts';
import type { Trash } from './trash.ts';

/** `changed`: the disk is not as history says; a scan of the path is queued and nothing of the user's was touched. */
export type Published =
  { readonly kind: 'published' } | { readonly kind: 'changed' } | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** A new object, complete below `.dormouse`, that only needs its name. */
export interface Prepared {
  readonly from: string;
  /** Its stat: what history will say. Whoever changes it after that changes the file. */
  readonly stat: DiskStat;
}

/** What happens to what history has at a path that gets another object. */
export type Keep =
  /** The version that was here goes to the trash. */
  | { readonly kind: 'trash'; readonly reason: AsideRow['reason'] }
  /** It lives on elsewhere in the folder. */
  | { readonly kind: 'nothing' }
  /** It lost and is kept as a copy (FLD-3). */
  | { readonly kind: 'copy'; readonly plan: CopyPlan };

/** What a finished replacement is to record, together with the path's own row. */
export interface Recording {
  readonly entry: KnownEntry;
  /** Announce `entry` once more, vectors joined and not bumped (FLD-3). */
  readonly again: boolean;
}

/**
 * Puts objects in place of others so that no bytes are lost, whatever a user does meanwhile and wherever the program is killed (FLD-2).
 * The caller has the claim of every path named. SPEC.md states the window that remains.
 */
export class Publisher {
  readonly #context: FolderContext;
  readonly #trash: Trash;

  constructor(context: FolderContext, trash: Trash) {
    this.#context = context;
    this.#trash = trash;
  }

  /** A file or link in place of what `row` says, or at a free path. */
  async object(path: RelPath, row: HistoryRow | undefined, prepared: Prepared, recording: Recording, keep: Keep): Promise<Published> {
    const { tree } = this.#context.disk;
    const put = (replace: boolean): FileResult => tree.rename(prepared.from, path, { replace });
    // Told before it gets its name: nobody edits it earlier.
    const isProven = !mayHideChange(this.#context, prepared.stat);
    const stat = isProven ? prepared.stat : unproven(prepared.stat);
    const published = await this.#place(path, row, { put, mayLink: true, stat: async () => ok(stat) }, recording, keep);
    if (!isProven && published.kind === 'published') this.#context.requestScan([path]);
    return published;
  }

  /** A directory in place of a file or link, or at a free path. */
  async directory(path: RelPath, row: HistoryRow | undefined, recording: Recording, keep: Keep): Promise<Published> {
    const { tree } = this.#context.disk;
    const put = (): FileResult => tree.makeDirectory(path);
    const stat = async (): Promise<Result<DiskStat | undefined, FileError>> => this.#context.disk.stat(path);
    const published = await this.#place(path, row, { put, mayLink: false, stat }, recording, keep);
    if (published.kind === 'published') this.#context.problems.retryIn(path, ['parent-failed']);
    return published;
  }

  /** Takes the file or link that `row` says away. */
  async removal(path: RelPath, row: HistoryRow): Promise<Published> {
    if (!(await this.#context.guard.check())) return { kind: 'changed' };
    const keep: Keep = (await this.#trash.livesElsewhere(path, row)) ? { kind: 'nothing' } : { kind: 'trash', reason: 'removed' };
    const intent = await this.#begin(path, row, keep);
    const aside = await setAside(this.#context, intent, false);
    if (!aside.ok) return this.#asideFailed(path, intent, aside.error);
    return this.#finish(path, { intent, keep, history: [{ kind: 'forget', path }], drafts: [] });
  }

  /** Takes an empty directory away, or one that holds nothing but litter, which goes to the trash with it (FLD-4). */
  async removeDirectory(path: RelPath, row: HistoryRow, holdsLitter: boolean): Promise<Published> {
    if (!(await this.#context.guard.check())) return { kind: 'changed' };
    const { tree } = this.#context.disk;
    if (holdsLitter) {
      const keep: Keep = { kind: 'trash', reason: 'removed' };
      const intent = await this.#begin(path, row, keep);
      const aside = await setAside(this.#context, intent, false);
      if (!aside.ok) return this.#asideFailed(path, intent, aside.error);
      if (!(await this.#trash.holdsOnlyLitter(intent))) {
        await undoAside(this.#context, intent, 'moved');
        await this.#trash.rows.drop(intent.id);
        return this.#changed(path);
      }
      return this.#finish(path, { intent, keep, history: [{ kind: 'forget', path }], drafts: [] });
    }
    const removed = await tree.removeDirectory(path);
    if (!removed.ok && removed.error.kind !== 'not-found') {
      if (removed.error.kind === 'not-empty' || removed.error.kind === 'not-directory') return this.#changed(path);
      return { kind: 'trouble', trouble: troubleOf(path, removed.error, 'write') };
    }
    return this.#commit(path, { directories: [parentPath(path)], history: [{ kind: 'forget', path }] });
  }

  /**
   * Moves the file at `from`, which is to be removed anyway, to the free path `path`, whose new version has the same bytes (FLD-8: a move
   * sends and copies nothing).
   */
  async move(from: RelPath, fromRow: HistoryRow, path: RelPath, entry: KnownEntry): Promise<Published> {
    if (!(await this.#context.guard.check())) return { kind: 'changed' };
    const { tree } = this.#context.disk;
    const before = await this.#context.disk.stat(from);
    if (!before.ok || !before.value || !isSameState(before.value, fromRow.stat)) return this.#changed(from);
    const moved = await tree.rename(from, path, { replace: false });
    if (!moved.ok) {
      if (moved.error.kind === 'exists' || moved.error.kind === 'not-found') return this.#changed(path);
      // Between two file systems bytes do not move: the new file is put together from those of the old one.
      if (moved.error.kind === 'cross-device') return { kind: 'changed' };
      return { kind: 'trouble', trouble: troubleOf(path, moved.error, 'write') };
    }
    const after = await this.#context.disk.stat(path);
    if (!after.ok || !after.value || !isSameState(after.value, fromRow.stat)) {
      await tree.rename(path, from, { replace: false });
      this.#context.requestScan([from]);
      return this.#changed(path);
    }
    // Until its times and mode are those of the new version it is the old one under the new name, which history may say as well.
    const { snap } = entry;
    const differs = snap.kind === 'file' && fromRow.entry.snap.kind === 'file';
    const metadata = differs
      ? {
          ...(snap.mtimeMs === fromRow.entry.snap.mtimeMs ? {} : { setMtimeMs: snap.mtimeMs }),
          ...(snap.executable === fromRow.entry.snap.executable ? {} : { setExecutable: snap.executable }),
        }
      : {};
    const forget: HistoryChange = { kind: 'forget', path: from };
    const directories = [parentPath(path), parentPath(from)];
    const done = await this.metadata(path, after.value, { entry, ...metadata }, { directories, history: [forget] });
    if (done.kind === 'published') this.#context.markDirty([parentPath(from)]);
    return done;
  }

  /**
   * The bytes at `path` are those of `entry`: gives the file its times and mode where they differ, and records it. Setting a time could
   * hide an edit that falls between looking and setting, so the file is then read once more.
   */
  async metadata(
    path: RelPath,
    before: DiskStat,
    change: { readonly entry: KnownEntry; readonly setMtimeMs?: number; readonly setExecutable?: boolean },
    also: { readonly directories: readonly string[]; readonly history: readonly HistoryChange[] } = { directories: [], history: [] },
  ): Promise<Published> {
    const { disk } = this.#context;
    const { entry, setMtimeMs, setExecutable } = change;
    let stat = before;
    if (setExecutable !== undefined && disk.tree.capabilities.executableBit) {
      const set = await disk.tree.setMode(path, withExecutable(before.mode & 0o777, setExecutable));
      if (!set.ok) return this.#metadataFailed(path, set.error);
      const after = await disk.stat(path);
      if (!after.ok || !after.value || !isSameState({ ...before, mode: after.value.mode }, after.value)) return this.#changed(path);
      stat = after.value;
    }
    if (setMtimeMs !== undefined) {
      const set = await disk.tree.setMtime(path, setMtimeMs);
      if (!set.ok) return this.#metadataFailed(path, set.error);
      const row: HistoryRow = { path, entry, stat };
      const previous = entry.snap.kind === 'file' ? entry.snap : undefined;
      const found = await lookAtFile(this.#context, path, { row, previous, isSmall: stat.size <= limits.blockBytesMin });
      const isSame = found.kind === 'changed' && sameContent(found.snap, entry.snap);
      if (!isSame) return this.#changed(path);
      stat = found.stat;
    }
    const directories = [...also.directories, parentPath(path)];
    return this.#commit(path, { directories, history: [...also.history, { kind: 'set', row: { path, entry, stat } }] });
  }

  async #place(
    path: RelPath,
    row: HistoryRow | undefined,
    object: {
      readonly put: (replace: boolean) => FileResult;
      readonly mayLink: boolean;
      readonly stat: () => Promise<Result<DiskStat | undefined, FileError>>;
    },
    recording: Recording,
    keep: Keep,
  ): Promise<Published> {
    if (!(await this.#context.guard.check())) return { kind: 'changed' };
    if (!row) {
      const put = await object.put(false);
      return put.ok ? this.#recordPlaced(path, object.stat, recording) : this.#putFailed(path, put.error);
    }
    const intent = await this.#begin(path, row, keep);
    const aside = await setAside(this.#context, intent, object.mayLink);
    if (!aside.ok) return this.#asideFailed(path, intent, aside.error);
    const failure = await this.#putBeside(intent, aside.value, object.put);
    if (failure) return this.#putFailed(path, failure);
    const stat = await object.stat();
    if (!stat.ok || stat.value?.kind !== recording.entry.snap.kind) {
      // Somebody replaced the new object already; what was here before is safe, and the scan finds the rest.
      await this.#finish(path, { intent, keep, history: [], drafts: [] });
      return this.#changed(path);
    }
    const set: HistoryChange = { kind: 'set', row: { path, entry: recording.entry, stat: stat.value } };
    const drafts = recording.again ? [this.#again(recording.entry, stat.value)] : [];
    return this.#finish(path, { intent, keep, history: drafts.length > 0 ? [] : [set], drafts });
  }

  /** Puts the new object in place of what is aside; undoes the latter on failure. */
  async #putBeside(intent: AsideRow, mode: AsideMode, put: (replace: boolean) => FileResult): Promise<FileError | undefined> {
    const done = await put(mode === 'linked');
    if (done.ok) return undefined;
    await undoAside(this.#context, intent, mode);
    await this.#trash.rows.drop(intent.id);
    return done.error;
  }

  async #recordPlaced(
    path: RelPath,
    stat: () => Promise<Result<DiskStat | undefined, FileError>>,
    recording: Recording,
  ): Promise<Published> {
    const placed = await stat();
    if (!placed.ok || placed.value?.kind !== recording.entry.snap.kind) return this.#changed(path);
    const directories = [parentPath(path)];
    if (recording.again) return this.#commit(path, { directories, history: [], drafts: [this.#again(recording.entry, placed.value)] });
    return this.#commit(path, { directories, history: [{ kind: 'set', row: { path, entry: recording.entry, stat: placed.value } }] });
  }

  #again({ path, snap, vector, conflictOf }: KnownEntry, stat: DiskStat): DraftItem {
    return { draft: { path, snap, vector, bump: false, ...(conflictOf === undefined ? {} : { conflictOf }) }, onDisk: { stat } };
  }

  async #begin(path: RelPath, row: HistoryRow, keep: Keep): Promise<AsideRow> {
    const { snap } = row.entry;
    const blocks = snap.kind === 'file' && snap.blocks.kind === 'inline' ? { blocks: snap.blocks.blocks } : {};
    const reason = keep.kind === 'trash' ? keep.reason : 'replaced';
    const copy = keep.kind === 'copy' ? keep.plan.path : undefined;
    const intent = newAsideRow(this.#context, this.#trash.agentMs(), { path, stat: row.stat, ...blocks }, reason, copy);
    await this.#trash.rows.begin(intent);
    return intent;
  }

  /** The new state is on the disk: keeps what came out as it must be, then makes all of it durable and part of history. */
  async #finish(
    path: RelPath,
    done: {
      readonly intent: AsideRow;
      readonly keep: Keep;
      readonly history: readonly HistoryChange[];
      readonly drafts: readonly DraftItem[];
    },
  ): Promise<Published> {
    const { intent, keep } = done;
    const history = [...done.history];
    const drafts = [...done.drafts];
    const directories = [parentPath(path), parentPath(intent.aside as RelPath)];
    const extra: StoreChange[] = [this.#trash.rows.dropped(intent.id)];
    if (await cameOutChanged(this.#context, intent)) {
      await keepAsCopy(this.#context, intent);
    } else if (keep.kind === 'copy') {
      const kept = await this.#context.disk.stat(keep.plan.path);
      if (kept.ok && kept.value && isSameState(kept.value, intent.stat)) keep.plan.record(intent.stat, history, drafts);
    } else if (keep.kind === 'nothing') {
      await this.#context.disk.tree.unlink(intent.aside);
    } else {
      extra[0] = this.#trash.rows.put({ ...intent, pending: false });
      this.#trash.noteKept(intent);
    }
    return this.#commit(path, { directories, history, drafts, extra });
  }

  async #commit(path: RelPath, item: CommitItem): Promise<Published> {
    const committed = await this.#context.commits.add(item);
    if (!committed.ok) {
      this.#context.requestScan([path]);
      return { kind: 'trouble', trouble: troubleOf(path, committed.error, 'write') };
    }
    await this.#context.problems.clear(path);
    await this.#context.readerChanges.clear(path);
    // New rules count from now on, not from the next look at everything.
    if (path === ignoreFileName) this.#context.requestScan([path]);
    return { kind: 'published' };
  }

  async #asideFailed(
    path: RelPath,
    intent: AsideRow,
    failure: { readonly kind: 'changed' | 'taken' } | { readonly kind: 'error'; readonly error: FileError },
  ): Promise<Published> {
    await this.#trash.rows.drop(intent.id);
    if (failure.kind === 'error') return { kind: 'trouble', trouble: troubleOf(path, failure.error, 'write') };
    return this.#changed(path);
  }

  #putFailed(path: RelPath, error: FileError): Published {
    if (error.kind === 'not-found' || error.kind === 'not-directory') {
      // Its directory is not there: the scan tells what that means for the directory, and the path is tried again with it (JRN-3).
      this.#context.requestScan([path]);
      return { kind: 'trouble', trouble: { kind: 'parent-failed', permanent: false, text: `"${path}" waits for its directory` } };
    }
    if (goneKinds.has(error.kind)) return this.#changed(path);
    return { kind: 'trouble', trouble: troubleOf(path, error, 'write') };
  }

  #metadataFailed(path: RelPath, error: FileError): Published {
    if (error.kind === 'not-found') return this.#changed(path);
    return { kind: 'trouble', trouble: troubleOf(path, error, 'write') };
  }

  #changed(path: RelPath): Published {
    this.#context.requestScan([path]);
    return { kind: 'changed' };
  }
}

/** Something else is at the path, or above it, than history says. */
const goneKinds: ReadonlySet<FileError['kind']> = new Set(['exists', 'not-found', 'is-directory', 'not-directory']);

/** Makes a link under a name of its own, ready to be put in place. */
export async function prepareLink(context: FolderContext, name: string, target: string): Promise<Result<Prepared, FileError>> {
  const from = `${stagingDirectory}/${name}`;
  const made = await context.disk.tree.makeLink(from, target);
  if (!made.ok) return made;
  const stat = await context.disk.stat(from);
  if (!stat.ok) return stat;
  return stat.value ? ok({ from, stat: stat.value }) : err({ kind: 'not-found', path: from, code: 'LINK_VANISHED' });
}
