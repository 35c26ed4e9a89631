import { deferred } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';

/** Counts operations under way, so that what they use is released only after the last of them. */
export class Gate {
  #running = 0;
  #waiting: Deferred<void> | undefined;

  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) {
        this.#waiting?.resolve();
        this.#waiting = undefined;
      }
    }
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    while (this.#running > 0) await (this.#waiting ??= deferred<void>()).promise;
  }
}
