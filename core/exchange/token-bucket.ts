import type { MonoMs } from '../base/index.ts';
import { Mutex } from '../base/index.ts';
import type { Clock } from '../ports/index.ts';
import { delay } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/** A bound on bytes per second over everything that takes from it, first come first served. Short bursts pass. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #turn = new Mutex();
  #bytesPerSecond: number | undefined;
  #available: number = tuning.uploadBurstBytes;
  #refilledAt: MonoMs;

  /** `bytesPerSecond` undefined: no bound. */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#refilledAt = clock.monoNow();
  }

  /** Holds from the next `take` on. */
  setRate(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when `bytes` may go, or as soon as `signal` aborts. Larger takes than the burst go into debt that later ones wait for. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === undefined || signal.aborted) return Promise.resolve();
    return this.#turn.run(async () => {
      for (this.#refill(); this.#available <= 0 && !signal.aborted; this.#refill()) {
        if (this.#bytesPerSecond === undefined) return;
        await delay(this.#clock, Math.max(1, (-this.#available / this.#bytesPerSecond) * 1000 + 1), signal);
      }
      if (!signal.aborted) this.#available -= bytes;
    });
  }

  #refill(): void {
    const now = this.#clock.monoNow();
    const gained = ((now - this.#refilledAt) / 1000) * (this.#bytesPerSecond ?? 0);
    this.#available = Math.min(tuning.uploadBurstBytes, this.#available + gained);
    this.#refilledAt = now;
  }
}
