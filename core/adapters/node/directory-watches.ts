import * as fs from 'node:fs';
import { basename } from 'node:path';
import { privateDirectoryName } from '../../model/index.ts';
import { errorCode } from './file-errors.ts';
import type { WatchBudget } from './watch-budget.ts';

interface Listener {
  /** Called for every event of the system, before anything else. */
  readonly onEvent: () => void;
  /** `path` (below the root) or something below it may have changed. Watches below it were set before. */
  readonly onChanged: (path: string) => void;
  /** A directory could not be watched because of the budget or the system's limit. */
  readonly onLimit: () => void;
  readonly onError: (text: string) => void;
}

/** A watched directory. Its path follows from its ancestors. */
class WatchedDirectory {
  readonly parent: WatchedDirectory | undefined;
  readonly name: string;
  /** Undefined where it was found by a walk, which does not look at every directory. */
  readonly inode: bigint | undefined;
  /** Most directories have none, and a tree has many directories: made when needed. */
  children: Map<string, WatchedDirectory> | undefined;
  watcher: fs.FSWatcher | undefined;
  isGone = false;

  constructor(parent: WatchedDirectory | undefined, name: string, inode: bigint | undefined) {
    this.parent = parent;
    this.name = name;
    this.inode = inode;
  }

  get path(): string {
    return this.parent?.parent ? `${this.parent.path}/${this.name}` : this.name;
  }

  pathOf(name: string): string {
    return this.parent ? `${this.path}/${name}` : name;
  }
}

/** Directories listed at a time while a tree is walked. */
const listedAtOnce = 16;
/** Names looked at at a time. */
const lookedAtOnce = 32;

/**
 * Watches of every directory below a root, links not followed. A name that comes, goes or moves is looked at; a directory that is new
 * there is walked and watched, and only then its path is reported: what changed in it before is covered by the report, what
 * changes later is seen. Within each directory the watch is set before the names are read, for the same reason.
 */
export class DirectoryWatches {
  readonly #root: string;
  readonly #budget: WatchBudget;
  readonly #listener: Listener;
  #top: WatchedDirectory | undefined;
  /** Names to be looked at, by path. A name that changes again while it is looked at is looked at again. */
  readonly #unseen = new Map<string, { readonly directory: WatchedDirectory; readonly name: string }>();
  #isLooking = false;
  #stopped = false;

  constructor(root: string, budget: WatchBudget, listener: Listener) {
    this.#root = root;
    this.#budget = budget;
    this.#listener = listener;
  }

