import type { Scheduled, Scheduler } from './scheduler.ts';

/** `timer` callbacks run before `io` ones when a held program goes on, as in a real event loop. */
export type LaneWork = 'timer' | 'io';

/**
 * Everything that happens inside one run of one host's program passes through its lane: completions of port operations, timers,
 * arriving bytes. While the lane is *held* (the host sleeps, the program is frozen or its event loop is stalled) work waits in
 * order; once it is *dead* (the program crashed) work is dropped, so promises of that run never settle.
 */
export class Lane {
  readonly name: string;
  readonly scheduler: Scheduler;
  #dead = false;
  /** Reasons for being held; the lane runs when there is none. */
  readonly #holds = new Set<string>();
  #heldTimers: (() => void)[] = [];
  #heldIo: (() => void)[] = [];
  readonly #deathListeners = new Set<() => void>();

  constructor(scheduler: Scheduler, name: string) {
    this.scheduler = scheduler;
    this.name = name;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get held(): boolean {
    return this.#holds.size > 0;
  }

  get running(): boolean {
    return !this.#dead && this.#holds.size === 0;
  }

  /** Runs `task` now, or later when the lane is held, or never when it is dead. Call it from an event, not from the host's own code. */
  enter(task: () => void, work: LaneWork = 'io'): void {
    if (this.#dead) return;
    if (this.#holds.size === 0) task();
    else (work === 'timer' ? this.#heldTimers : this.#heldIo).push(task);
  }

  /** `task` after `delayMs` of true time, subject to the lane. */
  schedule(delayMs: number, label: string, task: () => void, work: LaneWork = 'io'): Scheduled {
    return this.scheduler.schedule(delayMs, label, () => this.enter(task, work));
  }

  /** A promise that resolves after `delayMs` of true time, subject to the lane: how simulated operations take time. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#dead) this.schedule(delayMs, label, resolve);
    });
  }

  /** A promise that never settles, for calls made by a program that is dead. */
  never<T>(): Promise<T> {
    return new Promise<T>(() => undefined);
  }

  hold(reason: string): void {
    this.#holds.add(reason);
  }

  /** Takes one reason away. With the last one the work that waited runs, each piece as an event of its own, timers first. */
  release(reason: string): void {
    if (!this.#holds.delete(reason) || this.#holds.size > 0) return;
    const waiting: [LaneWork, () => void][] = [];
    for (const task of this.#heldTimers) waiting.push(['timer', task]);
    for (const task of this.#heldIo) waiting.push(['io', task]);
    this.#heldTimers = [];
    this.#heldIo = [];
    for (const [work, task] of waiting) this.schedule(0, `${this.name}:released`, task, work);
  }

  /** Ends this run of the program for good. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#heldTimers = [];
    this.#heldIo = [];
    const listeners = [...this.#deathListeners];
    this.#deathListeners.clear();
    for (const listener of listeners) listener();
  }

  /** `listener` is called once when the lane dies, at once if it has; the returned function takes it away. */
  onDeath(listener: () => void): () => void {
    if (this.#dead) listener();
    else this.#deathListeners.add(listener);
    return () => this.#deathListeners.delete(listener);
  }
}
