/** What comes in the first moment is not taken for the rate of it. */
const weightMsMin = 250;

/**
 * Amount per second, smoothed exponentially. It is divided by what was looked at, not by the whole window: the first seconds of something fast do not
 * look slow. After a pause as long as the window it begins anew. Times are ms of one clock.
 */
export class SmoothedRate {
  readonly #windowMs: number;
  #amount = 0;
  /** Time looked at, weighted as the amount is. */
  #weightMs = 0;
  #atMs: number | undefined;
  #addedAtMs = -Infinity;

  /** `windowMs`: time constant of the smoothing. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(amount: number, nowMs: number): void {
    if (nowMs - this.#addedAtMs > this.#windowMs) {
      this.#amount = 0;
      this.#weightMs = 0;
      this.#atMs = nowMs;
    }
    this.#decay(nowMs);
    this.#amount += amount;
    this.#addedAtMs = nowMs;
  }

  perSecond(nowMs: number): number {
    this.#decay(nowMs);
    return (this.#amount * 1000) / Math.max(this.#weightMs, weightMsMin);
  }

  #decay(nowMs: number): void {
    const keep = Math.exp(((this.#atMs ?? nowMs) - nowMs) / this.#windowMs);
    this.#amount *= keep;
    this.#weightMs = this.#windowMs - (this.#windowMs - this.#weightMs) * keep;
    this.#atMs = nowMs;
  }
}