  /** Resolves when the whole tree is watched. Rejects where the root is no directory. */
  async start(): Promise<void> {
    const stats = await fs.promises.stat(this.#root, { bigint: true });
    this.#top = new WatchedDirectory(undefined, '', stats.ino);
    await this.#cover(this.#top);
  }

  stop(): void {
    this.#stopped = true;
    this.#unseen.clear();
    if (this.#top) this.#drop(this.#top);
  }

  /** Watches `top` and every directory below it. */
  async #cover(top: WatchedDirectory): Promise<void> {
    let level = [top];
    while (level.length > 0) {
      const next: WatchedDirectory[] = [];
      for (let at = 0; at < level.length; at += listedAtOnce) {
        const found = await Promise.all(level.slice(at, at + listedAtOnce).map((directory) => this.#coverOne(directory)));
        next.push(...found.flat());
      }
      level = next;
    }
  }

  /** Sets the watch of one directory; returns its subdirectories, not covered yet. */
  async #coverOne(directory: WatchedDirectory): Promise<WatchedDirectory[]> {
    if (this.#stopped || directory.isGone || !this.#watch(directory)) return [];
    const items = await fs.promises.readdir(this.#absolute(directory.path), { withFileTypes: true }).catch(() => []);
    if (directory.isGone) return [];
    const found: WatchedDirectory[] = [];
    for (const item of items) {
      if (!item.isDirectory() || this.#isPrivate(directory, item.name) || directory.children?.has(item.name)) continue;
      const child = new WatchedDirectory(directory, item.name, undefined);
      (directory.children ??= new Map()).set(item.name, child);
      found.push(child);
    }
    return found;
  }

  /** False where there can be no watch. */
  #watch(directory: WatchedDirectory): boolean {
    if (!this.#budget.take()) {
      this.#listener.onLimit();
      return false;
    }
    try {
      const watcher = fs.watch(this.#absolute(directory.path), { persistent: false, encoding: 'utf8' });
      watcher.on('change', (kind, name) => this.#onEvent(directory, kind, typeof name === 'string' ? name : undefined));
      watcher.on('error', this.#onWatcherError);
      directory.watcher = watcher;
      return true;
    } catch (thrown) {
      this.#budget.giveBack();
      const code = errorCode(thrown);
      // ENOSPC: the user's watches are used up. EMFILE: the user's inotify instances.
      if (code === 'ENOSPC' || code === 'EMFILE') this.#listener.onLimit();
      // Gone again, or closed to us, which the scan reports.
      return false;
    }
  }

  /** One function for all watchers. */
  readonly #onWatcherError = (error: Error): void => this.#listener.onError(`Watching ${this.#root} failed: ${error.message}`);

  #onEvent(directory: WatchedDirectory, kind: string, name: string | undefined): void {
    if (this.#stopped || directory.isGone) return;
    this.#listener.onEvent();
    if (name === undefined) return this.#listener.onChanged(directory.path);
    if (this.#isPrivate(directory, name)) return;
    // A directory's own end or move comes under its own name.
    if (directory === this.#top && kind === 'rename' && name === basename(this.#root)) void this.#lookAtRoot();
    const path = directory.pathOf(name);
    if (kind !== 'rename') return this.#listener.onChanged(path);
    this.#unseen.set(path, { directory, name });
    if (!this.#isLooking) void this.#lookAtAll();
  }

  async #lookAtAll(): Promise<void> {
    this.#isLooking = true;
    while (this.#unseen.size > 0 && !this.#stopped) {
      const batch = [...this.#unseen].slice(0, lookedAtOnce);
      for (const [path] of batch) this.#unseen.delete(path);
      await Promise.all(batch.map(([path, { directory, name }]) => this.#lookAt(directory, name, path)));
    }
    this.#isLooking = false;
  }

  async #lookAt(directory: WatchedDirectory, name: string, path: string): Promise<void> {
    const stats = await this.#stat(path);
    if (this.#stopped) return;
    if (!directory.isGone) {
      const known = directory.children?.get(name);
      const isSame = stats?.isDirectory() === true && known?.inode === stats.ino;
      if (known && !isSame) this.#drop(known);
      if (stats?.isDirectory() && !isSame) {
        const child = new WatchedDirectory(directory, name, stats.ino);
        (directory.children ??= new Map()).set(name, child);
        await this.#cover(child);
      }
    }
    if (!this.#stopped) this.#listener.onChanged(path);
  }

  async #lookAtRoot(): Promise<void> {
    const stats = await this.#stat('');
    if (!this.#stopped && stats?.ino !== this.#top?.inode) this.#listener.onError(`${this.#root} was moved, removed or replaced.`);
  }

  /** Ends the watches of `directory` and all below. */
  #drop(directory: WatchedDirectory): void {
    directory.isGone = true;
    const children = directory.children;
    directory.children = undefined;
    for (const child of children?.values() ?? []) this.#drop(child);
    if (directory.watcher) {
      directory.watcher.close();
      directory.watcher = undefined;
      this.#budget.giveBack();
    }
    if (directory.parent?.children?.get(directory.name) === directory) directory.parent.children.delete(directory.name);
  }

  #isPrivate(directory: WatchedDirectory, name: string): boolean {
    return directory === this.#top && name === privateDirectoryName;
  }

  #absolute(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  #stat(path: string): Promise<fs.BigIntStats | undefined> {
    return fs.promises.lstat(this.#absolute(path), { bigint: true }).catch(() => undefined);
  }
}
