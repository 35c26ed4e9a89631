import { Mutex } from '../base/index.ts';
import type { Clock } from '../ports/index.ts';
import { delay } from '../ports/index.ts';
import { ByteAllowance } from './byte-allowance.ts';

/** A bound on bytes per second over everything that takes from it, first come first served. Short bursts pass. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #turn = new Mutex();
  readonly #allowance: ByteAllowance;

  /** `bytesPerSecond` undefined: no bound. */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#allowance = new ByteAllowance(clock, bytesPerSecond);
  }

  /** Holds from the next `take` on. */
  setRate(bytesPerSecond: number | undefined): void {
    this.#allowance.setRate(bytesPerSecond);
  }

  /** Resolves when `bytes` may go, or as soon as `signal` aborts. Larger takes than the burst go into debt that later ones wait for. */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    if (!this.#allowance.isBounded || signal.aborted) return Promise.resolve();
    return this.#turn.run(async () => {
      for (let waitMs = this.#allowance.waitMs(); waitMs > 0 && !signal.aborted; waitMs = this.#allowance.waitMs())
        await delay(this.#clock, waitMs, signal);
      if (!signal.aborted) this.#allowance.spend(bytes);
    });
  }
}
