import { fstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Result } from '../../base/index.ts';
import { deferred, err, KIB, ok } from '../../base/index.ts';
import type { Deferred } from '../../base/index.ts';
import type { BlockName, BlockRef, CutClass } from '../../model/index.ts';
import { copyBlocksThroughPorts } from '../../ports/index.ts';
import type { BlockCopy, FileError, FileResult, Hasher, ReadHandle, WriteHandle } from '../../ports/index.ts';
import { packCopies } from './block-copier.ts';
import { BlockCutter, cutReadBytes, sha256Hex } from './block-cutter.ts';
import { fileError, refusal } from './file-errors.ts';
import { abortedCode, abortedControl, nameChars } from './hasher-messages.ts';
import type { HasherReply, HasherRequest } from './hasher-messages.ts';
import { cutInParts, type Part } from './part-cuts.ts';
import { NodeReadHandle } from './open-file.ts';
import { WorkerPool } from './worker-pool.ts';

export interface NodeHasherOptions {
  /** Worker threads at most; default two, or one on a single core. They start with the first work. */
  readonly workers?: number;
  /** Where the code of the workers is; a bundle passes its own file. */
  readonly workerUrl?: URL;
  /**
   * Whether blocks in shared memory are hashed on a thread of their own, where they lie. That frees the caller's thread of half a second
   * per GiB, and costs a tenth more processor time in all (measured, two devices on two cores). Default: with more than two cores.
   */
  readonly handsOverHashing?: boolean;
}

/** Below this, handing bytes over costs the caller's thread about as much as hashing them. */
const handOverBytesMin = 64 * KIB;

interface JobOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/** A job in the hands of a worker. */
interface Job {
  readonly settled: Deferred<HasherReply>;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * The {@link Hasher} on worker threads: reading, cutting and copying happen there, through the caller's descriptors, and so can hashing of
 * blocks in shared memory, on a thread of its own that no long cut keeps busy.
 */
export class NodeHasher implements Hasher {
  readonly #workers: number;
  readonly #pool: WorkerPool<HasherReply>;
  /** Undefined: hashing stays on the caller's thread. */
  readonly #hashing: WorkerPool<HasherReply> | undefined;
  readonly #jobs = new Map<number, Job>();
  #lastId = 0;
  #closed = false;

  constructor(options: NodeHasherOptions = {}) {
    const shared = {
      url: options.workerUrl ?? new URL('./hasher-worker.ts', import.meta.url),
      onReply: (reply: HasherReply): void => this.#settle(reply),
      onLost: (id: number): void => this.#settle({ kind: 'failed', id, code: 'WORKER-LOST' }),
    };
    this.#workers = options.workers ?? Math.min(2, availableParallelism());
    this.#pool = new WorkerPool<HasherReply>({ ...shared, size: this.#workers });
    const handsOver = options.handsOverHashing ?? availableParallelism() > 2;
    this.#hashing = handsOver ? new WorkerPool<HasherReply>({ ...shared, size: 1 }) : undefined;
  }

