import * as fs from 'node:fs';
import type { FileStat, WholeFile } from '../../ports/index.ts';
import { codeNotAFile, errorCode } from './file-errors.ts';
import type { FileJob, FileJobReply, FileJobValues } from './file-messages.ts';
import { fileKind, fileStat, utimeSeconds } from './file-stat.ts';
import { carefulOpenFlags, directoryOpenFlags } from './open-flags.ts';

/** Does one job with calls that wait for the disk: for threads that have nothing else to do. */
export function runFileJob(job: FileJob): FileJobReply {
  try {
    return { ok: true, value: run(job) };
  } catch (thrown) {
    return { ok: false, code: errorCode(thrown) };
  }
}

function run(job: FileJob): FileJobValues[FileJob['kind']] {
  switch (job.kind) {
    case 'stat':
      return fileStat(fs.lstatSync(job.native, { bigint: true }));
    case 'read-whole':
      return readWhole(job.native, job.bytesMax);
    case 'create-whole':
      return createWhole(job);
    case 'link-over':
      return linkOver(job.from, job.to);
    case 'sync-directory':
      return syncDirectory(job.native);
  }
}

/** The name is looked at before, because opening a device or pipe can have effects, and after, because it may have been swapped. */
function readWhole(native: string, bytesMax: number): WholeFile {
  refuseUnlessFile(fs.lstatSync(native));
  const fd = fs.openSync(native, fs.constants.O_RDONLY | carefulOpenFlags);
  try {
    const before = fs.fstatSync(fd, { bigint: true });
    refuseUnlessFile(before);
    const stat = fileStat(before);
    if (stat.size > bytesMax) return { stat, content: undefined, isStill: true };
    const content = readFully(fd, stat.size);
    const named = fs.lstatSync(native, { bigint: true, throwIfNoEntry: false });
    const isStill = named !== undefined && content.length === stat.size && isSame(before, named);
    return { stat, content, isStill };
  } finally {
    fs.closeSync(fd);
  }
}

/** The memory is nobody else's, so that it can be handed over. */
function readFully(fd: number, bytes: number): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  let done = 0;
  while (done < bytes) {
    const count = fs.readSync(fd, memory, done, bytes - done, done);
    if (count === 0) break;
    done += count;
  }
  return memory.subarray(0, done);
}

function isSame(a: fs.BigIntStats, b: fs.BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.mode === b.mode;
}

/** Fails as opening such an object would. */
function refuseUnlessFile(stats: fs.Stats | fs.BigIntStats): void {
  const kind = fileKind(stats);
  if (kind === 'file') return;
  const code = kind === 'directory' ? 'EISDIR' : kind === 'link' ? 'ELOOP' : codeNotAFile;
  throw Object.assign(new Error('not a file'), { code });
}

function createWhole({ native, bytes, mode, exactMode, mtimeMs }: Extract<FileJob, { kind: 'create-whole' }>): FileStat {
  const { O_CREAT, O_EXCL, O_RDWR } = fs.constants;
  const fd = fs.openSync(native, O_RDWR | O_CREAT | O_EXCL | carefulOpenFlags, mode & 0o777);
  try {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done, done);
    if (exactMode) fs.fchmodSync(fd, mode & 0o777);
    const seconds = utimeSeconds(mtimeMs);
    fs.futimesSync(fd, seconds, seconds);
    fs.fsyncSync(fd);
    return fileStat(fs.fstatSync(fd, { bigint: true }));
  } finally {
    fs.closeSync(fd);
  }
}

function linkOver(from: string, to: string): FileJobValues['link-over'] {
  let step: 'link' | 'unlink' = 'link';
  try {
    fs.linkSync(from, to);
    step = 'unlink';
    fs.unlinkSync(from);
    return undefined;
  } catch (thrown) {
    return { step, code: errorCode(thrown) };
  }
}

function syncDirectory(native: string): undefined {
  const fd = fs.openSync(native, directoryOpenFlags);
  try {
    fs.fsyncSync(fd);
  } catch (thrown) {
    // File systems that cannot sync a directory say EINVAL; their names are as durable as they get.
    if (errorCode(thrown) !== 'EINVAL') throw thrown;
  } finally {
    fs.closeSync(fd);
  }
}
