import * as fs from 'node:fs';
import { sep } from 'node:path';
import { ok } from '../../base/index.ts';
import type { FileResult } from '../../ports/index.ts';
import { call, callVoid, refusal } from './file-errors.ts';
import { splitPath } from './path-resolver.ts';
import type { PathResolver, Withdraw } from './path-resolver.ts';

/**
 * Where there are no directory handles (macOS, Windows, a Linux without /proc): the parent's real path is compared with the expected
 * one before and after every operation. Between those looks a link may be swapped in and out again unseen; that window remains. What
 * was made elsewhere because of a link that is still there after the operation is withdrawn.
 */
export class PortablePathResolver implements PathResolver {
  readonly #root: string;

  /** `root` is the root's canonical path. */
  constructor(root: string) {
    this.#root = root;
  }

  inParent<T>(path: string, use: (native: string) => FileResult<T>, withdraw?: Withdraw): FileResult<T> {
    const { parent, name } = splitPath(path);
    return this.#checked(parent, (native) => use(native + sep + name), withdraw && ((real) => withdraw(real + sep + name)));
  }

  inDirectory<T>(path: string, use: (native: string) => FileResult<T>): FileResult<T> {
    return this.#checked(path, use);
  }

  async setMode(native: string, path: string, mode: number): FileResult {
    const stats = await call<fs.Stats>(path, (done) => fs.lstat(native, done));
    if (!stats.ok) return stats;
    if (stats.value.isSymbolicLink()) return refusal('unsupported', path, 'LINK-MODE');
    return callVoid(path, (done) => fs.chmod(native, mode & 0o777, done));
  }

  async close(): Promise<void> {}

  async #checked<T>(directory: string, use: (native: string) => FileResult<T>, withdraw?: Withdraw): FileResult<T> {
    const native = directory === '' ? this.#root : this.#root + sep + directory.replaceAll('/', sep);
    const before = await this.#realPath(directory, native);
    if (!before.ok) return before;
    if (!before.value.expected) return refusal('escapes', directory, 'PARENT-IS-LINK');
    const result = await use(native);
    const after = await this.#realPath(directory, native);
    if (after.ok && after.value.expected) return result;
    if (result.ok && after.ok) await withdraw?.(after.value.real);
    return after.ok ? refusal('escapes', directory, 'PARENT-SWAPPED') : after;
  }

  async #realPath(path: string, native: string): FileResult<{ readonly real: string; readonly expected: boolean }> {
    const real = await call<string>(path, (done) => fs.realpath.native(native, done));
    if (real.ok) return ok({ real: real.value, expected: spelling(real.value) === spelling(native) });
    return (await this.#hasLink(path)) ? refusal('escapes', path, 'DANGLING') : real;
  }

  /** Whether a component of `path` is a link, for the paths that do not resolve. */
  async #hasLink(path: string): Promise<boolean> {
    let native = this.#root;
    for (const component of path === '' ? [] : path.split('/')) {
      native += sep + component;
      const at = native;
      const stats = await call<fs.Stats>(path, (done) => fs.lstat(at, done));
      if (!stats.ok) return false;
      if (stats.value.isSymbolicLink()) return true;
    }
    return false;
  }
}

/** The real path has the disk's spelling of names; a link that differs from its target only in case or Unicode form stays within one directory. */
function spelling(path: string): string {
  return process.platform === 'linux' ? path : path.normalize('NFC').toLowerCase();
}
