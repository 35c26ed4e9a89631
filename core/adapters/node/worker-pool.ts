import { Worker } from 'node:worker_threads';

interface PoolOptions<Reply> {
  readonly url: URL;
  /** Workers at most. */
  readonly size: number;
  readonly onReply: (reply: Reply) => void;
  /** A worker ended by itself with this job in its hands. */
  readonly onLost: (id: number) => void;
}

interface Job {
  readonly id: number;
  readonly message: unknown;
  /** Memory of the message that is handed over, not copied. */
  readonly transfer: readonly ArrayBuffer[];
}

interface Member {
  readonly worker: Worker;
  /** The job it is at. */
  jobId: number | undefined;
}

/**
 * A few worker threads that start with the first work, take one job at a time and keep no program alive while they idle. Every reply
 * carries the id of its job; any but `progress` ends the job.
 */
export class WorkerPool<Reply extends { readonly id: number; readonly kind: string }> {
  readonly #options: PoolOptions<Reply>;
  readonly #members: Member[] = [];
  readonly #waiting: Job[] = [];
  #closed = false;

  constructor(options: PoolOptions<Reply>) {
    this.#options = options;
  }

  post(id: number, message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const free = this.#members.find((member) => member.jobId === undefined) ?? this.#grow();
    if (free) give(free, { id, message, transfer });
    else this.#waiting.push({ id, message, transfer });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    await Promise.all(this.#members.splice(0).map((member) => member.worker.terminate()));
  }

  /** One more worker, or undefined when there are as many as allowed. */
  #grow(): Member | undefined {
    if (this.#members.length >= this.#options.size) return undefined;
    const member: Member = { worker: new Worker(this.#options.url), jobId: undefined };
    member.worker.on('message', (reply: Reply) => this.#onReply(member, reply));
    member.worker.on('error', () => this.#onEnd(member));
    member.worker.on('exit', () => this.#onEnd(member));
    this.#members.push(member);
    return member;
  }

  #onReply(member: Member, reply: Reply): void {
    if (reply.kind !== 'progress') {
      member.jobId = undefined;
      const next = this.#waiting.shift();
      if (next) give(member, next);
      else member.worker.unref();
    }
    this.#options.onReply(reply);
  }

  #onEnd(member: Member): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    if (member.jobId !== undefined) this.#options.onLost(member.jobId);
    // What waited for this worker begins on a new one.
    const next = this.#closed ? undefined : this.#waiting.shift();
    if (next) this.post(next.id, next.message, next.transfer);
  }
}

function give(member: Member, job: Job): void {
  member.jobId = job.id;
  member.worker.ref();
  member.worker.postMessage(job.message, job.transfer);
}
