import type { DiskStat, HistoryRow } from '../journal/types.ts';
import type { ProblemKind, RelPath } from '../model/index.ts';
import { baseName, childPath, isBelow, parentPath, privateDirectoryName, relPath, rootPath } from '../model/index.ts';
import type { DirectoryItem } from '../ports/index.ts';
import { folds } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { NameSet, RowsByName, spelled } from './disk-names.ts';
import { eachOf } from './each-of.ts';
import { engineLimits } from './engine-limits.ts';
import { isSameState } from './folder-disk.ts';
import { mayHideChange } from './look.ts';
import { troubleOf } from './problems.ts';
import type { Suspect } from './recorder.ts';

/** What a scan finds goes here; awaiting it bounds the scan's memory. */
export interface ScanSink {
  /** Looked at and fine, or suspicious. */
  counted(paths: number): void;
  /** May differ from history. Parents come before what is in them. */
  suspect(suspect: Suspect): Promise<void>;
  /**
   * History has it, a complete listing has not (FLD-5): told after everything that appeared, children before their parents. With `absent`
   * false: what took the place of a directory, told after all that was in that.
   */
  gone(suspect: Suspect): Promise<void>;
  /** History has it and it is ignored now. */
  ignored(path: RelPath): Promise<void>;
}

/** Problems that come from looking, not from applying. */
const scanProblems: ReadonlySet<ProblemKind> = new Set([
  'name-not-unicode',
  'name-refused',
  'special-file',
  'permission-denied',
  'in-use',
  'path-too-long',
  'read-error',
  'changes-while-read',
]);

/**
 * Walks and stats and compares with history (FLD-1); reads nothing but directories. What cannot be listed completely is passed over:
 * from an error nothing is concluded.
 */
export class Scanner {
  readonly #context: FolderContext;
  readonly #sink: ScanSink;
  /** Paths that this scan has seen and that cannot be synced or read. */
  readonly #refused = new Set<RelPath>();
  #isRootUnread = false;
  /** Paths that a scan is about, by the directory above them that it begins at. */
  readonly #askedBelow = new Map<RelPath, RelPath[]>();
  /** What complete listings lacked and was not told yet, with the state of its parent. */
  readonly #missing = new Map<RelPath, { readonly row: HistoryRow; readonly parent: DiskStat }>();

  constructor(context: FolderContext, sink: ScanSink) {
    this.#context = context;
    this.#sink = sink;
  }

  /** The root itself could not be listed, so what is directly in it was not looked at. */
  get isRootUnread(): boolean {
    return this.#isRootUnread;
  }

