import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileKind, FileStat } from '../../ports/index.ts';

/** What of a directory item or stat tells the kind of an object. */
interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export function fileKind(object: Kinds): FileKind {
  if (object.isFile()) return 'file';
  if (object.isDirectory()) return 'directory';
  return object.isSymbolicLink() ? 'link' : 'other';
}

/** The kind from `st_mode`: a quarter of the cost of asking the methods of a BigIntStats. */
function kindFromMode(mode: number): FileKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFLNK:
      return 'link';
    default:
      return 'other';
  }
}

/**
 * Translates a stat. Times are cut to whole microseconds: finer ones cannot be set from Node, and a double in ms holds no more in
 * our century (its step is 0.24 µs).
 */
export function fileStat(stats: BigIntStats): FileStat {
  const mode = Number(stats.mode);
  return {
    kind: kindFromMode(mode),
    size: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs / 1000n) / 1000,
    mode: mode & 0o7777,
    device: stats.dev.toString(),
    inode: stats.ino.toString(),
    links: Number(stats.nlink),
  };
}

/**
 * `mtimeMs` as the seconds that Node's utimes functions take. Node cuts the fraction of that double to nanoseconds or microseconds,
 * so …0.123 becomes …0.122999906; a quarter of a microsecond more makes whole microseconds come back as they were given.
 */
export function utimeSeconds(mtimeMs: number): number {
  return (mtimeMs + 0.000_25) / 1000;
}
