import * as fs from 'node:fs';
import type { FileResult } from '../../ports/index.ts';
import { call, callVoid } from './file-errors.ts';
import { DirectoryHandles } from './directory-handles.ts';
import { splitPath } from './path-resolver.ts';
import type { PathResolver } from './path-resolver.ts';

/** Linux, any kind of object: a handle of the object itself, a link included, that gives no access to its content. */
const objectFlags = 0o10000000 | fs.constants.O_NOFOLLOW;

/** Works below directory handles: `/proc/self/fd/N/name` is name in the directory of handle N, wherever that is now. */
export class LinuxPathResolver implements PathResolver {
  readonly #handles: DirectoryHandles;

  /** `root` is the root's place as the kernel spells it. */
  constructor(root: string) {
    this.#handles = new DirectoryHandles(root);
  }

  inParent<T>(path: string, use: (native: string) => FileResult<T>): FileResult<T> {
    const { parent, name } = splitPath(path);
    return this.#within(parent, (native) => use(`${native}/${name}`));
  }

  inDirectory<T>(path: string, use: (native: string) => FileResult<T>): FileResult<T> {
    return this.#within(path, use);
  }

  async setMode(native: string, path: string, mode: number): FileResult {
    const opened = await call<number>(path, (done) => fs.open(native, objectFlags, done));
    if (!opened.ok) return opened;
    const fd = opened.value;
    // chmod of a link through its handle is refused by the kernel (ENOTSUP).
    const changed = await callVoid(path, (done) => fs.chmod(`/proc/self/fd/${fd}`, mode & 0o777, done));
    await callVoid(path, (done) => fs.close(fd, done));
    return changed;
  }

  async close(): Promise<void> {
    this.#handles.close();
  }

  async #within<T>(directory: string, use: (native: string) => FileResult<T>): FileResult<T> {
    const handle = await this.#handles.acquire(directory);
    if (!handle.ok) return handle;
    try {
      return await use(handle.value.native);
    } finally {
      this.#handles.release(handle.value);
    }
  }
}

/** Whether this system has what {@link LinuxPathResolver} needs. */
export function hasDirectoryHandles(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const fd = fs.openSync('/', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`) === '/';
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return false;
  }
}
