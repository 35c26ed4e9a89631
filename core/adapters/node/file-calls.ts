import { deferred, err, ok, present } from '../../base/index.ts';
import type { Deferred } from '../../base/index.ts';
import type { FileResult } from '../../ports/index.ts';
import { fileError } from './file-errors.ts';
import type { FileJob, FileJobKind, FileJobReply, FileJobs, FileJobsReply, FileJobValues } from './file-messages.ts';
import { WorkerPool } from './worker-pool.ts';

/** Jobs handed to a thread at a time: enough to share a message among, few enough that the next ones do not wait long. */
const batchJobsMax = 64;
/** A second thread goes on while the first waits for the disk. More only fight for the file system's locks (measured on ext4). */
const threadsMax = 2;

interface Waiting {
  readonly job: FileJob;
  readonly settled: Deferred<FileJobReply>;
}

/**
 * Short jobs on the disk, done by threads that call the system directly. Each call through Node's own threads costs some 30 µs of handing
 * over (measured), several times what most of them take; here the calls of a job are made together, and many jobs share one message.
 * What is asked in one turn of the event loop goes together.
 */
export class FileCalls {
  readonly #workerUrl: URL;
  readonly #underWay = new Map<number, readonly Waiting[]>();
  #pool: WorkerPool<FileJobsReply> | undefined;
  #queue: Waiting[] = [];
  #lastId = 0;
  #isFlushing = false;

  constructor(workerUrl: URL = new URL('./file-worker.ts', import.meta.url)) {
    this.#workerUrl = workerUrl;
  }

  /** Does `job`; `path` is what an error shall name. */
  async run<K extends FileJobKind>(path: string, job: Extract<FileJob, { readonly kind: K }>): FileResult<FileJobValues[K]> {
    const settled = deferred<FileJobReply>();
    this.#queue.push({ job, settled });
    if (!this.#isFlushing && this.#underWay.size < threadsMax) {
      this.#isFlushing = true;
      setImmediate(() => this.#flush());
    }
    const reply = (await settled.promise) as FileJobReply<K>;
    return reply.ok ? ok(reply.value) : err(fileError(path, reply.code));
  }

  /** Ends the threads; jobs under way fail. Further jobs start new ones. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    const waiting = [...[...this.#underWay.values()].flat(), ...this.#queue.splice(0)];
    this.#underWay.clear();
    for (const { settled } of waiting) settled.resolve({ ok: false, code: 'CLOSED' });
    await pool?.close();
  }

  #flush(): void {
    this.#isFlushing = false;
    while (this.#queue.length > 0 && this.#underWay.size < threadsMax) {
      const batch = this.#queue.splice(0, batchJobsMax);
      const message: FileJobs = { id: ++this.#lastId, jobs: batch.map(({ job }) => job) };
      this.#underWay.set(message.id, batch);
      this.#pool ??= this.#startPool();
      this.#pool.post(
        message.id,
        message,
        batch.flatMap(({ job }) => (job.kind === 'create-whole' ? [job.bytes.buffer] : [])),
      );
    }
  }

  #startPool(): WorkerPool<FileJobsReply> {
    return new WorkerPool<FileJobsReply>({
      url: this.#workerUrl,
      size: threadsMax,
      onReply: ({ id, replies }) => this.#settle(id, (index) => present(replies[index], 'a reply to every job')),
      onLost: (id) => this.#settle(id, () => ({ ok: false, code: 'WORKER-LOST' })),
    });
  }

  #settle(id: number, replyAt: (index: number) => FileJobReply): void {
    const batch = this.#underWay.get(id);
    if (!batch) return;
    this.#underWay.delete(id);
    // The thread gets on with the next batch while this one's callers run.
    this.#flush();
    batch.forEach(({ settled }, index) => settled.resolve(replyAt(index)));
  }
}
