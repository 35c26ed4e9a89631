import { uptime } from 'node:os';
import { monoMs, wallMs } from '../../base/index.ts';
import type { MonoMs, WallMs } from '../../base/index.ts';
import type { Clock, Timer } from '../../ports/index.ts';

/** setTimeout takes an int32 of milliseconds and fires at once above it. */
const timeoutMsMax = 2 ** 31 - 1;

/**
 * The host's clocks. Monotonic time is `performance.now()`: on Linux CLOCK_MONOTONIC, which stands still during sleep, as do the
 * timers; on macOS and Windows both run on.
 */
export const nodeClock: Clock = {
  wallNow: (): WallMs => wallMs(Date.now()),
  monoNow: (): MonoMs => monoMs(performance.now()),
  sleepDriftMs: process.platform === 'linux' ? bootTimeDrift() : () => undefined,
  utcOffsetMinutes: (at: WallMs): number => -new Date(at).getTimezoneOffset(),
  setTimer: (delayMs: number, callback: () => void): Timer => new NodeTimer(delayMs, callback),
};

/** So long a drift that was read is believed, unless wall time and monotonic time have come apart by more than the second figure. */
const driftTrustMs = 500;
const clocksApartMs = 100;

/**
 * Boot time less monotonic time. On Linux os.uptime() reads /proc/uptime, which is CLOCK_BOOTTIME in steps of 10 ms and counts sleep.
 * Reading it takes a system call or three, and it is asked for with every frame that comes: it cannot have changed while wall time
 * and monotonic time went on together.
 */
function bootTimeDrift(): () => number {
  let driftMs = 0;
  let readAtMonoMs = -Infinity;
  let apartMs = 0;
  return () => {
    const monoNowMs = performance.now();
    const apartNowMs = Date.now() - monoNowMs;
    if (monoNowMs - readAtMonoMs < driftTrustMs && Math.abs(apartNowMs - apartMs) < clocksApartMs) return driftMs;
    readAtMonoMs = monoNowMs;
    apartMs = apartNowMs;
    driftMs = uptime() * 1000 - performance.now();
    return driftMs;
  };
}

class NodeTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout | undefined;

  constructor(delayMs: number, callback: () => void) {
    this.#dueMs = performance.now() + Math.max(0, delayMs);
    this.#callback = callback;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  /** Node rounds down and may fire up to 1 ms early, so the time is looked at before the callback; long delays come in pieces. */
  #arm(delayMs: number): void {
    this.#timeout = setTimeout(
      () => {
        const remainingMs = this.#dueMs - performance.now();
        if (remainingMs > 0) return this.#arm(remainingMs);
        this.#timeout = undefined;
        this.#callback();
      },
      Math.min(timeoutMsMax, Math.max(0, Math.ceil(delayMs))),
    );
  }
}
