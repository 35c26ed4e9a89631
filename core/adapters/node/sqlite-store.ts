import { Worker } from 'node:worker_threads';
import type { Result } from '../../base/index.ts';
import { assert, err, ok } from '../../base/index.ts';
import { StoreFailure } from '../../ports/index.ts';
import type { Store, StoreChange, StoreError, StoreRange, StoreRow } from '../../ports/index.ts';
import type { StoreOpenError } from './sqlite-errors.ts';
import { exitControl, guardExit } from './store-exit-guard.ts';
import type { StoreReply, StoreRequest, StoreWorkerData, StoreWorkerMessage } from './store-messages.ts';
import { checked, packChanges, unpackTexts, unpackValues } from './store-packing.ts';

export type { StoreOpenError } from './sqlite-errors.ts';

export interface SqliteStoreOptions {
  /** Where the worker's code is; a bundle passes its own file. */
  readonly workerUrl?: URL;
}

/** Requests handed to the worker at a time: enough to share a sync among, few enough that a read does not wait long. */
const batchRequestsMax = 512;

/**
 * Opens or creates the store in the file `path` (a SQLite database with its `-wal` beside it; the directory exists). The file stays locked
 * until `close` or the end of the process.
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Result<Store, StoreOpenError>> {
  const control = exitControl();
  const data: StoreWorkerData = { path, control };
  const removeGuard = guardExit(control);
  const worker = new Worker(options.workerUrl ?? new URL('./store-worker.ts', import.meta.url), { workerData: data });
  const refused = await firstWord(worker, path);
  if (!refused) return ok(new SqliteStore(worker, removeGuard));
  removeGuard();
  await worker.terminate();
  return err(refused);
}

/** How opening went in the worker; undefined: well. */
function firstWord(worker: Worker, path: string): Promise<StoreOpenError | undefined> {
  return new Promise((resolve) => {
    const settle = (error: StoreOpenError | undefined): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve(error);
    };
    const onMessage = (message: StoreWorkerMessage): void => settle(message.kind === 'opened' ? message.error : undefined);
    const onError = (error: unknown): void => settle({ kind: 'io', text: `${path} cannot be opened: ${String(error)}` });
    const onExit = (): void => settle({ kind: 'io', text: `${path} cannot be opened: the worker ended` });
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

interface Waiting {
  readonly request: StoreRequest;
  readonly resolve: (reply: StoreReply) => void;
  readonly reject: (failure: StoreFailure) => void;
}

/**
 * The {@link Store} whose rows a worker thread keeps. Requests go there in the order of their calls, one batch at a time; what is called
 * while a batch is under way makes up the next, so that commits that wait for the disk together share one sync.
 */
class SqliteStore implements Store {
  readonly #worker: Worker;
  readonly #removeGuard: () => void;
  #queue: Waiting[] = [];
  #underWay: Waiting[] = [];
  #flushing = false;
  /** Why no further call is taken. */
  #ended: StoreError | undefined;
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, removeGuard: () => void) {
    this.#worker = worker;
    this.#removeGuard = removeGuard;
    worker.on('message', (message: StoreWorkerMessage) => this.#onReplies(message));
    worker.on('error', (error) => this.#onLost(`the state's thread failed: ${String(error)}`));
    worker.on('exit', () => this.#onLost("the state's thread ended"));
    worker.unref();
  }

  async get(scope: string, key: string): Promise<Uint8Array | undefined> {
    return (await this.getMany(scope, [key]))[0];
  }

  async getMany(scope: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const reply = await this.#ask({ kind: 'get', scope, keys });
    assert(reply.kind === 'values', 'a get is answered with values');
    return unpackValues(reply.values);
  }

  async scan(scope: string, range: StoreRange): Promise<readonly StoreRow[]> {
    const reply = await this.#ask({ kind: 'scan', scope, range: { ...range } });
    assert(reply.kind === 'rows', 'a scan is answered with rows');
    const values = unpackValues(reply.values);
    const keys = unpackTexts(reply.keys, values.length);
    return values.map((value, index) => {
      const key = keys[index];
      assert(key !== undefined && value !== undefined, 'a row has a key and a value');
      return { key, value };
    });
  }

  async count(scope: string, range: Omit<StoreRange, 'limit' | 'reverse'> = {}): Promise<number> {
    const reply = await this.#ask({ kind: 'count', scope, range: { ...range } });
    assert(reply.kind === 'count', 'a count is answered with a count');
    return reply.count;
  }

  async commit(changes: readonly StoreChange[], options: { readonly durable: boolean }): Promise<void> {
    await this.#ask({ kind: 'commit', changes: packChanges(changes), durable: options.durable });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = this.#ask({ kind: 'close' });
    this.#ended ??= { kind: 'io', text: 'the store is closed' };
    try {
      await closed;
    } finally {
      this.#removeGuard();
      await this.#worker.terminate();
    }
  }

  #ask(request: StoreRequest): Promise<StoreReply> {
    if ('scope' in request) checked(request.scope);
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new StoreFailure(this.#ended));
      this.#queue.push({ request, resolve, reject });
      if (this.#flushing || this.#underWay.length > 0) return;
      // What the caller asks in the same turn goes along.
      this.#flushing = true;
      queueMicrotask(() => this.#flush());
    });
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#queue.length === 0) return this.#worker.unref();
    this.#underWay = this.#queue.splice(0, batchRequestsMax);
    const requests = this.#underWay.map(({ request }) => request);
    this.#worker.ref();
    this.#worker.postMessage(requests, requests.flatMap(buffersOf));
  }

  #onReplies(message: StoreWorkerMessage): void {
    if (message.kind !== 'replies') return;
    const answered = this.#underWay;
    this.#underWay = [];
    // The worker gets on with the next batch while this one's callers run.
    this.#flush();
    for (const [index, waiting] of answered.entries()) {
      const reply = message.replies[index];
      assert(reply, 'every request has a reply');
      if (reply.kind === 'failed') waiting.reject(new StoreFailure(reply.error));
      else waiting.resolve(reply);
    }
  }

  #onLost(text: string): void {
    this.#removeGuard();
    this.#ended ??= { kind: 'io', text };
    const failure = new StoreFailure({ kind: 'io', text });
    for (const waiting of [...this.#underWay.splice(0), ...this.#queue.splice(0)]) waiting.reject(failure);
  }
}

/** The memory of a commit was copied for it alone and is handed over. */
function buffersOf(request: StoreRequest): ArrayBuffer[] {
  if (request.kind !== 'commit') return [];
  const { bytes, codes, lengths } = request.changes;
  return [bytes.buffer, codes.buffer, lengths.buffer];
}
