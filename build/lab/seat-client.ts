import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ApiEvent, ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';
import { type Deferred, deferred, present } from '../../core/base/index.ts';
import { DaemonFailure, within } from '../../main/testing/daemon-process.ts';
import type { SeatOrder, SeatWord } from './seat-protocol.ts';

const seatFile = fileURLToPath(new URL('./seat.ts', import.meta.url));
const readyMsMax = 90_000;
/** A seat that says nothing this much later than the agent should have is itself stuck. */
const spareMs = 5_000;

/** The lab's side of a seat (`seat.ts`). Making one makes a host: a network namespace, and mounts of its own. */
export class Seat {
  readonly #child: ChildProcess;
  readonly #ready = deferred<void>();
  readonly #waiting = new Map<number, Deferred<ApiReply<ApiVerb> | null>>();
  readonly #onEvent: (event: ApiEvent) => void;
  #orders = 0;

  private constructor(onEvent: (event: ApiEvent) => void) {
    this.#onEvent = onEvent;
    this.#child = spawn('unshare', ['--net', '--mount', process.execPath, seatFile], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', (word: SeatWord) => this.#hear(word));
    this.#child.on('exit', () => this.#lost());
    this.#child.on('error', () => this.#lost());
  }

  /** Resolves when its namespaces are there. */
  static async take(onEvent: (event: ApiEvent) => void): Promise<Seat> {
    const seat = new Seat(onEvent);
    await within('The start of a seat', readyMsMax, seat.#ready.promise);
    return seat;
  }

  /** The process that holds the host's namespaces. */
  get pid(): number {
    return present(this.#child.pid, 'pid');
  }

  /** Calls the agent of `home` through its local API, or fails after `timeoutMs`. */
  async call<V extends ApiVerb>(home: string, verb: V, request: ApiRequest<V>, timeoutMs: number): Promise<ApiReply<V>> {
    const order = { kind: 'call', home, verb, request: request as ApiRequest<ApiVerb>, timeoutMs } as const;
    return (await this.#order(`"${verb}"`, order, timeoutMs + spareMs)) as ApiReply<V>;
  }

  /** Resolves when the events of the agent that runs now are being heard. */
  async follow(home: string): Promise<void> {
    await this.#order('Following events', { kind: 'follow', home }, readyMsMax);
  }

  async #order(what: string, order: DistributiveOmit<SeatOrder, 'id'>, timeoutMs: number): Promise<ApiReply<ApiVerb> | null> {
    const id = ++this.#orders;
    const reply = deferred<ApiReply<ApiVerb> | null>();
    this.#waiting.set(id, reply);
    this.#child.send({ ...order, id }, (error) => {
      if (error !== null) this.#fail(id, error.message);
    });
    try {
      return await within(what, timeoutMs, reply.promise);
    } finally {
      this.#waiting.delete(id);
    }
  }

  #hear(word: SeatWord): void {
    switch (word.kind) {
      case 'ready':
        return this.#ready.resolve();
      case 'event':
        return this.#onEvent(word.event);
      case 'reply':
        return this.#waiting.get(word.id)?.resolve(word.value);
      case 'failed':
        return this.#fail(word.id, word.text);
    }
  }

  #fail(id: number, text: string): void {
    this.#waiting.get(id)?.reject(new DaemonFailure(text));
  }

  #lost(): void {
    this.#ready.reject(new DaemonFailure('A seat of the lab ended.'));
    for (const id of [...this.#waiting.keys()]) this.#fail(id, 'The seat of this host ended.');
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
