import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '../../core/base/index.ts';
import type { Scale, WorkRowId } from './rows.ts';

/** What a user does in a row, how one sees that it arrived, and how one makes sure of it. */
export interface Workload {
  /** Works in the writer's folder as a program of the user would, at full speed, and returns at the last close(). */
  write(folder: string): void;
  /** A look at the reader's folder, to be called again and again: true once everything is visible under its name. Costs few system calls. */
  watch(folder: string): () => boolean;
}

const largeFile = 'large.bin';
const pieceBytes = 4 * MIB;
const filesPerDirectory = 100;

export function workloadOf(row: WorkRowId, scale: Scale): Workload {
  switch (row) {
    case 'new-file':
      return newFile(scale);
    case 'edit':
      return edit(scale);
    case 'many-files':
      return manyFiles(scale);
  }
}

function newFile({ largeFileBytes }: Scale): Workload {
  return {
    write: (folder) => writeNoise(join(folder, largeFile), largeFileBytes),
    watch: (folder) => () => hasSize(join(folder, largeFile), largeFileBytes),
  };
}

/** The size stays: that it arrived shows in the changed bytes themselves. */
function edit({ largeFileBytes, editBytes }: Scale): Workload {
  const offset = Math.floor(largeFileBytes / 2);
  const wanted = noise('edit').update(Buffer.alloc(editBytes));
  return {
    write: (folder) => {
      const file = openSync(join(folder, largeFile), 'r+');
      writeFully(file, wanted, offset);
      closeSync(file);
    },
    watch: (folder) => {
      const found = Buffer.alloc(editBytes);
      return () => {
        const file = openIfThere(join(folder, largeFile));
        if (file === undefined) return false;
        readSync(file, found, 0, editBytes, offset);
        closeSync(file);
        return found.equals(wanted);
      };
    },
  };
}

function manyFiles({ smallFileCount, smallFileBytes }: Scale): Workload {
  const paths = smallFilePaths(smallFileCount);
  return {
    write: (folder) => {
      const source = noise('many files');
      const blank = Buffer.alloc(smallFileBytes);
      paths.forEach((path, index) => {
        if (index % filesPerDirectory === 0) mkdirSync(join(folder, path, '..'), { recursive: true });
        const file = openSync(join(folder, path), 'w');
        writeFully(file, source.update(blank), null);
        closeSync(file);
      });
    },
    // What is visible stays visible, so that each look begins where the last one found nothing.
    watch: (folder) => {
      let next = 0;
      return () => {
        for (; next < paths.length; next++) if (!hasSize(join(folder, paths[next] ?? ''), smallFileBytes)) return false;
        return true;
      };
    },
  };
}

/** Relative paths of the small files, a hundred to a directory. */
export function smallFilePaths(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const directory = Math.floor(index / filesPerDirectory);
    return join(`directory-${String(directory).padStart(3, '0')}`, `file-${String(index % filesPerDirectory).padStart(2, '0')}.bin`);
  });
}

/** The first difference between two folders in words, every file read in full; undefined where there is none. Top-level names with a dot are the agents' own. */
export function firstDifference(writerFolder: string, readerFolder: string): string | undefined {
  const names = listFiles(writerFolder);
  const others = new Set(listFiles(readerFolder));
  const missing = names.find((name) => !others.has(name));
  if (missing !== undefined) return `${missing} is missing on the reader`;
  if (others.size > names.length) return `the reader has ${others.size - names.length} more files than the writer`;
  const different = names.find((name) => !sameContent(join(writerFolder, name), join(readerFolder, name)));
  return different === undefined ? undefined : `${different} has another content on the reader`;
}

function listFiles(folder: string): string[] {
  const walk = (below: string): string[] =>
    readdirSync(join(folder, below), { withFileTypes: true }).flatMap((item) => {
      if (below === '' && item.name.startsWith('.')) return [];
      const path = join(below, item.name);
      return item.isDirectory() ? walk(path) : [path];
    });
  return walk('');
}

function sameContent(a: string, b: string): boolean {
  const { size } = statSync(a);
  if (statSync(b).size !== size) return false;
  if (size <= pieceBytes) return readFileSync(a).equals(readFileSync(b));
  const [fileA, fileB] = [openSync(a, 'r'), openSync(b, 'r')];
  const [pieceA, pieceB] = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)];
  let same = true;
  for (let offset = 0; same && offset < size; offset += pieceBytes) {
    const [readA, readB] = [readSync(fileA, pieceA, 0, pieceBytes, offset), readSync(fileB, pieceB, 0, pieceBytes, offset)];
    same = readA === readB && pieceA.subarray(0, readA).equals(pieceB.subarray(0, readB));
  }
  closeSync(fileA);
  closeSync(fileB);
  return same;
}

/** Bytes that no one can compress, the same in every run: the key stream of a cipher, several GB/s. */
function noise(name: string): { update(zeros: Buffer): Buffer } {
  return createCipheriv('aes-256-ctr', createHash('sha256').update(name).digest(), Buffer.alloc(16));
}

/** A file that no one can compress; the same one in every run. */
export function writeNoise(path: string, bytes: number): void {
  const source = noise('large file');
  const blank = Buffer.alloc(pieceBytes);
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes; written += pieceBytes) writeFully(file, source.update(blank.subarray(0, bytes - written)), null);
  closeSync(file);
}

/** One write() may take less than it is given. */
function writeFully(file: number, bytes: Buffer, position: number | null): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, position === null ? null : position + done);
}

function hasSize(path: string, bytes: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
