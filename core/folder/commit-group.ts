import { deferred, err, ok } from '../base/index.ts';
import type { Deferred, Result } from '../base/index.ts';
import type { DiskStat, FolderJournal, HistoryChange } from '../journal/types.ts';
import type { EntryDraft, RelPath } from '../model/index.ts';
import { parentPath, rootPath } from '../model/index.ts';
import type { Clock, FileError, StoreChange } from '../ports/index.ts';
import { engineLimits } from './engine-limits.ts';
import type { FolderDisk } from './folder-disk.ts';

export interface DraftItem {
  readonly draft: EntryDraft;
  readonly onDisk?: { readonly stat: DiskStat } | 'absent';
}

/** What became of one path on disk and is to be recorded. */
export interface CommitItem {
  /** Directories whose names changed: made durable first (DUR-1). */
  readonly directories: readonly string[];
  readonly history: readonly HistoryChange[];
  readonly drafts?: readonly DraftItem[];
  readonly extra?: readonly StoreChange[];
}

interface Waiting {
  readonly item: CommitItem;
  readonly settled: Deferred<Result<void, FileError>>;
}

/**
 * Makes changes of the disk durable and then part of history (DUR-1). While one group is being written the next one gathers, so
 * that many small files share the syncs of their directories and one durable commit. A group also waits a little for items that are known
 * to be on their way, and for nothing else: one that comes alone is written at once. Items that come one after another are never reordered.
 */
export class CommitGroup {
  readonly #disk: FolderDisk;
  readonly #journal: FolderJournal;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #running = false;
  /** Tasks that have not ended and mostly add an item. */
  #onTheWay = 0;
  /** Set while a group gathers. */
  #gathered: Deferred<void> | undefined;

  constructor(disk: FolderDisk, journal: FolderJournal, clock: Clock) {
    this.#disk = disk;
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Runs a short task that adds an item in most cases: the items of such tasks wait for each other a little. */
  async awaited<T>(task: () => Promise<T>): Promise<T> {
    this.#onTheWay += 1;
    try {
      return await task();
    } finally {
      this.#onTheWay -= 1;
      this.#noteArrival();
    }
  }

  /** Resolves when durable; with the error of a directory that could not be synced, and then nothing of the item is recorded. Rejects with the store's failure. */
  add(item: CommitItem): Promise<Result<void, FileError>> {
    const settled = deferred<Result<void, FileError>>();
    this.#waiting.push({ item, settled });
    if (this.#running) this.#noteArrival();
    else void this.#run();
    return settled.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // One turn, so that what is ready at the same time goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#gather();
      const group = this.#waiting.slice(0, engineLimits.commitItemsMax);
      this.#waiting = this.#waiting.slice(group.length);
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { settled } of group) settled.reject(error);
      }
    }
    this.#running = false;
  }

  /** Until all that are on their way have come, or the first has waited long enough. */
  async #gather(): Promise<void> {
    if (this.#isGathered()) return;
    const gathered = deferred<void>();
    this.#gathered = gathered;
    const timer = this.#clock.setTimer(engineLimits.commitGatherMs, () => gathered.resolve());
    await gathered.promise;
    this.#gathered = undefined;
    timer.cancel();
  }

  #noteArrival(): void {
    if (this.#gathered && this.#isGathered()) this.#gathered.resolve();
  }

  #isGathered(): boolean {
    return this.#waiting.length >= Math.min(this.#onTheWay, engineLimits.commitItemsMax);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const directories = [...new Set(group.flatMap(({ item }) => item.directories))];
    const failures = new Map<string, FileError>();
    await Promise.all(
      directories.map(async (directory) => {
        const synced = await this.#syncDirectory(directory);
        if (!synced.ok) failures.set(directory, synced.error);
      }),
    );
    const durable = group.filter(({ item }) => !item.directories.some((directory) => failures.has(directory)));
    await this.#record(durable.map(({ item }) => item));
    for (const { item, settled } of group) {
      const failed = item.directories.find((directory) => failures.has(directory));
      const failure = failed === undefined ? undefined : failures.get(failed);
      settled.resolve(failure ? err(failure) : ok());
    }
  }

  async #syncDirectory(directory: string): Promise<Result<void, FileError>> {
    if (!this.#disk.isOpen) return err({ kind: 'io', path: directory, code: 'FOLDER_STOPPED' });
    const synced = await this.#disk.tree.syncDirectory(directory);
    if (synced.ok) return synced;
    // The directory went meanwhile, with all names in it: that is as durable as its own name's absence.
    if (synced.error.kind === 'not-found' && directory !== rootPath) return this.#syncDirectory(parentPath(directory as RelPath));
    // Systems that cannot sync directories order their metadata themselves.
    return synced.error.kind === 'unsupported' ? ok() : synced;
  }

  async #record(items: readonly CommitItem[]): Promise<void> {
    const history = items.flatMap((item) => item.history);
    const drafts = items.flatMap((item) => item.drafts ?? []);
    const extra = items.flatMap((item) => item.extra ?? []);
    if (drafts.length > 0) await this.#journal.announce(drafts, { history, extra });
    else if (history.length + extra.length > 0) await this.#journal.recordHistory(history, extra);
  }
}
