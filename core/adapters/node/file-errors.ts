import type { Result } from '../../base/index.ts';
import { err, ok } from '../../base/index.ts';
import type { FileError, FileErrorKind, FileResult } from '../../ports/index.ts';

/** Our own word for what is no file, directory or link: pipes, sockets, devices are never opened. */
export const codeNotAFile = 'NOT-A-FILE';

/** The one place where errno codes get their meaning. A code that is not here is `io`. */
const kindByCode: Readonly<Record<string, FileErrorKind>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOTDIR: 'not-directory',
  EISDIR: 'is-directory',
  ENOTEMPTY: 'not-empty',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'read-only',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EBUSY: 'busy',
  ETXTBSY: 'busy',
  EAGAIN: 'busy',
  ENAMETOOLONG: 'too-long',
  EMFILE: 'too-many-open',
  ENFILE: 'too-many-open',
  ENOTSUP: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  ENOSYS: 'unsupported',
  // Names that the file system cannot hold, a directory moved into itself.
  EINVAL: 'unsupported',
  EILSEQ: 'unsupported',
  EMLINK: 'unsupported',
  EFBIG: 'unsupported',
  ENXIO: 'unsupported',
  // O_NOFOLLOW met a link.
  ELOOP: 'escapes',
  EXDEV: 'cross-device',
  [codeNotAFile]: 'unsupported',
};

export function fileError(path: string, code: string): FileError {
  return { kind: kindByCode[code] ?? 'io', path, code };
}

/** A failure that is decided here, not by the system; `code` says why. */
export function refusal(kind: FileErrorKind, path: string, code: string): { readonly ok: false; readonly error: FileError } {
  return { ok: false, error: { kind, path, code } };
}

/** The errno code of something that a Node call threw. */
export function errorCode(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof Error ? thrown.name : 'UNKNOWN';
}

export type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/**
 * One asynchronous call of `node:fs` in callback style (half the cost of its promises) with its error translated. `path` is what the
 * error shall name.
 */
export function call<T>(path: string, start: (done: Done<T>) => void): FileResult<T> {
  return new Promise<Result<T, FileError>>((resolve) => {
    const done: Done<T> = (error, value) => resolve(error ? err(fileError(path, errorCode(error))) : ok(value));
    try {
      start(done);
    } catch (thrown) {
      // Node throws at once for arguments it refuses, such as a path with NUL.
      resolve(err({ kind: 'unsupported', path, code: errorCode(thrown) }));
    }
  });
}

/** Like {@link call} for calls without a value. */
export function callVoid(path: string, start: (done: (error: NodeJS.ErrnoException | null) => void) => void): FileResult {
  return call<void>(path, (done) => start((error) => done(error, undefined)));
}
