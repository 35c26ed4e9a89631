import { present, utf8 } from '../../base/index.ts';
import type { FileKind } from '../../ports/index.ts';
import type { Inode } from './disk-inode.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimDisk } from './sim-disk.ts';

/** Ends the name under which careful editors write before they rename. */
export const editorDraftSuffix = '.~editor';

/** An object as the simulated user and the checkers see it. */
export interface WalkedObject {
  readonly kind: FileKind;
  /** Of a file: a copy of its bytes. */
  readonly content: Uint8Array;
  /** Any of the three executable bits. */
  readonly executable: boolean;
  readonly mtimeMs: number;
  /** Of a link. */
  readonly target: string;
  readonly inode: string;
}

/**
 * A person at the keyboard: works on the disk at once and synchronously, past all agents, and what is done is durable at once (so a
 * checker knows exactly what was written). Paths are absolute; parents are made as needed. Mistakes throw `DiskFault`. Watchers
 * notice all of it.
 */
export class SimUser {
  readonly disk: SimDisk;

  constructor(disk: SimDisk) {
    this.disk = disk;
  }

  exists(path: string): boolean {
    try {
      return this.disk.find(path) !== undefined;
    } catch {
      return false;
    }
  }

  read(path: string): Uint8Array {
    return this.disk.file(path).content();
  }

  /** Creates or overwrites a file in place: its inode stays. */
  write(path: string, content: Uint8Array | string): void {
    this.mkdir(parentOf(path));
    const file = this.disk.find(path) ? this.disk.file(path) : this.disk.create(path, 0o644);
    this.disk.truncate(file, path, 0);
    this.disk.write(file, path, 0, typeof content === 'string' ? utf8(content) : content);
    this.#persist(path, file);
  }

  /**
   * Writes a file piece by piece in `overMs`, so that others can see it half done. It stays open meanwhile: what happens to its name
   * does not concern the writer. A power cut ends it where it is.
   */
  writeSlowly(scheduler: Scheduler, path: string, content: Uint8Array, pieces: number, overMs: number): void {
    this.write(path, '');
    const file = this.disk.file(path);
    const pieceBytes = Math.ceil(content.length / pieces);
    this.disk.opened(file);
    const { powerCuts } = this.disk;
    for (let piece = 0; piece < pieces; piece++) {
      scheduler.schedule((overMs * (piece + 1)) / pieces, `user writes ${path}`, () => {
        if (this.disk.powerCuts !== powerCuts) return;
        const offset = piece * pieceBytes;
        this.disk.write(file, path, offset, content.subarray(offset, offset + pieceBytes));
        file.sync();
        if (piece === pieces - 1) this.disk.closed(file);
      });
    }
  }

  /** Writes as careful editors do: a new file beside it, renamed over it. */
  replace(path: string, content: Uint8Array | string): void {
    const draft = `${path}${editorDraftSuffix}`;
    this.write(draft, content);
    this.rename(draft, path);
  }

  append(path: string, content: Uint8Array | string): void {
    const file = this.disk.file(path);
    this.disk.write(file, path, file.size, typeof content === 'string' ? utf8(content) : content);
    this.#persist(path, file);
  }

  /** `mkdir -p`. */
  mkdir(path: string): void {
    if (this.exists(path)) return;
    this.mkdir(parentOf(path));
    this.disk.makeDirectory(path);
    this.disk.syncLast(path);
  }

  /** `mv`, over a file if there is one. */
  rename(from: string, to: string): void {
    this.mkdir(parentOf(to));
    this.disk.rename(from, to, true);
    this.disk.syncLast(to);
  }

  /** `rm -r`. */
  remove(path: string): void {
    const inode = this.disk.get(path);
    if (inode.kind === 'directory') {
      for (const { name } of [...inode.entries.values()]) this.remove(`${path}/${name}`);
      this.disk.removeDirectory(path);
    } else {
      this.disk.unlink(path);
    }
    this.disk.syncLast(path);
  }

  symlink(path: string, target: string): void {
    this.mkdir(parentOf(path));
    this.disk.makeLink(path, target);
    this.disk.syncLast(path);
  }

  hardLink(from: string, to: string): void {
    this.disk.hardLink(from, to);
    this.disk.syncLast(to);
  }

  /** Creates a file in `directory` whose name is no valid Unicode. */
  undecodableName(directory: string): void {
    this.mkdir(directory);
    this.disk.createUndecodable(`${directory}/bad\uFFFD`);
    this.disk.syncLast(`${directory}/bad\uFFFD`);
  }

  pipe(path: string): void {
    this.disk.makePipe(path);
    this.disk.syncLast(path);
  }

  chmod(path: string, mode: number): void {
    const inode = this.disk.get(path);
    this.disk.setMode(inode, path, mode);
    inode.sync();
  }

  /** `touch -d`. */
  touch(path: string, mtimeMs: number): void {
    const inode = this.disk.get(path);
    this.disk.setMtime(inode, path, mtimeMs);
    inode.sync();
  }

  /** Everything below `root` (not `root` itself) by path below it; empty where `root` is no directory. */
  walk(root: string): Map<string, WalkedObject> {
    const found = new Map<string, WalkedObject>();
    if (!this.exists(root)) return found;
    this.#walkInto(this.disk.get(root), root === '/' ? '' : root, '', found);
    return found;
  }

  #walkInto(directory: Inode, absolute: string, prefix: string, found: Map<string, WalkedObject>): void {
    for (const { name } of [...directory.entries.values()]) {
      const path = `${absolute}/${name}`;
      const inode = present(this.disk.find(path), path);
      const { kind, mtimeMs, target, number } = inode;
      const executable = kind === 'file' && (inode.mode & 0o111) !== 0;
      found.set(`${prefix}${name}`, { kind, content: inode.content(), executable, mtimeMs, target, inode: `${inode.device}/${number}` });
      if (kind === 'directory') this.#walkInto(inode, path, `${prefix}${name}/`, found);
    }
  }

  #persist(path: string, inode: Inode): void {
    inode.sync();
    this.disk.syncLast(path);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
