import type { MonoMs, WallMs } from '../base/index.ts';

/** An armed timer. */
export interface Timer {
  /** Idempotent; after it the callback is never called. */
  cancel(): void;
}

/** Time as the core sees it. The only source of instants and of delays. */
export interface Clock {
  wallNow(): WallMs;
  /** Never goes back; whether it runs on while the host sleeps is the platform's affair (see `sleepDriftMs`). */
  monoNow(): MonoMs;
  /**
   * On a system whose monotonic clock stops during sleep: how much longer the host is up than that clock has run, in ms; it
   * grows by exactly the time slept. Undefined where the platform does not tell.
   */
  sleepDriftMs(): number | undefined;
  /** How far local clocks are ahead of UTC at `at`, minutes: for what people mean by "tomorrow" and "at nine". */
  utcOffsetMinutes(at: WallMs): number;
  /** Calls `callback` once after at least `delayMs` of monotonic time. Never synchronously. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** Resolves after `delayMs`, or at once when `signal` aborts (also before the call); never rejects. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
