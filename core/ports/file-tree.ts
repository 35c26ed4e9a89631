import type { Result } from '../base/index.ts';

/** What an object on disk is. `other`: pipe, socket, device; never opened. */
export type FileKind = 'file' | 'directory' | 'link' | 'other';

/** Everything that identifies an object and its state, without following links. */
export interface FileStat {
  readonly kind: FileKind;
  /** Bytes; of a file only meaningful. */
  readonly size: number;
  /** Whole and fractional ms since 1970 as the disk tells it. */
  readonly mtimeMs: number;
  /** Permission bits (0o7777). */
  readonly mode: number;
  /** Device number. */
  readonly device: string;
  /** Inode number. */
  readonly inode: string;
  readonly links: number;
}

/** A name in a directory. `undecodable` marks one that is not valid Unicode; its `name` is only for people. */
export interface DirectoryItem {
  readonly name: string;
  readonly kind: FileKind;
  readonly undecodable: boolean;
}

/** Platform errors, translated. Only `busy`, `io`, `full`, `too-many-open` can pass by themselves. */
export type FileErrorKind =
  | 'not-found'
  | 'exists'
  | 'not-directory'
  | 'is-directory'
  | 'not-empty'
  | 'permission'
  | 'read-only'
  | 'full'
  | 'busy'
  | 'too-long'
  | 'too-many-open'
  | 'unsupported'
  | 'escapes'
  | 'cross-device'
  | 'io';

export interface FileError {
  readonly kind: FileErrorKind;
  /** The path below the root, or the root's own path. */
  readonly path: string;
  /** The system's own word, for logs. */
  readonly code: string;
}

export type FileResult<T = void> = Promise<Result<T, FileError>>;

/** What this disk can hold, found out by trying when the tree was opened. */
export interface TreeCapabilities {
  readonly caseSensitive: boolean;
  /** False where two Unicode forms of one name are one file. */
  readonly unicodeExact: boolean;
  readonly links: boolean;
  readonly hardLinks: boolean;
  readonly executableBit: boolean;
  /** Steps in which the disk keeps times, ms (at least 1). */
  readonly mtimeGranularityMs: number;
  /** Windows' rules for names hold. */
  readonly windowsNames: boolean;
  /** `exchange` works. */
  readonly exchange: boolean;
}

/** An open file for reading: always the same inode, whatever happens to its name. */
export interface ReadHandle {
  stat(): FileResult<FileStat>;
  /** Up to `length` bytes at `offset`; fewer at the end of the file. They lie at the start of `memory` where that is given, else in a buffer of the caller's own. */
  read(offset: number, length: number, memory?: Uint8Array): FileResult<Uint8Array>;
  close(): Promise<void>;
}

/** An open new file. */
export interface WriteHandle {
  write(offset: number, bytes: Uint8Array): FileResult;
  read(offset: number, length: number, memory?: Uint8Array): FileResult<Uint8Array>;
  truncate(size: number): FileResult;
  /** Sets permission bits (0o777 part only, under the process's umask's responsibility of the caller). */
  setMode(mode: number): FileResult;
  setMtime(mtimeMs: number): FileResult;
  stat(): FileResult<FileStat>;
  /** Makes content, times and mode durable. */
  sync(): FileResult;
  close(): Promise<void>;
}

/** A file that was read from start to end in one step. */
export interface WholeFile {
  /** As it was before the first byte was read. */
  readonly stat: FileStat;
  /** Belongs to the caller. Undefined where the file has more bytes than asked for. */
  readonly content: Uint8Array | undefined;
  /** After reading, the handle and the name still had the same object in the same state, and all of its bytes had come. */
  readonly isStill: boolean;
}

/**
 * One directory tree on a disk. Paths are `/`-joined names below its root ('' is the root itself). No operation ever follows a
 * link in any component, not even one that is swapped in while it runs (FLD-7): it fails with `escapes`. Operations are atomic as
 * the system has them; nothing is durable before `sync` of the file and `syncDirectory` of its parent.
 */
export interface FileTree {
  /** The root's absolute path, for people and for the watcher. */
  readonly root: string;
  readonly capabilities: TreeCapabilities;
  /** Undefined where nothing has that name. */
  stat(path: string): FileResult<FileStat | undefined>;
  /** The names in a directory, unsorted, complete or an error. */
  list(path: string): FileResult<readonly DirectoryItem[]>;
  readLink(path: string): FileResult<string>;
  openRead(path: string): FileResult<ReadHandle>;
  /** Reads a file of at most `bytesMax` bytes in one step: what small files cost is steps. Fails as `openRead` does. */
  readWhole(path: string, bytesMax: number): FileResult<WholeFile>;
  /**
   * Creates a new file exclusively with its content and mtime and makes these durable, in one step. Gives its stat. With `exactMode` the
   * mode is set whatever the process's umask. After a failure something incomplete may be left.
   */
  createWhole(
    path: string,
    bytes: Uint8Array,
    options: { readonly mode: number; readonly exactMode: boolean; readonly mtimeMs: number },
  ): FileResult<FileStat>;
  /** Creates a new file exclusively (`exists` otherwise). */
  create(path: string, mode: number): FileResult<WriteHandle>;
  /** Opens an existing file for reading and writing (staging after a restart). */
  openWrite(path: string): FileResult<WriteHandle>;
  makeDirectory(path: string): FileResult;
  makeLink(path: string, target: string): FileResult;
  /** A second name for the same file. */
  hardLink(from: string, to: string): FileResult;
  /** With `replace` puts `from` over `to` atomically; without, fails with `exists` and never replaces. */
  rename(from: string, to: string, options: { readonly replace: boolean }): FileResult;
  /** Swaps two existing names in one step; `unsupported` where the system cannot. */
  exchange(a: string, b: string): FileResult;
  /** Removes a file or a link. */
  unlink(path: string): FileResult;
  /** Removes an empty directory; `not-empty` otherwise. */
  removeDirectory(path: string): FileResult;
  setMode(path: string, mode: number): FileResult;
  setMtime(path: string, mtimeMs: number): FileResult;
  syncDirectory(path: string): FileResult;
  space(): FileResult<{ readonly freeBytes: number; readonly totalBytes: number }>;
  close(): Promise<void>;
}

/** Opens trees. */
export interface FileTrees {
  /** `not-found`, `not-directory`, `permission` … where the root cannot be used. Creates nothing. Link-free resolution begins at the root. */
  open(root: string): FileResult<FileTree>;
  /** The canonical absolute path of an existing directory, links resolved, for comparing roots. */
  canonicalPath(root: string): FileResult<string>;
}
