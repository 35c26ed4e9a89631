import type { FileResult } from '../../ports/index.ts';

/** What to do about an object that was made at a place which turned out not to be below the root; `native` is that place. */
export type Withdraw = (native: string) => Promise<void>;

/**
 * How paths below a root become paths that Node's calls can be given without following a link on the way (FLD-7). The path handed to
 * `use` is good until its promise settles and must go to calls that do not follow a link in the last component.
 */
export interface PathResolver {
  /** `use` gets the native path of the object `path`, whose parent was resolved. Not for the root. */
  inParent<T>(path: string, use: (native: string) => FileResult<T>, withdraw?: Withdraw): FileResult<T>;
  /** `use` gets a native path that leads to the directory `path` itself; it may be a link of the system, so it goes to calls that follow. */
  inDirectory<T>(path: string, use: (native: string) => FileResult<T>): FileResult<T>;
  /** chmod of the object at `native`, never through a link there. `path` is for errors. */
  setMode(native: string, path: string, mode: number): FileResult;
  close(): Promise<void>;
}

/** Splits a path below the root into its parent and its last component. */
export function splitPath(path: string): { readonly parent: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? { parent: '', name: path } : { parent: path.slice(0, slash), name: path.slice(slash + 1) };
}

/** An empty, `.` or `..` component, or a NUL anywhere. */
const unsafe = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;
/** On Windows `\` separates as well, and `:` begins a drive or a stream. */
const unsafeOnWindows = /[\\:]/;

/** Whether `path` could name something that is not below the root; the root itself ('') is safe. */
export function isUnsafePath(path: string): boolean {
  if (path === '') return false;
  return unsafe.test(path) || (process.platform === 'win32' && unsafeOnWindows.test(path));
}
