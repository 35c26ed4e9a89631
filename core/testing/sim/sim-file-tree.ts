import { err, ok } from '../../base/index.ts';
import type { Result } from '../../base/index.ts';
import type {
  DirectoryItem,
  FileError,
  FileResult,
  FileStat,
  FileTree,
  FileTrees,
  ReadHandle,
  TreeCapabilities,
  WholeFile,
  WriteHandle,
} from '../../ports/index.ts';
import { DiskFault } from './disk-inode.ts';
import type { Inode } from './disk-inode.ts';
import type { Lane } from './lane.ts';
import type { Prng } from './prng.ts';
import type { InjectedFault } from './disk-options.ts';
import type { SimDisk } from './sim-disk.ts';
import { canonicalPath, findOrNothing } from './sim-paths.ts';

/** How long operations take: each draws between the bounds, ms of true time. */
export interface DiskSpeed {
  readonly operationMs: readonly [number, number];
  readonly syncMs: readonly [number, number];
}

export const fastDisk: DiskSpeed = { operationMs: [0.02, 0.25], syncMs: [0.5, 6] };

/** Asked right before each operation takes effect. `operation` is the name of the method, `path` absolute. */
export type CrashPoint = (operation: string, path: string) => 'go-on' | 'crash';

/** What all trees of one run of a program share. */
export interface DiskAccess {
  readonly disk: SimDisk;
  readonly lane: Lane;
  readonly prng: Prng;
  readonly speed: () => DiskSpeed;
  readonly crashPoint: CrashPoint;
  /** Called when the crash point said so: the host dies, the operation never completes. */
  readonly die: () => void;
}

/** {@link FileTrees} of one run of one program over a {@link SimDisk}. */
export class SimFileTrees implements FileTrees {
  readonly #runner: OperationRunner;

  constructor(access: DiskAccess) {
    this.#runner = new OperationRunner(access);
  }

  open(root: string): FileResult<FileTree> {
    return this.#runner.run('open', root, root, (disk) => {
      const canonical = canonicalPath(disk, root);
      disk.directory(canonical);
      return new SimFileTree(this.#runner, canonical, disk.capabilities);
    });
  }

  canonicalPath(root: string): FileResult<string> {
    return this.#runner.run('canonicalPath', root, root, (disk) => {
      const canonical = canonicalPath(disk, root);
      disk.directory(canonical);
      return canonical;
    });
  }
}

class SimFileTree implements FileTree {
  readonly root: string;
  readonly capabilities: TreeCapabilities;
  readonly #runner: OperationRunner;

  constructor(runner: OperationRunner, root: string, capabilities: TreeCapabilities) {
    this.#runner = runner;
    this.root = root;
    this.capabilities = capabilities;
  }

