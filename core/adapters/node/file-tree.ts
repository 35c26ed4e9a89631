import * as fs from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { ok } from '../../base/index.ts';
import type {
  DirectoryItem,
  FileResult,
  FileStat,
  FileTree,
  ReadHandle,
  TreeCapabilities,
  WholeFile,
  WriteHandle,
} from '../../ports/index.ts';
import type { FileCalls } from './file-calls.ts';
import { call, callVoid, codeNotAFile, fileError, refusal } from './file-errors.ts';
import { renameNew } from './file-rename.ts';
import { fileKind, fileStat, utimeSeconds } from './file-stat.ts';
import { NodeReadHandle, NodeWriteHandle } from './open-file.ts';
import { carefulOpenFlags } from './open-flags.ts';
import { isUnsafePath } from './path-resolver.ts';
import type { PathResolver } from './path-resolver.ts';
import { SharedRuns } from './shared-runs.ts';

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

/** The {@link FileTree} of a real disk. How paths are resolved without following links is the resolver's business. */
export class NodeFileTree implements FileTree {
  readonly root: string;
  readonly capabilities: TreeCapabilities;
  readonly #resolver: PathResolver;
  readonly #calls: FileCalls;
  readonly #onClosed: () => Promise<void>;
  #isClosed = false;
  readonly #directorySyncs = new SharedRuns<string, Awaited<FileResult>>();

  /** `calls` are the opener's; `onClosed` tells that they are not used by this tree any more. */
  constructor(root: string, capabilities: TreeCapabilities, resolver: PathResolver, calls: FileCalls, onClosed: () => Promise<void>) {
    this.root = root;
    this.capabilities = capabilities;
    this.#resolver = resolver;
    this.#calls = calls;
    this.#onClosed = onClosed;
  }

  async stat(path: string): FileResult<FileStat | undefined> {
    if (path === '') return this.#rootStat();
    const stat = await this.#inParent(path, (native) => this.#calls.run(path, { kind: 'stat', native }));
    const isNothingThere = !stat.ok && (stat.error.kind === 'not-found' || stat.error.kind === 'not-directory');
    return isNothingThere ? ok(undefined) : stat;
  }

