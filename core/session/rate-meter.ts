import { SmoothedRate } from '../base/index.ts';

/** Width of one measurement, ms: shorter ones measure the size of chunks. */
const binMs = 250;
/** Time constant of the smoothing, ms. */
const smoothingMs = 2_000;

/**
 * Smoothed bytes per second. `perSecond` falls while nothing comes, for people; `busyPerSecond` leaves idle time out, and tells what
 * the link can do when there is something to send. Times are awake ms.
 */
export class RateMeter {
  #binStartMs: number;
  #binBytes = 0;
  readonly #rate = new SmoothedRate(smoothingMs);
  #busyRate: number | undefined;
  #total = 0;

  constructor(nowMs: number) {
    this.#binStartMs = nowMs;
  }

  /** Bytes since the start. */
  get totalBytes(): number {
    return this.#total;
  }

  add(bytes: number, nowMs: number): void {
    this.#fold(nowMs);
    this.#rate.add(bytes, nowMs);
    this.#binBytes += bytes;
    this.#total += bytes;
  }

  perSecond(nowMs: number): number {
    return this.#rate.perSecond(nowMs);
  }

  /** Undefined until measured. */
  busyPerSecond(nowMs: number): number | undefined {
    this.#fold(nowMs);
    return this.#busyRate;
  }

  #fold(nowMs: number): void {
    const elapsedMs = nowMs - this.#binStartMs;
    if (elapsedMs < binMs) return;
    const current = (this.#binBytes * 1000) / elapsedMs;
    // A bin much longer than one width contains idle time: it says nothing about the link.
    if (this.#binBytes > 0 && elapsedMs < 4 * binMs) {
      this.#busyRate = this.#busyRate === undefined ? current : smooth(this.#busyRate, current, elapsedMs);
    }
    this.#binBytes = 0;
    this.#binStartMs = nowMs;
  }
}

function smooth(before: number, current: number, elapsedMs: number): number {
  const keep = Math.exp(-elapsedMs / smoothingMs);
  return before * keep + current * (1 - keep);
}