  stat(path: string): FileResult<FileStat | undefined> {
    return this.#run('stat', path, (disk, at) => {
      const inode = path === '' ? disk.directory(at) : findOrNothing(disk, at);
      return inode && disk.statOf(inode);
    });
  }

  list(path: string): FileResult<readonly DirectoryItem[]> {
    return this.#run('list', path, (disk, at) =>
      [...disk.directory(at).entries.values()].map(({ name, inode, undecodable = false }) => ({ name, kind: inode.kind, undecodable })),
    );
  }

  readLink(path: string): FileResult<string> {
    return this.#run('readLink', path, (disk, at) => {
      const inode = disk.get(at);
      if (inode.kind !== 'link') throw new DiskFault('unsupported');
      return inode.target;
    });
  }

  openRead(path: string): FileResult<ReadHandle> {
    return this.#run('openRead', path, (disk, at) => new SimHandle(this.#runner, disk.file(at), path, at));
  }

  create(path: string, mode: number): FileResult<WriteHandle> {
    return this.#run('create', path, (disk, at) => new SimHandle(this.#runner, disk.create(at, mode), path, at));
  }

  /** Step by step, as the real one: whatever can happen between two calls of the system can happen here. */
  async readWhole(path: string, bytesMax: number): FileResult<WholeFile> {
    const opened = await this.openRead(path);
    if (!opened.ok) return opened;
    const stat = await opened.value.stat();
    if (!stat.ok || stat.value.size > bytesMax) {
      await opened.value.close();
      return stat.ok ? ok({ stat: stat.value, content: undefined, isStill: true }) : stat;
    }
    const content = await opened.value.read(0, stat.value.size);
    await opened.value.close();
    if (!content.ok) return content;
    const named = await this.stat(path);
    const isStill = named.ok && isSameState(named.value, stat.value) && content.value.length === stat.value.size;
    return ok({ stat: stat.value, content: content.value, isStill });
  }

  async createWhole(
    path: string,
    bytes: Uint8Array,
    { mode, exactMode, mtimeMs }: { readonly mode: number; readonly exactMode: boolean; readonly mtimeMs: number },
  ): FileResult<FileStat> {
    const created = await this.create(path, mode);
    if (!created.ok) return created;
    const handle = created.value;
    const steps: readonly (() => FileResult)[] = [
      () => handle.write(0, bytes),
      () => (exactMode ? handle.setMode(mode) : Promise.resolve(ok())),
      () => handle.setMtime(mtimeMs),
      () => handle.sync(),
    ];
    for (const step of steps) {
      const done = await step();
      if (done.ok) continue;
      await handle.close();
      return done;
    }
    const stat = await handle.stat();
    await handle.close();
    return stat;
  }

  openWrite(path: string): FileResult<WriteHandle> {
    return this.#run('openWrite', path, (disk, at) => new SimHandle(this.#runner, disk.file(at), path, at));
  }

  makeDirectory(path: string): FileResult {
    return this.#run('makeDirectory', path, (disk, at) => void disk.makeDirectory(at));
  }

  makeLink(path: string, target: string): FileResult {
    return this.#run('makeLink', path, (disk, at) => void disk.makeLink(at, target));
  }

  hardLink(from: string, to: string): FileResult {
    return this.#run('hardLink', to, (disk, at) => disk.hardLink(this.#absolute(from), at));
  }

  /** As on real systems without a native call, a rename that must not replace is a link and an unlink: a crash can leave both names. */
  rename(from: string, to: string, options: { readonly replace: boolean }): FileResult {
    const source = this.#absolute(from);
    const linkOnly = options.replace ? undefined : (disk: SimDisk, at: string): void => disk.hardLink(source, at);
    const renamed = this.#run('rename', to, (disk, at) => disk.rename(source, at, options.replace), linkOnly);
    return options.replace ? this.#runner.replacing(this.#absolute(to), renamed) : renamed;
  }

  exchange(a: string, b: string): FileResult {
    return this.#run('exchange', b, (disk, at) => disk.exchange(this.#absolute(a), at));
  }

  unlink(path: string): FileResult {
    return this.#run('unlink', path, (disk, at) => disk.unlink(at));
  }

  removeDirectory(path: string): FileResult {
    return this.#run('removeDirectory', path, (disk, at) => disk.removeDirectory(at));
  }

  setMode(path: string, mode: number): FileResult {
    return this.#run('setMode', path, (disk, at) => disk.setMode(noLink(disk.get(at)), at, mode));
  }

  setMtime(path: string, mtimeMs: number): FileResult {
    return this.#run('setMtime', path, (disk, at) => disk.setMtime(disk.get(at), at, mtimeMs));
  }

  syncDirectory(path: string): FileResult {
    return this.#run('syncDirectory', path, (disk, at) => disk.syncDirectory(disk.directory(at)));
  }

  space(): FileResult<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#run('space', '', (disk) => ({ freeBytes: disk.freeBytes, totalBytes: disk.capacityBytes }));
  }

  async close(): Promise<void> {
    // A tree holds nothing open: it finds its root by path for every operation, so a folder that was moved away is missed.
  }

  #run<T>(
    operation: string,
    path: string,
    effect: (disk: SimDisk, absolute: string) => T,
    halfEffect?: (disk: SimDisk, absolute: string) => void,
  ): FileResult<T> {
    const absolute = this.#absolute(path);
    const isUnsafe = path !== '' && path.split('/').some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'));
    if (isUnsafe || (path === '' && !rootOperations.has(operation)))
      return Promise.resolve(err({ kind: 'escapes', path, code: 'SIM_UNSAFE' }));
    return this.#runner.run(
      operation,
      path,
      absolute,
      (disk) => effect(disk, absolute),
      halfEffect && ((disk) => halfEffect(disk, absolute)),
    );
  }

  #absolute(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }
}

/** Operations that the root itself allows. */
const rootOperations: ReadonlySet<string> = new Set(['stat', 'list', 'syncDirectory', 'space']);

/** An open file: always the same inode. */
class SimHandle implements ReadHandle, WriteHandle {
  readonly #runner: OperationRunner;
  readonly #inode: Inode;
  readonly #path: string;
  readonly #absolute: string;
  #isOpen = true;

  constructor(runner: OperationRunner, inode: Inode, path: string, absolute: string) {
    this.#runner = runner;
    this.#inode = inode;
    this.#path = path;
    this.#absolute = absolute;
    runner.opened(inode);
  }

