import { Emitter } from '../../base/index.ts';
import type { FileErrorKind, FileStat, TreeCapabilities } from '../../ports/index.ts';
import { capabilitiesOf } from './disk-options.ts';
import type { DiskOptions, InjectedFault } from './disk-options.ts';
import { DirectoryLog } from './directory-log.ts';
import type { NameChange } from './directory-log.ts';
import { DiskFault, Inode } from './disk-inode.ts';
import type { Entry } from './disk-inode.ts';
import type { Prng } from './prng.ts';

/** Where a name is or would be. */
interface Place {
  readonly directory: Inode;
  readonly name: string;
  readonly key: string;
  readonly entry: Entry | undefined;
}

/** Names of Windows' devices and characters that it refuses. */
const windowsRefused = /[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const nameBytesMax = 255;
const gib = 2 ** 30;

/**
 * One disk of one host: inodes, names, and what of them a power cut would undo ({@link DirectoryLog}, {@link Inode}). It outlives the
 * programs. All paths are absolute; no operation follows a link. Operations are atomic, take no time and throw {@link DiskFault}:
 * time, crash points and injected faults are the file tree's affair.
 */
export class SimDisk {
  readonly capabilities: TreeCapabilities;
  readonly capacityBytes: number;
  readonly faults = new Set<InjectedFault>();
  /** Absolute paths that a program has asked to be replaced by a rename that has not happened yet. */
  readonly aboutToReplace = new Set<string>();
  /** The absolute path of every object that changed: what watchers see. */
  readonly changed = new Emitter<string>();
  readonly nowMs: () => number;
  /** How often the power was cut. */
  powerCuts = 0;
  readonly #unicode: 'exact' | 'insensitive' | 'nfd';
  readonly #root: Inode;
  readonly #log = new DirectoryLog();
  /** The root of the file system that hides a directory. */
  readonly #mounts = new Map<Inode, Inode>();
  #inodes = 1;
  #devices = 1;
  #usedBytes = 0;

  /** `nowMs` is the host's wall clock. */
  constructor(nowMs: () => number, options: DiskOptions = {}) {
    this.nowMs = nowMs;
    this.#unicode = options.unicode ?? 'exact';
    this.capacityBytes = options.capacityBytes ?? 64 * gib;
    this.capabilities = capabilitiesOf(options);
    this.#root = this.#newRoot();
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes);
  }

  /** Directory operations that a power cut might undo. */
  get volatileOperations(): number {
    return this.#log.length;
  }

  /** The object at `path`, or undefined where nothing has that name. */
  find(path: string): Inode | undefined {
    if (path === '/') return this.#mounted(this.#root);
    const entry = this.#place(path).entry;
    return entry && this.#mounted(entry.inode);
  }

  get(path: string): Inode {
    return this.find(path) ?? fail('not-found');
  }

  directory(path: string): Inode {
    const inode = this.get(path);
    if (inode.kind === 'link') fail('escapes');
    if (inode.kind !== 'directory') fail('not-directory');
    return inode;
  }

  file(path: string): Inode {
    const inode = this.get(path);
    if (inode.kind === 'link') fail('escapes');
    if (inode.kind === 'directory') fail('is-directory');
    if (inode.kind !== 'file') fail('unsupported');
    return inode;
  }

  create(path: string, mode: number): Inode {
    return this.#make(path, 'file', mode);
  }

  makeDirectory(path: string): Inode {
    return this.#make(path, 'directory', 0o755);
  }

  makeLink(path: string, target: string): Inode {
    if (!this.capabilities.links) fail('unsupported');
    return this.#make(path, 'link', 0o777, target);
  }

  /** A file whose name is no valid Unicode; for simplicity it is found under the name that listings show. */
  createUndecodable(path: string): Inode {
    return this.#make(path, 'file', 0o644, undefined, true);
  }

  makePipe(path: string): Inode {
    return this.#make(path, 'other', 0o644);
  }

  hardLink(from: string, to: string): void {
    if (!this.capabilities.hardLinks) fail('unsupported');
    const source = this.#existing(from);
    if (source.entry.inode.kind !== 'file') fail(source.entry.inode.kind === 'directory' ? 'is-directory' : 'unsupported');
    const target = this.#free(to);
    if (source.directory.device !== target.directory.device) fail('cross-device');
    this.#apply([
      { directory: target.directory, key: target.key, before: undefined, after: { name: target.name, inode: source.entry.inode } },
    ]);
    this.#tell(to);
  }

  rename(from: string, to: string, replace: boolean): void {
    const source = this.#existing(from);
    const target = this.#place(to);
    const { inode } = source.entry;
    const isSameName = source.directory === target.directory && source.key === target.key;
    const replaced = isSameName ? undefined : target.entry;
    if (source.directory.device !== target.directory.device) fail('cross-device');
    if (!replace && (replaced || from === to)) fail('exists');
    // POSIX: two names of one file stay as they are.
    if (replaced?.inode === inode) return;
    if (replaced) checkReplaceable(inode, replaced.inode);
    if (inode.kind === 'directory' && `${to}/`.startsWith(`${from}/`) && !isSameName) fail('unsupported');
    const after = { name: target.name, inode };
    const changes: NameChange[] = isSameName
      ? [{ directory: source.directory, key: source.key, before: source.entry, after }]
      : [
          { directory: source.directory, key: source.key, before: source.entry, after: undefined },
          { directory: target.directory, key: target.key, before: replaced, after },
        ];
    this.#apply(changes);
    this.#tell(from, to);
  }

  exchange(a: string, b: string): void {
    if (!this.capabilities.exchange) fail('unsupported');
    const one = this.#existing(a);
    const two = this.#existing(b);
    if (one.directory.device !== two.directory.device) fail('cross-device');
    if (one.entry.inode === two.entry.inode) return;
    if (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)) fail('unsupported');
    this.#apply([
      { directory: one.directory, key: one.key, before: one.entry, after: { name: one.entry.name, inode: two.entry.inode } },
      { directory: two.directory, key: two.key, before: two.entry, after: { name: two.entry.name, inode: one.entry.inode } },
    ]);
    this.#tell(a, b);
  }

  unlink(path: string): void {
    const { directory, key, entry } = this.#existing(path);
    if (entry.inode.kind === 'directory') fail('is-directory');
    this.#apply([{ directory, key, before: entry, after: undefined }]);
    this.#tell(path);
  }

  removeDirectory(path: string): void {
    const { directory, key, entry } = this.#existing(path);
    if (this.#mounts.has(entry.inode)) fail('busy');
    if (entry.inode.kind !== 'directory') fail('not-directory');
    if (entry.inode.entries.size > 0) fail('not-empty');
    this.#apply([{ directory, key, before: entry, after: undefined }]);
    this.#tell(path);
  }

  /** Writes into an open file. `path` is the name it was opened under, for watchers. */
  write(inode: Inode, path: string, offset: number, bytes: Uint8Array): void {
    const growth = Math.max(0, offset + bytes.length - inode.size);
    if (growth > this.freeBytes) fail('full');
    this.#usedBytes += growth;
    inode.write(offset, bytes, this.nowMs());
    this.#touch(inode);
    this.#tell(path);
  }

  truncate(inode: Inode, path: string, size: number): void {
    if (size - inode.size > this.freeBytes) fail('full');
    this.#usedBytes += size - inode.size;
    inode.truncate(size, this.nowMs());
    this.#touch(inode);
    this.#tell(path);
  }

  /** Bits that the disk cannot keep are dropped silently, as systems do. */
  setMode(inode: Inode, path: string, mode: number): void {
    if (!this.capabilities.executableBit) return;
    inode.setMode((inode.mode & ~0o777) | (mode & 0o777), this.nowMs());
    this.#tell(path);
  }

  setMtime(inode: Inode, path: string, mtimeMs: number): void {
    inode.setMtime(this.#coarse(mtimeMs), this.nowMs());
    this.#tell(path);
  }

  syncDirectory(directory: Inode): void {
    this.#log.syncDirectory(directory);
  }

  /** Makes the last directory operation durable, with all directories above `path`. */
  syncLast(path: string): void {
    const ancestors = new Set<Inode>();
    for (let at = parentOf(path); at !== '/'; at = parentOf(at)) ancestors.add(this.directory(at));
    this.#log.syncLast(ancestors);
  }

  opened(inode: Inode): void {
    inode.openHandles += 1;
  }

  /** A handle is given back; those of before a power cut are gone already. */
  closed(inode: Inode): void {
    if (inode.openHandles === 0) return;
    inode.openHandles -= 1;
    this.#release(inode);
  }

  statOf(inode: Inode): FileStat {
    return {
      kind: inode.kind,
      size: inode.kind === 'file' ? inode.size : inode.kind === 'link' ? inode.target.length : 0,
      mtimeMs: inode.mtimeMs,
      mode: inode.mode,
      device: inode.device,
      inode: String(inode.number),
      links: inode.links,
    };
  }

  /** Hides the directory at `path` behind an empty file system of its own, as mounting does. */
  mount(path: string): void {
    this.#mounts.set(this.#existing(path).entry.inode, this.#newRoot());
  }

  /** The directory at `path` comes back as it was. */
  unmount(path: string): void {
    this.#mounts.delete(this.#existing(path).entry.inode);
  }

  /** The kernel dies without warning: what was not synced survives in part, as `prng` decides. Handles are gone. */
  cutPower(prng: Prng): void {
    this.powerCuts += 1;
    this.#log.cutPower(prng, this.nowMs());
    this.#usedBytes = 0;
    const seen = new Set<Inode>();
    for (const root of [this.#root, ...this.#mounts.values()]) this.#restore(root, prng, seen);
  }

  /** A program died: the kernel closes what it had open, nothing else is lost. */
  closeHandles(inodes: Iterable<Inode>): void {
    for (const inode of inodes) this.closed(inode);
  }

  #restore(inode: Inode, prng: Prng, seen: Set<Inode>): void {
    if (seen.has(inode)) return;
    seen.add(inode);
    inode.cutPower(prng, this.nowMs() - 30_000);
    inode.links = 0;
    this.#usedBytes += inode.size;
    inode.entries = new Map(inode.durableEntries);
    for (const entry of inode.entries.values()) {
      this.#restore(entry.inode, prng, seen);
      entry.inode.links += 1;
    }
  }

  #newRoot(): Inode {
    const device = `sim-${this.#devices++}`;
    return new Inode({ number: this.#inodes++, device, kind: 'directory', mode: 0o755, mtimeMs: this.#coarse(this.nowMs()), isRoot: true });
  }

  #make(path: string, kind: 'file' | 'directory' | 'link' | 'other', mode: number, target?: string, undecodable?: true): Inode {
    const { directory, name, key } = this.#free(path);
    const inode = new Inode({
      number: this.#inodes++,
      device: directory.device,
      kind,
      mode: this.capabilities.executableBit || kind !== 'file' ? mode & 0o777 : 0o644,
      mtimeMs: this.#coarse(this.nowMs()),
      ...(target === undefined ? {} : { target }),
    });
    this.#apply([{ directory, key, before: undefined, after: { name, inode, ...(undecodable ? { undecodable } : {}) } }]);
    this.#tell(path);
    return inode;
  }

  /** Carries out name changes and remembers them until they are durable. */
  #apply(changes: readonly NameChange[]): void {
    for (const { directory, key, before } of changes) {
      if (!before) continue;
      directory.entries.delete(key);
      before.inode.links -= 1;
    }
    for (const { directory, key, after } of changes) {
      if (after) {
        directory.entries.set(key, after);
        after.inode.links += 1;
      }
      directory.mtimeMs = this.#coarse(this.nowMs());
    }
    for (const { before } of changes) if (before) this.#release(before.inode);
    this.#log.add({ atMs: this.nowMs(), changes, synced: false });
  }

  /** Frees the bytes of a file that nobody can reach. */
  #release(inode: Inode): void {
    if (inode.links === 0 && inode.openHandles === 0) this.#usedBytes -= inode.size;
  }

  #touch(inode: Inode): void {
    inode.setMtime(this.#coarse(this.nowMs()), this.nowMs());
  }

  #tell(...paths: string[]): void {
    for (const path of paths) this.changed.emit(path);
  }

  #coarse(mtimeMs: number): number {
    const step = this.capabilities.mtimeGranularityMs;
    return Math.floor(mtimeMs / step) * step;
  }

  #existing(path: string): Place & { readonly entry: Entry } {
    const place = this.#place(path);
    return { ...place, entry: place.entry ?? fail('not-found') };
  }

  #free(path: string): Place {
    const place = this.#place(path);
    if (place.entry) fail('exists');
    if (this.capabilities.windowsNames && windowsRefused.test(place.name)) fail('unsupported');
    return place;
  }

  /** Walks to the parent of `path` without following links. */
  #place(path: string): Place {
    const names = path.split('/').slice(1);
    const last = names.pop() ?? fail('unsupported');
    let directory = this.#mounted(this.#root);
    for (const name of names) {
      const inode = directory.entries.get(this.#fold(name))?.inode ?? fail('not-found');
      if (inode.kind === 'link') fail('escapes');
      if (inode.kind !== 'directory') fail('not-directory');
      directory = this.#mounted(inode);
    }
    if (last.length * 3 > nameBytesMax && Buffer.byteLength(last) > nameBytesMax) fail('too-long');
    const key = this.#fold(last);
    return { directory, name: this.#unicode === 'nfd' ? last.normalize('NFD') : last, key, entry: directory.entries.get(key) };
  }

  #mounted(inode: Inode): Inode {
    return this.#mounts.get(inode) ?? inode;
  }

  #fold(name: string): string {
    const composed = this.#unicode === 'exact' ? name : name.normalize('NFC');
    return this.capabilities.caseSensitive ? composed : composed.toLowerCase();
  }
}

function checkReplaceable(inode: Inode, replaced: Inode): void {
  if (replaced.kind !== 'directory') {
    if (inode.kind === 'directory') fail('not-directory');
    return;
  }
  if (inode.kind !== 'directory') fail('is-directory');
  if (replaced.entries.size > 0) fail('not-empty');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function fail(kind: FileErrorKind): never {
  throw new DiskFault(kind);
}
