import { assert } from '../../base/index.ts';
import { EventHeap } from './event-heap.ts';
import type { HeapEvent } from './event-heap.ts';
import { Turns } from './macrotask.ts';
import { Prng } from './prng.ts';

/** A scheduled event. */
export interface Scheduled {
  readonly timeMs: number;
  /** Idempotent; after it the event never runs. */
  cancel(): void;
}

export interface RunOptions {
  /** Stop before the first event later than this virtual instant, and set the clock to it. */
  readonly untilMs?: number;
  /** Fail after so many events: a world that never comes to rest. */
  readonly eventsMax?: number;
}

/**
 * The world's only source of order: a heap of (virtual time, sequence) events. One event runs at a time, then everything that it
 * set off through promises, then the next; so a world is a function of its seed, as long as its code waits for nothing but events
 * (no real timers, no threads, no real I/O). Times are ms since the world began.
 */
export class Scheduler {
  readonly seed: string;
  readonly random: Prng;
  readonly #heap = new EventHeap();
  readonly #turns = new Turns();
  #nowMs = 0;
  #sequence = 0;
  #executed = 0;
  #traceHash = 0x811c9dc5;
  #running = false;
  #driver: { stopped: boolean; done: Promise<void>; wake: (() => void) | undefined } | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(seed: string) {
    this.seed = seed;
    this.random = new Prng(seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events run so far. */
  get executed(): number {
    return this.#executed;
  }

  /** Events waiting, cancelled ones included. */
  get waiting(): number {
    return this.#heap.length;
  }

  /** A hash over time and label of every event run so far: equal for equal histories. */
  get traceHash(): string {
    return (this.#traceHash >>> 0).toString(16).padStart(8, '0');
  }

  /** An independent stream of random numbers, the same for the same seed and label. */
  fork(label: string): Prng {
    return this.random.fork(label);
  }

  /** Runs `run` once, `delayMs` (at least 0) from now. `label` says what it is, for traces. */
  schedule(delayMs: number, label: string, run: () => void): Scheduled {
    return this.at(this.#nowMs + Math.max(0, delayMs), label, run);
  }

  /** Runs `run` once at virtual instant `timeMs`, or at once if that is past. */
  at(timeMs: number, label: string, run: () => void): Scheduled {
    assert(Number.isFinite(timeMs), `event ${label} needs a finite time`);
    const event: HeapEvent = { timeMs: Math.max(timeMs, this.#nowMs), sequence: this.#sequence++, label, run };
    this.#heap.push(event);
    this.#driver?.wake?.();
    return {
      timeMs: event.timeMs,
      cancel: () => {
        event.run = undefined;
      },
    };
  }

  /** Runs events until none is left or the limits of `options` are reached. Rejects with what an event threw. */
  async run(options: RunOptions = {}): Promise<void> {
    await this.#exclusively(async () => {
      await this.#turns.next();
      const eventsEnd = this.#executed + (options.eventsMax ?? Infinity);
      while (this.#hasEventUntil(options.untilMs ?? Infinity)) {
        if (this.#executed >= eventsEnd) throw new Error(`the world did not come to rest within ${options.eventsMax} events`);
        await this.#step();
      }
      if (options.untilMs !== undefined) this.#nowMs = Math.max(this.#nowMs, options.untilMs);
    });
  }

  /** Runs for `ms` of virtual time. */
  runFor(ms: number): Promise<void> {
    return this.run({ untilMs: this.#nowMs + ms });
  }

  /**
   * Runs until `condition` holds, which is looked at after every event; false when it does not within `withinMs` of virtual time
   * (or when nothing is left to happen).
   */
  async runUntil(condition: () => boolean, withinMs = 60_000, eventsMax = Infinity): Promise<boolean> {
    const endMs = this.#nowMs + withinMs;
    const eventsEnd = this.#executed + eventsMax;
    return this.#exclusively(async () => {
      await this.#turns.next();
      while (!condition()) {
        if (this.#executed >= eventsEnd || !this.#hasEventUntil(endMs)) return false;
        await this.#step();
      }
      return true;
    });
  }

  /** Settles as `task` does, running events meanwhile; rejects when the world comes to rest and `task` still waits. */
  async drive<T>(task: Promise<T>, withinMs = 600_000): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    task.then(mark, mark);
    if (!(await this.runUntil(() => settled, withinMs))) throw new Error(`still waiting after ${withinMs} virtual ms or at rest`);
    return task;
  }

  /**
   * Runs events in the background whenever there are any, so that code which knows nothing of the scheduler (a contract suite) can
   * simply await. The returned function stops it and rejects with what an event threw.
   */
  runInBackground(): () => Promise<void> {
    assert(!this.#driver, 'the scheduler runs in the background already');
    const driver = { stopped: false, done: Promise.resolve(), wake: undefined as (() => void) | undefined };
    this.#driver = driver;
    driver.done = this.#exclusively(async () => {
      while (!driver.stopped) {
        await this.#turns.next();
        if (this.#hasEventUntil(Infinity)) await this.#step();
        else if (!driver.stopped) {
          await new Promise<void>((resolve) => {
            driver.wake = resolve;
          });
          driver.wake = undefined;
        }
      }
    });
    driver.done.catch(() => undefined);
    return async () => {
      driver.stopped = true;
      driver.wake?.();
      this.#driver = undefined;
      await driver.done;
    };
  }

  /** Makes the current run reject with `error` after the event under way: how a checker or a broken twin stops the world. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async #exclusively<T>(task: () => Promise<T>): Promise<T> {
    assert(!this.#running, 'the scheduler is running already');
    this.#running = true;
    try {
      return await task();
    } finally {
      this.#running = false;
    }
  }

  #hasEventUntil(endMs: number): boolean {
    let next = this.#heap.peek();
    while (next && !next.run) {
      this.#heap.pop();
      next = this.#heap.peek();
    }
    return next !== undefined && next.timeMs <= endMs;
  }

  /** Runs one event and everything that follows from it without time passing. */
  async #step(): Promise<void> {
    const event = this.#heap.pop();
    const run = event?.run;
    if (!event || !run) return;
    this.#nowMs = event.timeMs;
    this.#executed += 1;
    this.#trace(event);
    event.run = undefined;
    run();
    await this.#turns.next();
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
  }

  #trace(event: HeapEvent): void {
    let hash = this.#traceHash ^ Math.round(event.timeMs * 1000);
    for (let i = 0; i < event.label.length; i++) hash = Math.imul(hash ^ event.label.charCodeAt(i), 0x01000193);
    this.#traceHash = Math.imul(hash, 0x01000193);
  }
}
