import { monoMs, wallMs } from '../../base/index.ts';
import type { MonoMs, WallMs } from '../../base/index.ts';
import type { Clock, Timer } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import type { Scheduled, Scheduler } from './scheduler.ts';

/**
 * What the monotonic clock does while the host sleeps. `linux`: it stops, and timers go on with their remaining time. `mac-windows`:
 * it runs on, and all overdue timers fire at once on resume.
 */
export type SuspendKind = 'linux' | 'mac-windows';

/** The wall clock of the world at its virtual instant 0: 2026-01-05T08:00:00Z. */
export const worldStartWallMs = 1_767_600_000_000;

/** The clocks of one host's hardware. They outlive the programs that run on it. */
export class HostTime {
  readonly scheduler: Scheduler;
  readonly kind: SuspendKind;
  /** How far this host's wall clock is from the truth, ms. */
  #wallOffsetMs: number;
  #bootedAtMs = 0;
  #sleptMs = 0;
  #sleepingSinceMs: number | undefined;
  readonly #clocks = new Set<SimClock>();

  constructor(scheduler: Scheduler, kind: SuspendKind, wallOffsetMs = 0) {
    this.scheduler = scheduler;
    this.kind = kind;
    this.#wallOffsetMs = wallOffsetMs;
  }

  get asleep(): boolean {
    return this.#sleepingSinceMs !== undefined;
  }

  wallNowMs(): number {
    return Math.floor(worldStartWallMs + this.scheduler.nowMs + this.#wallOffsetMs);
  }

  monoNowMs(): number {
    return this.scheduler.nowMs - this.#bootedAtMs - (this.kind === 'linux' ? this.sleptMs() : 0);
  }

  /** Time slept since the start of the machine, ms. */
  sleptMs(): number {
    return this.#sleptMs + (this.#sleepingSinceMs === undefined ? 0 : this.scheduler.nowMs - this.#sleepingSinceMs);
  }

  /** Steps the wall clock, as a person or a time server does. */
  stepWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
  }

  suspend(): void {
    if (this.asleep) return;
    this.#sleepingSinceMs = this.scheduler.nowMs;
    if (this.kind === 'linux') for (const clock of this.#clocks) clock.stopTimers();
  }

  resume(): void {
    if (this.#sleepingSinceMs === undefined) return;
    this.#sleptMs = this.sleptMs();
    this.#sleepingSinceMs = undefined;
    if (this.kind === 'linux') for (const clock of this.#clocks) clock.startTimers();
  }

  /** A restart of the machine: the monotonic clock begins anew. */
  reboot(): void {
    this.#sleepingSinceMs = undefined;
    this.#sleptMs = 0;
    this.#bootedAtMs = this.scheduler.nowMs;
  }

  /** A clock for the program that runs in `lane`. */
  clockFor(lane: Lane): SimClock {
    const clock = new SimClock(this, lane);
    this.#clocks.add(clock);
    lane.onDeath(() => {
      clock.stopTimers();
      this.#clocks.delete(clock);
    });
    return clock;
  }
}

interface ArmedTimer {
  readonly dueMonoMs: number;
  readonly fire: () => void;
  scheduled: Scheduled | undefined;
}

/** {@link Clock} of one run of one program. */
export class SimClock implements Clock {
  readonly #time: HostTime;
  readonly #lane: Lane;
  readonly #armed = new Set<ArmedTimer>();

  constructor(time: HostTime, lane: Lane) {
    this.#time = time;
    this.#lane = lane;
  }

  /** Timers that have not fired. */
  get armedCount(): number {
    return this.#armed.size;
  }

  wallNow(): WallMs {
    return wallMs(this.#time.wallNowMs());
  }

  monoNow(): MonoMs {
    return monoMs(this.#time.monoNowMs());
  }

  sleepDriftMs(): number | undefined {
    return this.#time.kind === 'linux' ? this.#time.sleptMs() : undefined;
  }

  utcOffsetMinutes(): number {
    return 0;
  }

  /** As in Node, a delay is at least 1 ms. */
  setTimer(delayMs: number, callback: () => void): Timer {
    const timer: ArmedTimer = {
      dueMonoMs: this.#time.monoNowMs() + Math.max(1, delayMs),
      fire: () => {
        if (this.#armed.delete(timer)) callback();
      },
      scheduled: undefined,
    };
    if (!this.#lane.dead) {
      this.#armed.add(timer);
      if (!(this.#time.asleep && this.#time.kind === 'linux')) this.#arm(timer);
    }
    return {
      cancel: () => {
        this.#armed.delete(timer);
        timer.scheduled?.cancel();
        timer.scheduled = undefined;
      },
    };
  }

  /** The monotonic clock stops. */
  stopTimers(): void {
    for (const timer of this.#armed) {
      timer.scheduled?.cancel();
      timer.scheduled = undefined;
    }
  }

  /** The monotonic clock runs again: timers go on with their remaining time. */
  startTimers(): void {
    for (const timer of this.#armed) this.#arm(timer);
  }

  #arm(timer: ArmedTimer): void {
    const remainingMs = timer.dueMonoMs - this.#time.monoNowMs();
    timer.scheduled = this.#lane.schedule(remainingMs, `${this.#lane.name}:timer`, timer.fire, 'timer');
  }
}
