import type { Clock } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/** How many bytes may pass at a bound on bytes per second: fills up with time to a short burst, and may go into debt. */
export class ByteAllowance {
  readonly #clock: Clock;
  #bytesPerSecond: number | undefined;
  #available: number = tuning.rateBurstBytes;
  #filledAt: number;

  /** `bytesPerSecond` undefined: no bound. */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#filledAt = clock.monoNow();
  }

  get isBounded(): boolean {
    return this.#bytesPerSecond !== undefined;
  }

  setRate(bytesPerSecond: number | undefined): void {
    this.#fill();
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Milliseconds until something may pass again; 0: now. */
  waitMs(): number {
    if (this.#bytesPerSecond === undefined) return 0;
    this.#fill();
    return this.#available > 0 ? 0 : Math.max(1, (-this.#available / this.#bytesPerSecond) * 1000 + 1);
  }

  /** Counts what passes. More than is available goes into debt, which the next one waits for. */
  spend(bytes: number): void {
    if (this.#bytesPerSecond === undefined) return;
    this.#fill();
    this.#available -= bytes;
  }

  #fill(): void {
    const now = this.#clock.monoNow();
    const gained = ((now - this.#filledAt) / 1000) * (this.#bytesPerSecond ?? 0);
    this.#available = Math.min(tuning.rateBurstBytes, this.#available + gained);
    this.#filledAt = now;
  }
}