  stat(): FileResult<FileStat> {
    return this.#run('stat', (disk) => disk.statOf(this.#inode));
  }

  read(offset: number, length: number, memory?: Uint8Array): FileResult<Uint8Array> {
    return this.#run('read', () => {
      const bytes = this.#inode.read(offset, length);
      memory?.set(bytes);
      return memory?.subarray(0, bytes.length) ?? bytes;
    });
  }

  write(offset: number, bytes: Uint8Array): FileResult {
    const copy = bytes.slice();
    return this.#run('write', (disk) => disk.write(this.#inode, this.#absolute, offset, copy));
  }

  truncate(size: number): FileResult {
    return this.#run('truncate', (disk) => disk.truncate(this.#inode, this.#absolute, size));
  }

  setMode(mode: number): FileResult {
    return this.#run('setMode', (disk) => disk.setMode(this.#inode, this.#absolute, mode));
  }

  setMtime(mtimeMs: number): FileResult {
    return this.#run('setMtime', (disk) => disk.setMtime(this.#inode, this.#absolute, mtimeMs));
  }

  sync(): FileResult {
    return this.#run('sync', () => this.#inode.sync());
  }

  async close(): Promise<void> {
    await this.#runner.pause();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#runner.closed(this.#inode);
  }

  #run<T>(operation: string, effect: (disk: SimDisk) => T): FileResult<T> {
    return this.#runner.run(operation, this.#path, this.#absolute, (disk) => {
      if (!this.#isOpen) throw new DiskFault('io');
      return effect(disk);
    });
  }
}

/** Gives operations their duration, crash points and injected faults, and their errors as values. */
class OperationRunner {
  readonly #access: DiskAccess;
  /** Inodes that this program has open, once per handle. */
  readonly #open: Inode[] = [];

  constructor(access: DiskAccess) {
    this.#access = access;
    access.lane.onDeath(() => access.disk.closeHandles(this.#open));
  }

  /** `halfEffect` is what a crash can leave of an operation that is not atomic. */
  async run<T>(
    operation: string,
    path: string,
    absolute: string,
    effect: (disk: SimDisk) => T,
    halfEffect?: (disk: SimDisk) => void,
  ): Promise<Result<T, FileError>> {
    const { disk, lane, prng, speed, crashPoint, die } = this.#access;
    const [minMs, maxMs] = operation === 'sync' || operation === 'syncDirectory' ? speed().syncMs : speed().operationMs;
    await lane.wait(prng.between(minMs, maxMs), `${lane.name}:disk ${operation}`);
    if (lane.dead) return lane.never();
    if (crashPoint(operation, absolute) === 'crash') {
      if (halfEffect && prng.chance(0.5)) attempt(() => halfEffect(disk));
      die();
      return lane.never();
    }
    try {
      const fault = takeFault(disk, operation, absolute);
      if (fault) throw new DiskFault(fault.kind);
      return ok(effect(disk)) as Result<T, FileError>;
    } catch (error) {
      if (!(error instanceof DiskFault)) throw error;
      return err({ kind: error.kind, path, code: `SIM_${error.kind.toUpperCase()}` });
    }
  }

  /** Notes that `absolute` is about to be replaced until `renamed` settles. */
  replacing<T>(absolute: string, renamed: Promise<T>): Promise<T> {
    const { aboutToReplace } = this.#access.disk;
    aboutToReplace.add(absolute);
    return renamed.finally(() => aboutToReplace.delete(absolute));
  }

  pause(): Promise<void> {
    const { lane, prng, speed } = this.#access;
    return lane.wait(prng.between(...speed().operationMs), `${lane.name}:disk close`);
  }

  opened(inode: Inode): void {
    this.#open.push(inode);
    this.#access.disk.opened(inode);
  }

  closed(inode: Inode): void {
    const at = this.#open.indexOf(inode);
    if (at >= 0) this.#open.splice(at, 1);
    this.#access.disk.closed(inode);
  }
}

function isSameState(a: FileStat | undefined, b: FileStat): boolean {
  return a !== undefined && a.inode === b.inode && a.size === b.size && a.mtimeMs === b.mtimeMs && a.mode === b.mode;
}

function takeFault(disk: SimDisk, operation: string, path: string): InjectedFault | undefined {
  for (const fault of disk.faults) {
    if (!fault.applies(operation, path)) continue;
    if (fault.times !== undefined && --fault.times <= 0) disk.faults.delete(fault);
    return fault;
  }
  return undefined;
}

function attempt(effect: () => void): void {
  try {
    effect();
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
  }
}

function noLink(inode: Inode): Inode {
  if (inode.kind === 'link') throw new DiskFault('escapes');
  return inode;
}