  async hash(bytes: Uint8Array): Promise<BlockName> {
    if (!this.#hashing || this.#closed || bytes.length < handOverBytesMin || !isShared(bytes)) return sha256Hex(bytes);
    const { id, settled } = this.#begin();
    this.#hashing.post(id, { kind: 'hash', id, bytes } satisfies HasherRequest);
    const reply = await settled.promise;
    // A thread that was lost, or is closed, is no reason to name nothing.
    return reply.kind === 'hashed' ? reply.name : sha256Hex(bytes);
  }

  async cut(handle: ReadHandle, cutClass: CutClass, options: JobOptions): Promise<Result<readonly BlockRef[], FileError>> {
    if (this.#closed || options.signal?.aborted) return refusal('io', pathOf(handle), abortedCode);
    // A handle of another kind, such as a test's, has no descriptor to lend.
    if (!(handle instanceof NodeReadHandle)) return cutThroughPort(handle, cutClass, options);
    return handle.use((fd) => {
      const cutPart = async ({ from, next, to }: Part): Promise<Result<readonly BlockRef[], FileError>> => {
        const reply = await this.#inWorker((id, control) => ({ kind: 'cut', id, fd, cutClass, from, next, to, control }), options);
        return reply.kind === 'cut' ? ok(blocksOf(reply.names, reply.sizes)) : failure(handle.path, reply);
      };
      return cutInParts(sizeOf(fd), cutClass, this.#workers, cutPart);
    });
  }

  async copyBlocks(
    source: ReadHandle,
    target: WriteHandle,
    copies: readonly BlockCopy[],
    signal: AbortSignal,
  ): FileResult<readonly boolean[]> {
    if (this.#closed || signal.aborted) return refusal('io', pathOf(target), abortedCode);
    if (!(source instanceof NodeReadHandle && target instanceof NodeReadHandle))
      return copyBlocksThroughPorts((bytes) => this.hash(bytes), source, target, copies, signal);
    return source.use((sourceFd) =>
      target.use(async (targetFd) => {
        const packed = packCopies(copies);
        const reply = await this.#inWorker((id, control) => ({ kind: 'copy', id, sourceFd, targetFd, ...packed, control }), { signal });
        return reply.kind === 'copied' ? ok(Array.from(reply.flags, (flag) => flag === 1)) : failure(target.path, reply);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#jobs.keys()]) this.#settle({ kind: 'failed', id, code: abortedCode });
    await Promise.all([this.#pool.close(), this.#hashing?.close()]);
  }

  /** Gives a job to a worker and waits for what ends it. */
  async #inWorker(requestOf: (id: number, control: Int32Array) => HasherRequest, { signal, onBytes }: JobOptions): Promise<HasherReply> {
    const control = new Int32Array(new SharedArrayBuffer(4));
    const abort = (): void => void Atomics.store(control, 0, abortedControl);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const { id, settled } = this.#begin(onBytes);
      this.#pool.post(id, requestOf(id, control));
      return await settled.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #begin(onBytes?: (bytes: number) => void): { readonly id: number; readonly settled: Deferred<HasherReply> } {
    const id = ++this.#lastId;
    const settled = deferred<HasherReply>();
    this.#jobs.set(id, { settled, onBytes });
    return { id, settled };
  }

  #settle(reply: HasherReply): void {
    const job = this.#jobs.get(reply.id);
    if (!job) return;
    if (reply.kind === 'progress') return job.onBytes?.(reply.bytes);
    this.#jobs.delete(reply.id);
    job.settled.resolve(reply);
  }
}

/** 0 where the system does not tell: then the file is cut in one go. */
function sizeOf(fd: number): number {
  try {
    return fstatSync(fd).size;
  } catch {
    return 0;
  }
}

function isShared(bytes: Uint8Array): bytes is Uint8Array<SharedArrayBuffer> {
  return bytes.buffer instanceof SharedArrayBuffer;
}

function blocksOf(names: string, sizes: Uint32Array): BlockRef[] {
  return Array.from(sizes, (size, index) => ({ name: names.slice(index * nameChars, (index + 1) * nameChars) as BlockName, size }));
}

function failure(path: string, reply: HasherReply): Result<never, FileError> {
  return err(fileError(path, reply.kind === 'failed' ? reply.code : 'UNKNOWN'));
}

function pathOf(handle: ReadHandle | WriteHandle): string {
  return handle instanceof NodeReadHandle ? handle.path : '';
}

async function cutThroughPort(handle: ReadHandle, cutClass: CutClass, options: JobOptions): FileResult<readonly BlockRef[]> {
  const cutter = new BlockCutter(cutClass);
  const blocks: BlockRef[] = [];
  for (let offset = 0; ;) {
    if (options.signal?.aborted) return refusal('io', '', abortedCode);
    const read = await handle.read(offset, cutReadBytes);
    if (!read.ok) return read;
    if (read.value.length === 0) {
      blocks.push(...cutter.finish());
      cutter.drop();
      return ok(blocks);
    }
    cutter.space.set(read.value);
    blocks.push(...cutter.take(read.value.length));
    offset += read.value.length;
    options.onBytes?.(read.value.length);
  }
}
