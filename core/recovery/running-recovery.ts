import type { MonoMs, WallMs } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { DeviceRecovery, RecoveryCause } from './recovery-types.ts';

export interface Instant {
  readonly mono: MonoMs;
  readonly wall: WallMs;
}

/** A recovery with one device while it is written: begun when its link ends, this host wakes, or a link comes up. */
export class RunningRecovery {
  readonly device: DeviceId;
  readonly cause: RecoveryCause;
  readonly #start: Instant;
  readonly #asleepSince: WallMs | undefined;
  readonly #isBegun: boolean;
  #referencesCleared = 0;
  #clearedAfterMs: number | undefined;
  #liveAfterMs: number | undefined;
  #metadataEvenAfterMs: number | undefined;
  #dataEvenAfterMs: number | undefined;
  #ended: DeviceRecovery['ended'];

  constructor(device: DeviceId, cause: RecoveryCause, start: Instant, asleepSince: WallMs | undefined, isBegun = true) {
    this.device = device;
    this.cause = cause;
    this.#start = start;
    this.#asleepSince = asleepSince;
    this.#isBegun = isBegun;
  }

  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** It is no mere intention: it has begun, and held references or has a link. */
  get isTold(): boolean {
    return this.#isBegun && (this.#referencesCleared > 0 || this.#liveAfterMs !== undefined);
  }

  ageMs(now: MonoMs): number {
    return Math.max(0, Math.round(now - this.#start.mono));
  }

  /** Returns ms since the beginning. */
  cleared(count: number, now: MonoMs): number {
    this.#referencesCleared += count;
    return (this.#clearedAfterMs = this.ageMs(now));
  }

  live(now: MonoMs): number {
    return (this.#liveAfterMs ??= this.ageMs(now));
  }

  /** Returns ms since the beginning where that is news. */
  metadataEven(now: MonoMs): number | undefined {
    return this.#metadataEvenAfterMs === undefined ? (this.#metadataEvenAfterMs = this.ageMs(now)) : undefined;
  }

  dataEven(now: MonoMs): number {
    this.#ended = 'even';
    return (this.#dataEvenAfterMs = this.ageMs(now));
  }

  interrupt(): void {
    this.#ended = 'interrupted';
  }

  /** The same from another beginning: what was cleared before it counts as cleared at once. */
  begunAt(start: Instant, asleepSince: WallMs | undefined = this.#asleepSince): RunningRecovery {
    const begun = new RunningRecovery(this.device, this.cause, start, asleepSince);
    begun.#referencesCleared = this.#referencesCleared;
    if (this.#clearedAfterMs !== undefined) begun.#clearedAfterMs = 0;
    return begun;
  }

  withCause(cause: RecoveryCause): RunningRecovery {
    const other = new RunningRecovery(this.device, cause, this.#start, this.#asleepSince);
    other.#referencesCleared = this.#referencesCleared;
    other.#clearedAfterMs = this.#clearedAfterMs;
    return other;
  }

  asRecord(): DeviceRecovery {
    return {
      device: this.device,
      cause: this.cause,
      begun: this.#isBegun,
      at: this.#start.wall,
      asleepSince: this.#asleepSince,
      referencesCleared: this.#referencesCleared,
      clearedAfterMs: this.#clearedAfterMs,
      liveAfterMs: this.#liveAfterMs,
      metadataEvenAfterMs: this.#metadataEvenAfterMs,
      dataEvenAfterMs: this.#dataEvenAfterMs,
      ended: this.#ended,
    };
  }
}
