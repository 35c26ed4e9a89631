import * as fs from 'node:fs';
import type { Result } from '../../base/index.ts';
import { assert, deferred, ok } from '../../base/index.ts';
import type { FileError, FileResult, FileStat, ReadHandle, WriteHandle } from '../../ports/index.ts';
import { call, callVoid, refusal } from './file-errors.ts';
import { fileStat, utimeSeconds } from './file-stat.ts';

/**
 * A file descriptor that is closed only when no call uses it any more: the system gives a closed number to the next file, so a read
 * that is still queued would read that one.
 */
class OpenFile {
  readonly path: string;
  readonly #fd: number;
  #users = 0;
  #closed = false;
  readonly #released = deferred<void>();

  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.path = path;
  }

  /** Runs `task` with the descriptor; fails with code EBADF after close. */
  async use<T>(task: (fd: number) => Promise<Result<T, FileError>>): FileResult<T> {
    if (this.#closed) return refusal('io', this.path, 'EBADF');
    this.#users += 1;
    try {
      return await task(this.#fd);
    } finally {
      this.#users -= 1;
      this.#releaseWhenUnused();
    }
  }

  /** Idempotent; waits for the calls under way. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#releaseWhenUnused();
    }
    return this.#released.promise;
  }

  #releaseWhenUnused(): void {
    // Whatever close says, the descriptor is gone; what had to be durable was synced before.
    if (this.#closed && this.#users === 0) fs.close(this.#fd, () => this.#released.resolve());
  }
}

/** Reads until `length` bytes or the end of the file; returns how many. */
async function readFully(path: string, fd: number, into: Uint8Array, offset: number): FileResult<number> {
  let done = 0;
  while (done < into.length) {
    const at = done;
    const count = await call<number>(path, (next) => fs.read(fd, into, at, into.length - at, offset + at, next));
    if (!count.ok) return count;
    if (count.value === 0) break;
    done += count.value;
  }
  return ok(done);
}

/** An open file for reading. Others of this package may borrow its descriptor through {@link NodeReadHandle.use}. */
export class NodeReadHandle implements ReadHandle {
  readonly path: string;
  protected readonly file: OpenFile;

  constructor(fd: number, path: string) {
    this.path = path;
    this.file = new OpenFile(fd, path);
  }

  /** Lends the descriptor for the time of `task`; a close waits for it. */
  use<T>(task: (fd: number) => Promise<Result<T, FileError>>): FileResult<T> {
    return this.file.use(task);
  }

  stat(): FileResult<FileStat> {
    return this.file.use(async (fd) => {
      const stats = await call<fs.BigIntStats>(this.path, (done) => fs.fstat(fd, { bigint: true }, done));
      return stats.ok ? ok(fileStat(stats.value)) : stats;
    });
  }

  read(offset: number, length: number, memory?: Uint8Array): FileResult<Uint8Array> {
    assert(Number.isSafeInteger(offset) && offset >= 0 && length >= 0, 'a read has a place and a length');
    assert(memory === undefined || memory.length >= length, 'what is read fits into the memory that is given');
    return this.file.use(async (fd) => {
      // Fresh memory is not zeroed and not pooled: it is the caller's alone.
      const space = memory?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
      const count = await readFully(this.path, fd, space, offset);
      return count.ok ? ok(new Uint8Array(space.buffer, space.byteOffset, count.value)) : count;
    });
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

export class NodeWriteHandle extends NodeReadHandle implements WriteHandle {
  write(offset: number, bytes: Uint8Array): FileResult {
    return this.file.use(async (fd) => {
      let done = 0;
      while (done < bytes.length) {
        const at = done;
        const count = await call<number>(this.path, (next) => fs.write(fd, bytes, at, bytes.length - at, offset + at, next));
        if (!count.ok) return count;
        done += count.value;
      }
      return ok();
    });
  }

  truncate(size: number): FileResult {
    return this.file.use((fd) => callVoid(this.path, (done) => fs.ftruncate(fd, size, done)));
  }

  setMode(mode: number): FileResult {
    return this.file.use((fd) => callVoid(this.path, (done) => fs.fchmod(fd, mode & 0o777, done)));
  }

  setMtime(mtimeMs: number): FileResult {
    const seconds = utimeSeconds(mtimeMs);
    return this.file.use((fd) => callVoid(this.path, (done) => fs.futimes(fd, seconds, seconds, done)));
  }

  sync(): FileResult {
    return this.file.use((fd) => callVoid(this.path, (done) => fs.fsync(fd, done)));
  }
}