  /** Everything below `directory`, at any depth. */
  async walk(directory: RelPath): Promise<void> {
    const waiting: RelPath[] = [directory];
    while (!this.#context.isHalted()) {
      const next = waiting.pop();
      if (next === undefined) return;
      waiting.push(...(await this.#compare(next, undefined)));
    }
  }

  /** After a walk of everything: problems that a scan reports are over where their objects have gone or can be read. */
  async recheckProblems(): Promise<void> {
    for (const { path, kind } of this.#context.journal.problems()) {
      if (this.#refused.has(path) || !scanProblems.has(kind)) continue;
      if (relPath(path).ok && kind !== 'name-not-unicode') await this.#sink.suspect({ path, absent: false });
      else await this.#context.problems.clear(path);
    }
  }

  /** Some paths, each standing for all that is below it. */
  async paths(asked: readonly RelPath[]): Promise<void> {
    const paths = asked.map((path) => this.#spelled(path));
    const byParent = new Map<RelPath, Set<string>>();
    for (const path of await this.#reachable(paths)) {
      const parent = parentPath(path);
      const names = byParent.get(parent) ?? new Set();
      byParent.set(parent, names.add(baseName(path)));
    }
    for (const [parent, names] of byParent) {
      if (this.#context.isHalted()) return;
      const isMany = names.size >= engineLimits.scanDirectoryFrom || folds(this.#context.disk.tree.capabilities);
      const below = isMany ? await this.#compare(parent, names) : await this.#compareNames(parent, names);
      for (const directory of below) await this.walk(directory);
    }
    await this.#recheckBelow();
  }

  /** Problems of asked paths that a directory above them may have taken away with it: its listing tells nothing of their names. */
  async #recheckBelow(): Promise<void> {
    const { journal, disk, problems } = this.#context;
    for (const path of [...this.#askedBelow.values()].flat()) {
      const kind = problems.kindOf(path);
      if (!kind || !scanProblems.has(kind) || this.#refused.has(path)) continue;
      const stat = await disk.stat(path);
      const isNothingThere = stat.ok ? !stat.value : stat.error.kind === 'escapes';
      if (!isNothingThere || (await journal.pathState(path)).history) continue;
      problems.wasRead(path);
      await problems.clear(path);
      this.#context.markDirty([path]);
    }
  }

  /**
   * For each path the one to begin at: the path itself, or the topmost directory above it that history or the disk does not have. Of
   * paths that lie below another one, that other one is enough.
   */
  async #reachable(paths: readonly RelPath[]): Promise<readonly RelPath[]> {
    const starts = new Set<RelPath>();
    const knownDirectories = new Map<RelPath, boolean>([[rootPath, true]]);
    for (const path of paths) {
      let start = path;
      for (let above = parentPath(path); above !== rootPath; above = parentPath(above)) {
        let known = knownDirectories.get(above);
        if (known === undefined) knownDirectories.set(above, (known = await this.#isKnownDirectory(above)));
        if (!known) start = above;
      }
      if (start === rootPath) continue;
      starts.add(start);
      if (start === path) continue;
      const asked = this.#askedBelow.get(start);
      if (asked) asked.push(path);
      else this.#askedBelow.set(start, [path]);
    }
    return [...starts];
  }

  async #isKnownDirectory(path: RelPath): Promise<boolean> {
    const { history } = await this.#context.journal.pathState(path);
    if (history?.entry.snap.kind !== 'directory') return false;
    const stat = await this.#context.disk.stat(path);
    return stat.ok && stat.value?.kind === 'directory';
  }

  /** A few names of one directory. The directory is listed only if one of them is gone: a known path costs no more in a big folder. */
  async #compareNames(parent: RelPath, names: ReadonlySet<string>): Promise<RelPath[]> {
    const below: RelPath[] = [];
    const missing = new Set<string>();
    for (const name of names) {
      const path = childPath(parent, name);
      const stat = await this.#context.disk.stat(path);
      if (!stat.ok) {
        await this.#unreadable(path, stat.error);
        continue;
      }
      if (!stat.value) {
        missing.add(name);
        continue;
      }
      const { history } = await this.#context.journal.pathState(path);
      below.push(...(await this.#compareOne(path, { name, kind: stat.value.kind, undecodable: false }, history, stat.value)));
    }
    if (missing.size > 0) below.push(...(await this.#compare(parent, missing)));
    return below;
  }

  /** Compares a directory's listing with history; of `asked` only these names. Returns the directories to walk on. */
  async #compare(directory: RelPath, asked: ReadonlySet<string> | undefined): Promise<RelPath[]> {
    const { disk, journal } = this.#context;
    const own = await disk.stat(directory);
    const listed = await disk.tree.list(directory);
    if (!listed.ok || !own.ok || own.value?.kind !== 'directory') {
      const error = listed.ok ? (own.ok ? undefined : own.error) : listed.error;
      if (directory === rootPath) this.#isRootUnread = true;
      else if (error) await this.#unreadable(directory, error);
      return [];
    }
    this.#context.problems.wasRead(directory);
    let names = asked;
    if (directory !== rootPath && this.#context.problems.has(directory)) {
      await this.#sink.suspect({ path: directory, absent: false });
      // Its trouble is over with this listing: whatever was missed while it could not be listed is looked at now.
      names = undefined;
    }
    const history = await journal.childHistory(directory);
    const rows = new RowsByName(history, disk.tree.capabilities);
    const wantedName = names && new NameSet(names, disk.tree.capabilities);
    const below: (readonly RelPath[])[] = [];
    const items = listed.value.filter((item) => !wantedName || wantedName.has(item.name));
    const matched = items.map((item) => ({ item, row: rows.take(item) }));
    await this.#compareItems(directory, matched, below);
    for (const row of rows.untaken()) {
      if (!wantedName || wantedName.has(baseName(row.path))) await this.#noteMissing(row, own.value);
    }
    // Of a directory that is gone and has no row any more, what history still has below it is gone as well.
    const knownNames =
      names &&
      new NameSet(new Set([...items.map(({ name }) => name), ...history.map(({ path }) => baseName(path))]), disk.tree.capabilities);
    for (const name of names ?? []) {
      if (knownNames?.has(name)) continue;
      const path = childPath(directory, name);
      if (this.#context.problems.has(path)) await this.#sink.suspect({ path, absent: false });
      await this.#goneBelowUnknown(path, own.value);
    }
    this.#sink.counted(items.length);
    return below.flat();
  }

  /** How a name is announced: composed where the disk takes both forms for one, or makes a decomposed one of what people type (FLD-6). */
  #spelled<T extends string>(name: T): T {
    return spelled(name, this.#context.disk.tree.capabilities) as T;
  }

  /** Stats run in parallel, suspects are told in order. */
  async #compareItems(
    directory: RelPath,
    matched: readonly { readonly item: DirectoryItem; readonly row: HistoryRow | undefined }[],
    below: (readonly RelPath[])[],
  ): Promise<void> {
    const windowItems = 512;
    for (let at = 0; at < matched.length; at += windowItems) {
      const window = matched.slice(at, at + windowItems);
      const stats: (DiskStat | undefined)[] = [];
      await eachOf(window, engineLimits.statConcurrency, async ({ item, row }, index) => {
        if (!row || (item.kind !== 'file' && item.kind !== 'link')) return;
        const stat = await this.#context.disk.stat(row.path);
        if (stat.ok) stats[index] = stat.value;
      });
      for (const [index, { item, row }] of window.entries()) {
        below.push(await this.#compareOne(row?.path ?? childPath(directory, this.#spelled(item.name)), item, row, stats[index]));
      }
    }
  }

  /** One name that is on the disk. Returns itself where it is a directory to be walked. */
  async #compareOne(path: RelPath, item: DirectoryItem, row: HistoryRow | undefined, stat: DiskStat | undefined): Promise<RelPath[]> {
    const { rules, problems } = this.#context;
    if (path === privateDirectoryName) return [];
    const isDirectory = item.kind === 'directory';
    if (!item.undecodable && rules().ignores(path, isDirectory)) {
      if (row) await this.#forget(row);
      return [];
    }
    if (!row && !(await this.#isAllowed(path, item))) return [];
    if (row?.entry.snap.kind === 'directory' && !isDirectory) {
      await this.#goneBelow(row.path, row.stat);
      await this.#sink.gone({ path, absent: false });
      return [];
    }
    if (isDirectory) {
      if (row?.entry.snap.kind !== 'directory') await this.#sink.suspect({ path, absent: false });
      return [path];
    }
    const isAsKnown = row !== undefined && stat !== undefined && isSameState(stat, row.stat);
    const isFine = isAsKnown && !mayHideChange(this.#context, stat) && !problems.has(path);
    if (isFine && !this.#context.readerChanges.has(path)) return [];
    const differs = item.kind === 'file' && !isAsKnown && (!row || stat !== undefined) && this.#isNews(path);
    await this.#sink.suspect({ path, absent: false, differs });
    return [];
  }

  /** Neither shown as a trouble or a reader's own change already, nor just being put in place. */
  #isNews(path: RelPath): boolean {
    const { problems, readerChanges, claims } = this.#context;
    return !problems.has(path) && !readerChanges.has(path) && !claims.isClaimed(path);
  }

  async #isAllowed(path: RelPath, item: DirectoryItem): Promise<boolean> {
    if (item.undecodable) {
      this.#refused.add(path);
      await this.#context.problems.report(path, {
        kind: 'name-not-unicode',
        permanent: true,
        text: `the name "${item.name}" is not valid Unicode, so other systems could not hold it; rename it`,
      });
      return false;
    }
    const checked = relPath(path);
    if (checked.ok) return true;
    this.#refused.add(path);
    const isTooLong = checked.error.kind === 'too-long';
    await this.#context.problems.report(path, {
      kind: isTooLong ? 'path-too-long' : 'name-refused',
      permanent: true,
      text: isTooLong
        ? `the path of "${item.name}" is too long to be synced; shorten a name above it`
        : `the name "${item.name}" is reserved in synced folders; rename it`,
    });
    return false;
  }

  /** History has `row` and the complete listing of its parent, a directory of state `parent`, has not. */
  async #noteMissing(row: HistoryRow, parent: DiskStat): Promise<void> {
    if (this.#context.rules().ignores(row.path, row.entry.snap.kind === 'directory')) return this.#forget(row);
    // Another file system was mounted there, or is no more: this listing proves nothing for that one.
    if (row.stat.device !== parent.device) {
      // With the root itself hidden the folder stops, and all that was to be looked at is looked at again when it is back.
      if (parentPath(row.path) === rootPath) await this.#context.guard.check();
      return;
    }
    this.#missing.set(row.path, { row, parent });
    // Where a name alone does not tell what is there, only what history had at the time of the listing counts.
    const isFull = this.#missing.size >= engineLimits.removalsMax;
    if (isFull || folds(this.#context.disk.tree.capabilities)) await this.tellMissing();
  }

  /** Whether the listings of this scan prove that `path`, a file that history has on `device`, is gone and not told yet. */
  provesGone(path: RelPath, device: string): boolean {
    for (let above = path; above !== rootPath; above = parentPath(above)) {
      const missing = this.#missing.get(above);
      if (missing) return missing.parent.device === device;
    }
    return false;
  }

  /** The removal of `path` was recorded already. */
  told(path: RelPath): void {
    this.#missing.delete(path);
  }

  /** Tells the sink what is gone: all that history has of what the listings lacked. To be called at the end of a scan. */
  async tellMissing(): Promise<void> {
    const found = [...this.#missing.values()];
    this.#missing.clear();
    for (const { row, parent } of found) {
      if (this.#context.isHalted()) return;
      if (row.entry.snap.kind === 'directory' && !(await this.#goneBelow(row.path, parent))) continue;
      await this.#sink.gone({ path: row.path, absent: true });
    }
  }

  /** All that history has below a directory that is gone. False: not all of it is proven. */
  async #goneBelow(directory: RelPath, parent: DiskStat): Promise<boolean> {
    let isProven = true;
    for (const row of await this.#context.journal.childHistory(directory)) {
      const isDirectory = row.entry.snap.kind === 'directory';
      if (this.#context.rules().ignores(row.path, isDirectory)) {
        await this.#forget(row);
        continue;
      }
      const isBelowProven = !isDirectory || (await this.#goneBelow(row.path, parent));
      if (row.stat.device === parent.device && isBelowProven) await this.#sink.gone({ path: row.path, absent: true });
      else isProven = false;
    }
    return isProven;
  }

  /** As above for a directory without a row, and for those without a row between it and the paths that are asked about. */
  async #goneBelowUnknown(directory: RelPath, parent: DiskStat): Promise<void> {
    const unknown = new Set<RelPath>([directory]);
    for (const path of this.#askedBelow.get(directory) ?? []) {
      for (let above = parentPath(path); isBelow(above, directory); above = parentPath(above)) {
        if (!(await this.#context.journal.pathState(above)).history) unknown.add(above);
      }
    }
    for (const each of unknown) await this.#goneBelow(each, parent);
  }

  /** An ignored path and all below it are forgotten (FLD-9). */
  async #forget(row: HistoryRow): Promise<void> {
    if (row.entry.snap.kind === 'directory')
      for (const child of await this.#context.journal.childHistory(row.path)) await this.#forget(child);
    await this.#sink.ignored(row.path);
  }

  async #unreadable(path: RelPath, error: Parameters<typeof troubleOf>[1]): Promise<void> {
    // It went meanwhile; the listing of its parent is the one to tell.
    if (error.kind === 'not-found' || error.kind === 'not-directory') return;
    this.#refused.add(path);
    await this.#context.problems.reportUnread(path, troubleOf(path, error, 'read'));
  }
}
