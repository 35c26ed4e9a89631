import * as fs from 'node:fs';
import { err, ok } from '../../base/index.ts';
import type { FileResult } from '../../ports/index.ts';
import { call, fileError, refusal } from './file-errors.ts';

/** Linux on every machine that Node runs on: a handle that only stands for an object. Node does not name the flag. */
const O_PATH = 0o10000000;
const directoryFlags = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/** Open handles kept beyond their use, per tree. */
const handlesKeptMax = 48;
/** A handle keeps its disk from being unmounted, so it is not kept for long. */
const idleMs = 1000;

/** A directory that is held open: `native` stands for it in paths, whatever happens to its name. */
export class DirectoryHandle {
  readonly fd: number;
  readonly native: string;
  users = 0;
  kept = false;
  lastUsedMs = 0;
  /** The turn of the event loop in which it was last seen at its place. */
  seenInTurn = -1;

  constructor(fd: number) {
    this.fd = fd;
    this.native = `/proc/self/fd/${fd}`;
  }

  /** Where the kernel says that this directory is now; a removed one has ` (deleted)` behind it. Reads procfs only, so never waits for a disk. */
  whereabouts(): string | undefined {
    try {
      return fs.readlinkSync(this.native);
    } catch {
      return undefined;
    }
  }
}

/**
 * Handles of the directories of one tree, opened without following links: openat(2) without native code.
 *
 * A directory is opened by its whole path in one call, and then the kernel is asked where the opened directory is. If that is
 * the root's own place plus the wanted path, no component was a link. A handle that is kept is asked again before its next use, once in
 * a turn of the event loop: a directory that was moved, removed or replaced before that is never used for its old path. Where the answer differs (a link; a disk that
 * spells names its own way) the path is walked component by component, each opened from its parent's handle with O_NOFOLLOW: slower,
 * and exact by itself.
 */
export class DirectoryHandles {
  /** The root's place as the kernel spells it. */
  readonly #root: string;
  /** In the order of use, oldest first. */
  readonly #kept = new Map<string, DirectoryHandle>();
  /** Directories that are being opened: many files of one directory that are asked about at once cost one opening. */
  readonly #opening = new Map<string, FileResult<DirectoryHandle>>();
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;
  #turn = 0;
  #isTurnCounted = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** Lends a handle of directory `path`; give it back with {@link release}. `escapes` where a component is a link. */
  async acquire(path: string): FileResult<DirectoryHandle> {
    if (this.#closed) return refusal('io', path, 'CLOSED');
    const place = path === '' ? this.#root : this.#root === '/' ? `/${path}` : `${this.#root}/${path}`;
    const kept = this.#keptAt(path, place);
    if (kept) return ok(kept);
    const opening = this.#opening.get(path);
    if (opening) {
      await opening;
      // It was opened for a question that came earlier, so it is asked again where it is.
      const shared = this.#keptAt(path, place);
      if (shared) return ok(shared);
    }
    const opened = this.#open(path, place);
    this.#opening.set(path, opened);
    void opened.finally(() => {
      if (this.#opening.get(path) === opened) this.#opening.delete(path);
    });
    return opened;
  }

  async #open(path: string, place: string): FileResult<DirectoryHandle> {
    const opened = await call<number>(path, (done) => fs.open(place, directoryFlags, done));
    if (opened.ok) {
      const handle = new DirectoryHandle(opened.value);
      handle.users = 1;
      if (handle.whereabouts() === place) {
        this.#keep(path, handle);
        return ok(handle);
      }
      this.release(handle);
    }
    return this.#walk(path);
  }

  release(handle: DirectoryHandle): void {
    handle.users -= 1;
    if (handle.users === 0 && !handle.kept) closeHandle(handle);
  }

  /** Closes what nobody uses now; handles in use close when they are given back. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    for (const path of [...this.#kept.keys()]) this.#drop(path);
  }

  #keptAt(path: string, place: string): DirectoryHandle | undefined {
    const handle = this.#kept.get(path);
    if (!handle) return undefined;
    if (handle.seenInTurn !== this.#turn && handle.whereabouts() !== place) {
      this.#drop(path);
      return undefined;
    }
    handle.seenInTurn = this.#thisTurn();
    handle.users += 1;
    handle.lastUsedMs = performance.now();
    this.#kept.delete(path);
    this.#kept.set(path, handle);
    return handle;
  }

  /** A number that the turns after this one do not have. */
  #thisTurn(): number {
    if (!this.#isTurnCounted) {
      this.#isTurnCounted = true;
      setImmediate(() => {
        this.#isTurnCounted = false;
        this.#turn += 1;
      });
    }
    return this.#turn;
  }

  #keep(path: string, handle: DirectoryHandle): void {
    if (this.#closed) return;
    this.#drop(path);
    handle.kept = true;
    handle.lastUsedMs = performance.now();
    this.#kept.set(path, handle);
    if (this.#kept.size > handlesKeptMax) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#drop(oldest.value);
    }
    this.#sweeper ??= setInterval(() => this.#sweep(), idleMs).unref();
  }

  #drop(path: string): void {
    const handle = this.#kept.get(path);
    if (!handle) return;
    this.#kept.delete(path);
    handle.kept = false;
    if (handle.users === 0) closeHandle(handle);
  }

  #sweep(): void {
    const usedBeforeMs = performance.now() - idleMs;
    for (const [path, handle] of this.#kept) if (handle.lastUsedMs < usedBeforeMs) this.#drop(path);
    if (this.#kept.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  async #walk(path: string): FileResult<DirectoryHandle> {
    let current = await openComponent(this.#root, '');
    // The root itself was moved, and a link or something else is in its place.
    if (current.ok && current.value.whereabouts() !== this.#root) {
      this.release(current.value);
      return refusal('not-found', '', 'ROOT-MOVED');
    }
    if (path === '') return current;
    let walked = '';
    for (const component of path.split('/')) {
      if (!current.ok) return current;
      const parent: DirectoryHandle = current.value;
      walked = walked === '' ? component : `${walked}/${component}`;
      current = await openComponent(`${parent.native}/${component}`, walked);
      this.release(parent);
    }
    return current;
  }
}

/** How often a component is opened again that was a link when opened and none when looked at: someone swaps it all the time. */
const openTriesMax = 3;

async function openComponent(native: string, path: string): FileResult<DirectoryHandle> {
  for (let tries = 1; ; tries++) {
    const opened = await call<number>(path, (done) => fs.open(native, directoryFlags, done));
    if (opened.ok) {
      const handle = new DirectoryHandle(opened.value);
      handle.users = 1;
      return ok(handle);
    }
    if (opened.error.code !== 'ENOTDIR') return opened;
    // A link and a file give the same errno.
    const stats = await call<fs.Stats>(path, (done) => fs.lstat(native, done));
    if (stats.ok && stats.value.isSymbolicLink()) return err(fileError(path, 'ELOOP'));
    if (!stats.ok) return stats;
    if (!stats.value.isDirectory()) return opened;
    if (tries === openTriesMax) return refusal('busy', path, 'SWAPPED');
  }
}

function closeHandle(handle: DirectoryHandle): void {
  fs.close(handle.fd, () => undefined);
}
