import type { MonoMs } from '../base/index.ts';
import type { KnownEntry } from '../model/index.ts';
import type { DownloadWish } from '../folder/types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/**
 * Files without a source are held aside, but not without end: from a bound on only those are taken that somebody has, so that the others
 * do not keep them out (FET-7). Remembers that files were passed over, and says when they are looked at again. Pure.
 */
export class PassedOver {
  readonly #waitingFilesMax: number;
  #isFull = false;
  #passedOver = false;
  #anew = false;
  #lookedAt = -Infinity;

  constructor(waitingFilesMax: number = tuning.waitingFilesMax) {
    this.#waitingFilesMax = waitingFilesMax;
  }

  /** What to ask of the engine while so many files wait. */
  wish(waitingFiles: number, hasSource: (entry: KnownEntry) => boolean): DownloadWish {
    // Room for a few is not worth going through the list again.
    const bound = this.#waitingFilesMax * (this.#isFull ? tuning.openAgainFraction : 1);
    this.#isFull = waitingFiles >= bound;
    const anew = this.#anew || (this.#passedOver && !this.#isFull);
    this.#anew = false;
    this.#passedOver = this.#isFull;
    return { anew, ...(this.#isFull ? { mayFetch: hasSource } : {}) };
  }

  /**
   * Sources have changed. Ms until what was passed over is to be looked at again, 0: now; undefined: nothing was. A look is not broken off
   * by the next one (`isUnderWay`), else it would never come to its end.
   */
  lookAgainIn(isUnderWay: boolean, now: MonoMs): number | undefined {
    if (!this.#passedOver) return undefined;
    const waitMs = isUnderWay ? tuning.lookAgainMs : this.#lookedAt + tuning.lookAgainMs - now;
    if (waitMs > 0) return waitMs;
    this.#lookedAt = now;
    this.#anew = true;
    return 0;
  }
}
