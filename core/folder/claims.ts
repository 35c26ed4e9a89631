import { deferred } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';

/**
 * Who works on which path right now. One worker at a time has a path, so that a scan never looks at a file between its publishing and
 * its history. Nobody waits for a claim while holding one: that would be the beginning of a deadlock; who is refused tries again later.
 */
export class Claims {
  readonly #claimed = new Map<string, Deferred<void> | undefined>();

  /** True: the caller has `path` until it releases it. */
  tryClaim(path: string): boolean {
    if (this.#claimed.has(path)) return false;
    this.#claimed.set(path, undefined);
    return true;
  }

  isClaimed(path: string): boolean {
    return this.#claimed.has(path);
  }

  /** Claims `path` as soon as it is free. For callers that hold no other claim. */
  async claim(path: string): Promise<void> {
    while (!this.tryClaim(path)) await this.whenFree(path);
  }

  release(path: string): void {
    const waiting = this.#claimed.get(path);
    this.#claimed.delete(path);
    waiting?.resolve();
  }

  /** Resolves when `path` is not claimed; it may be claimed again by then. */
  async whenFree(path: string): Promise<void> {
    if (!this.#claimed.has(path)) return;
    let waiting = this.#claimed.get(path);
    if (!waiting) this.#claimed.set(path, (waiting = deferred<void>()));
    await waiting.promise;
  }
}
