import type { MonoMs } from '../base/index.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';

const slots = 60;
const slotMs = tuning.hedgeWindowMs / slots;

/**
 * How many bytes may be asked twice (FET-4): 5 % of what came in the last 10 min, plus 8 blocks in the same time. A sliding window of
 * 60 slots; asked bytes count whether they come or not.
 */
export class HedgeBudget {
  readonly #cameIn = new Float64Array(slots);
  readonly #hedged = new Float64Array(slots);
  readonly #freeBlocks = new Float64Array(slots);
  #slot = 0;
  #cameInSum = 0;
  #hedgedSum = 0;
  #freeSum = 0;

  cameIn(bytes: number, now: MonoMs): void {
    const at = this.#advance(now);
    this.#cameIn[at] = (this.#cameIn[at] ?? 0) + bytes;
    this.#cameInSum += bytes;
  }

  /** Takes a hedge of `bytes` from the budget; false, and nothing changes, where it is used up. */
  tryHedge(bytes: number, now: MonoMs): boolean {
    const at = this.#advance(now);
    if (this.#hedgedSum + bytes <= tuning.hedgeFraction * this.#cameInSum) {
      this.#hedged[at] = (this.#hedged[at] ?? 0) + bytes;
      this.#hedgedSum += bytes;
      return true;
    }
    if (this.#freeSum >= tuning.hedgeFreeBlocks) return false;
    this.#freeBlocks[at] = (this.#freeBlocks[at] ?? 0) + 1;
    this.#freeSum += 1;
    return true;
  }

  /** Drops the slots that have left the window; the index of the current one. */
  #advance(now: MonoMs): number {
    const slot = Math.floor(now / slotMs);
    const steps = Math.min(slots, slot - this.#slot);
    for (let step = 0; step < steps; step++) {
      const at = (slot - step) % slots;
      this.#cameInSum -= this.#cameIn[at] ?? 0;
      this.#hedgedSum -= this.#hedged[at] ?? 0;
      this.#freeSum -= this.#freeBlocks[at] ?? 0;
      this.#cameIn[at] = this.#hedged[at] = this.#freeBlocks[at] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
    return this.#slot % slots;
  }
}