  #rootStat(): FileResult<FileStat> {
    return this.#inDirectory('', async (native) => {
      const stats = await call<fs.BigIntStats>('', (done) => fs.stat(native, { bigint: true }, done));
      return stats.ok ? ok(fileStat(stats.value)) : stats;
    });
  }

  list(path: string): FileResult<readonly DirectoryItem[]> {
    return this.#inDirectory(path, async (native) => {
      const items = await call<fs.Dirent[]>(path, (done) => fs.readdir(native, { withFileTypes: true }, done));
      if (!items.ok) return items;
      // U+FFFD is what decoding puts for bytes that are not UTF-8. It may also be in a name: then the bytes decide.
      if (items.value.some((item) => item.name.includes('\uFFFD'))) return listBytes(path, native);
      return ok(items.value.map((item) => ({ name: item.name, kind: fileKind(item), undecodable: false })));
    });
  }

  readLink(path: string): FileResult<string> {
    return this.#inParent(path, async (native) => {
      const target = await call<Buffer>(path, (done) => fs.readlink(native, { encoding: 'buffer' }, done));
      // EINVAL: not a link.
      if (!target.ok) return target.error.code === 'EINVAL' ? refusal('unsupported', path, 'NOT-A-LINK') : target;
      return isUtf8(target.value) ? ok(target.value.toString('utf8')) : refusal('unsupported', path, 'NOT-UNICODE');
    });
  }

  openRead(path: string): FileResult<ReadHandle> {
    return this.#openFile(path, O_RDONLY, (fd) => new NodeReadHandle(fd, path));
  }

  readWhole(path: string, bytesMax: number): FileResult<WholeFile> {
    return this.#inParent(path, (native) => this.#calls.run(path, { kind: 'read-whole', native, bytesMax }));
  }

  createWhole(
    path: string,
    bytes: Uint8Array,
    { mode, exactMode, mtimeMs }: { readonly mode: number; readonly exactMode: boolean; readonly mtimeMs: number },
  ): FileResult<FileStat> {
    let created: FileStat | undefined;
    return this.#inParent(
      path,
      async (native) => {
        // A copy that is handed over: `bytes` may be a part of something large, which would be copied as a whole.
        const job = { kind: 'create-whole', native, bytes: new Uint8Array(bytes), mode, exactMode, mtimeMs } as const;
        const made = await this.#calls.run(path, job);
        if (made.ok) created = made.value;
        return made;
      },
      async (native) => {
        const there = await this.#calls.run(path, { kind: 'stat', native });
        if (there.ok && there.value.inode === created?.inode) await callVoid(path, (done) => fs.unlink(native, done));
      },
    );
  }

  openWrite(path: string): FileResult<WriteHandle> {
    return this.#openFile(path, O_RDWR, (fd) => new NodeWriteHandle(fd, path));
  }

  create(path: string, mode: number): FileResult<WriteHandle> {
    let created: WriteHandle | undefined;
    return this.#inParent(
      path,
      async (native) => {
        const opened = await call<number>(path, (done) =>
          fs.open(native, O_RDWR | O_CREAT | O_EXCL | carefulOpenFlags, mode & 0o777, done),
        );
        return opened.ok ? ok((created = new NodeWriteHandle(opened.value, path))) : opened;
      },
      async (native) => {
        const mine = await created?.stat();
        await created?.close();
        const there = await call<fs.BigIntStats>(path, (done) => fs.lstat(native, { bigint: true }, done));
        if (mine?.ok && there.ok && fileStat(there.value).inode === mine.value.inode)
          await callVoid(path, (done) => fs.unlink(native, done));
      },
    );
  }

  makeDirectory(path: string): FileResult {
    return this.#inParent(
      path,
      (native) => callVoid(path, (done) => fs.mkdir(native, 0o777, done)),
      async (native) => void (await callVoid(path, (done) => fs.rmdir(native, done))),
    );
  }

  makeLink(path: string, target: string): FileResult {
    return this.#inParent(
      path,
      (native) => callVoid(path, (done) => fs.symlink(target, native, done)),
      async (native) => {
        const there = await call<string>(path, (done) => fs.readlink(native, done));
        if (there.ok && there.value === target) await callVoid(path, (done) => fs.unlink(native, done));
      },
    );
  }

  hardLink(from: string, to: string): FileResult {
    return this.#inParent(from, async (nativeFrom) => {
      const stats = await call<fs.Stats>(from, (done) => fs.lstat(nativeFrom, done));
      if (!stats.ok) return stats;
      // link(2) follows a link on some systems.
      if (!stats.value.isFile()) return refusal(stats.value.isDirectory() ? 'is-directory' : 'unsupported', from, 'NOT-A-FILE');
      return this.#inParent(
        to,
        (nativeTo) => callVoid(to, (done) => fs.link(nativeFrom, nativeTo, done)),
        async (nativeTo) => void (await callVoid(to, (done) => fs.unlink(nativeTo, done))),
      );
    });
  }

  rename(from: string, to: string, options: { readonly replace: boolean }): FileResult {
    return this.#inParent(from, (nativeFrom) =>
      this.#inParent(
        to,
        (nativeTo) =>
          options.replace
            ? callVoid(to, (done) => fs.rename(nativeFrom, nativeTo, done))
            : renameNew(this.#calls, { path: from, native: nativeFrom }, { path: to, native: nativeTo }),
        async (nativeTo) => void (await renameNew(this.#calls, { path: to, native: nativeTo }, { path: from, native: nativeFrom })),
      ),
    );
  }

  /** renameat2(RENAME_EXCHANGE) is not within reach of Node, nor is its like on other systems. */
  async exchange(a: string, _b: string): FileResult {
    return refusal('unsupported', a, 'NO-EXCHANGE');
  }

  unlink(path: string): FileResult {
    return this.#inParent(path, async (native) => {
      const removed = await callVoid(path, (done) => fs.unlink(native, done));
      if (removed.ok || removed.error.code !== 'EPERM') return removed;
      // macOS and Windows say so of a directory.
      const stats = await call<fs.Stats>(path, (done) => fs.lstat(native, done));
      return stats.ok && stats.value.isDirectory() ? refusal('is-directory', path, 'EPERM') : removed;
    });
  }

  removeDirectory(path: string): FileResult {
    return this.#inParent(path, async (native) => {
      const removed = await callVoid(path, (done) => fs.rmdir(native, done));
      // POSIX allows either errno.
      return !removed.ok && removed.error.code === 'EEXIST' ? refusal('not-empty', path, 'EEXIST') : removed;
    });
  }

  setMode(path: string, mode: number): FileResult {
    return this.#inParent(path, (native) => this.#resolver.setMode(native, path, mode));
  }

  setMtime(path: string, mtimeMs: number): FileResult {
    const seconds = utimeSeconds(mtimeMs);
    return this.#inParent(path, (native) => callVoid(path, (done) => fs.lutimes(native, seconds, seconds, done)));
  }

  /** Calls for one directory that come together share one fsync that begins after all of them. */
  syncDirectory(path: string): FileResult {
    // Windows cannot sync a directory; NTFS journals its names itself.
    if (process.platform === 'win32') return Promise.resolve(ok());
    return this.#directorySyncs.run(path, () =>
      this.#inDirectory(path, (native) => this.#calls.run(path, { kind: 'sync-directory', native })),
    );
  }

  space(): FileResult<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#inDirectory('', async (native) => {
      const stats = await call<fs.StatsFs>('', (done) => fs.statfs(native, done));
      if (!stats.ok) return stats;
      // What an ordinary user can still take, not what is reserved for root.
      return ok({ freeBytes: stats.value.bavail * stats.value.bsize, totalBytes: stats.value.blocks * stats.value.bsize });
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#resolver.close();
    await this.#onClosed();
  }

  #inParent<T>(path: string, use: (native: string) => FileResult<T>, withdraw?: (native: string) => Promise<void>): FileResult<T> {
    if (path === '' || isUnsafePath(path)) return Promise.resolve(refusal('escapes', path, 'UNSAFE-PATH'));
    return this.#resolver.inParent(path, use, withdraw);
  }

  #inDirectory<T>(path: string, use: (native: string) => FileResult<T>): FileResult<T> {
    if (isUnsafePath(path)) return Promise.resolve(refusal('escapes', path, 'UNSAFE-PATH'));
    return this.#resolver.inDirectory(path, use);
  }

  /** Opens an existing regular file. It is looked at before, because opening a device or pipe can have effects, and after, because it may have been swapped. */
  #openFile<T>(path: string, flags: number, wrap: (fd: number) => T): FileResult<T> {
    return this.#inParent(path, async (native) => {
      const before = await call<fs.Stats>(path, (done) => fs.lstat(native, done));
      if (!before.ok) return before;
      const refused = refusalToOpen(path, before.value);
      if (refused) return refused;
      const opened = await call<number>(path, (done) => fs.open(native, flags | carefulOpenFlags, done));
      if (!opened.ok) return opened;
      const after = await call<fs.Stats>(path, (done) => fs.fstat(opened.value, done));
      const swapped = after.ok ? refusalToOpen(path, after.value) : after;
      if (!swapped) return ok(wrap(opened.value));
      await callVoid(path, (done) => fs.close(opened.value, done));
      return swapped;
    });
  }
}

function refusalToOpen(path: string, stats: fs.Stats): ReturnType<typeof refusal> | undefined {
  switch (fileKind(stats)) {
    case 'file':
      return undefined;
    case 'directory':
      return refusal('is-directory', path, 'EISDIR');
    case 'link':
      return { ok: false, error: fileError(path, 'ELOOP') };
    case 'other':
      return { ok: false, error: fileError(path, codeNotAFile) };
  }
}

async function listBytes(path: string, native: string): FileResult<readonly DirectoryItem[]> {
  const items = await call<fs.Dirent<Buffer>[]>(path, (done) => fs.readdir(native, { withFileTypes: true, encoding: 'buffer' }, done));
  if (!items.ok) return items;
  return ok(items.value.map((item) => ({ name: item.name.toString('utf8'), kind: fileKind(item), undecodable: !isUtf8(item.name) })));
}
