import { ok, present } from '../base/index.ts';
import type { DiskStat, HistoryRow } from '../journal/types.ts';
import type { RelPath, Snap } from '../model/index.ts';
import { privateDirectoryName } from '../model/index.ts';
import type { FileResult, FileStat, FileTree } from '../ports/index.ts';

/** The directories of our own below the root. */
export const stagingDirectory = `${privateDirectoryName}/staging`;
export const trashDirectory = `${privateDirectoryName}/trash`;

/** Stands for the root's own device number in stats that are kept. */
const rootDevice = 'root';

/**
 * The open tree of a folder. It may be closed and opened again while the folder is stopped, so nobody else keeps the tree itself.
 *
 * Device numbers are not the same after a restart of the machine on many file systems, so stats that are kept name the root's device
 * `root`: files do not look changed because of it, and another file system mounted below the root still differs (FLD-5).
 */
export class FolderDisk {
  #tree: FileTree | undefined;
  #rootDevice = '';

  get isOpen(): boolean {
    return this.#tree !== undefined;
  }

  /** Only to be called while {@link isOpen}. */
  get tree(): FileTree {
    return present(this.#tree, 'open tree');
  }

  /** Takes `tree`; errors are those of a stat of the root. */
  async attach(tree: FileTree): FileResult {
    const stat = await tree.stat('');
    if (!stat.ok) return stat;
    this.#rootDevice = stat.value?.device ?? '';
    this.#tree = tree;
    return ok();
  }

  async detach(): Promise<void> {
    const tree = this.#tree;
    this.#tree = undefined;
    await tree?.close();
  }

  /** Undefined where nothing has that name. */
  async stat(path: string): FileResult<DiskStat | undefined> {
    const stat = await this.tree.stat(path);
    return stat.ok ? ok(stat.value && this.keptStat(stat.value)) : stat;
  }

  /** `stat` in the form in which it is kept and compared. */
  keptStat({ kind, size, mtimeMs, mode, device, inode }: FileStat): DiskStat {
    return { kind, size, mtimeMs, mode, device: device === this.#rootDevice ? rootDevice : device, inode };
  }

  /** What a file of `stat` is, its blocks aside. What this disk cannot express is taken from `row` (FLD-8). */
  fileMetadata(stat: DiskStat, row: HistoryRow | undefined): { readonly mtimeMs: number; readonly executable: boolean } {
    const known = row?.entry.snap.kind === 'file' && row.stat.kind === 'file' ? { snap: row.entry.snap, stat: row.stat } : undefined;
    const onDisk = this.tree.capabilities.executableBit ? isExecutable(stat.mode) : (known?.snap.executable ?? false);
    return {
      mtimeMs: known && known.stat.mtimeMs === stat.mtimeMs ? known.snap.mtimeMs : Math.floor(stat.mtimeMs),
      executable: known && isExecutable(known.stat.mode) === isExecutable(stat.mode) ? known.snap.executable : onDisk,
    };
  }
}

/** The same object in the same state: what history says is what is on the disk (FLD-2). Directories only need to be directories. */
export function isSameState(a: DiskStat, b: DiskStat): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'directory') return true;
  const isSameObject = a.device === b.device && a.inode === b.inode && a.mtimeMs === b.mtimeMs;
  return isSameObject && (a.kind === 'link' || (a.size === b.size && a.mode === b.mode));
}

/**
 * `stat` as history keeps it while it proves nothing: the file's time is so near the present that a change right after would leave the
 * same one. No state on a disk is the same, so the next scan reads the file.
 */
export function unproven(stat: DiskStat): DiskStat {
  return { ...stat, inode: '' };
}

/** One object, whatever its state. */
export function isSameObject(a: DiskStat, b: DiskStat): boolean {
  return a.kind === b.kind && a.device === b.device && a.inode === b.inode;
}

export function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0;
}

/** Executable for whoever may read, or for nobody. */
export function withExecutable(mode: number, executable: boolean): number {
  return executable ? mode | ((mode & 0o444) >> 2) : mode & ~0o111;
}

/** Whether an object of `stat` can be what `snap` says, as far as a stat can tell. */
export function kindFits(stat: DiskStat, snap: Snap): boolean {
  return stat.kind === snap.kind && (snap.kind !== 'file' || snap.size === stat.size);
}

/** The part of the platform's error that people read. */
export function placeText(path: RelPath | string): string {
  return path === '' ? 'the folder' : `"${path}"`;
}
