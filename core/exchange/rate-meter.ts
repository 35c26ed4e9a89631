import type { Clock } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/** Bytes per second, smoothed exponentially over about three seconds. */
export class RateMeter {
  readonly #clock: Clock;
  #bytes = 0;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.monoNow();
  }

  add(bytes: number): void {
    this.#decay();
    this.#bytes += bytes;
  }

  bytesPerSecond(): number {
    this.#decay();
    return (this.#bytes / tuning.rateWindowMs) * 1000;
  }

  #decay(): void {
    const now = this.#clock.monoNow();
    this.#bytes *= Math.exp((this.#at - now) / tuning.rateWindowMs);
    this.#at = now;
  }
}
