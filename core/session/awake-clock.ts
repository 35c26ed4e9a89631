import type { MonoMs } from '../base/index.ts';
import { monoMs } from '../base/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { timing } from './timing.ts';

/**
 * Time that passes only while this program is awake and its event loop runs (SES-5). A tick looks at the monotonic clock every
 * second; what a look finds missing beyond that (a suspend on systems whose monotonic clock runs on, a frozen process, a loop busy
 * with something long) does not count. So deadlines move by a sleep or a stall without anyone adjusting them.
 */
export class AwakeClock {
  readonly #clock: Clock;
  #lookedAt: MonoMs;
  #lostMs = 0;
  #latest = 0;
  #tick: Timer | undefined;

  /** Ticks from the start; {@link stop} ends it. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAt = clock.monoNow();
    this.#latest = this.#lookedAt;
    this.#armTick();
  }

  /** Awake milliseconds since an arbitrary start; never goes back. */
  now(): MonoMs {
    this.#look();
    return monoMs(this.#latest);
  }

  /**
   * Calls `callback` once after at least `delayMs` of awake time. When it fires late, which means that the loop was stalled, it waits
   * a moment more, so that input that came meanwhile is read first.
   */
  setTimer(delayMs: number, callback: () => void): Timer {
    const dueAt = this.now() + delayMs;
    let timer: Timer;
    let graceTaken = false;
    const arm = (waitMs: number): void => {
      const firesAt = this.#clock.monoNow() + waitMs;
      timer = this.#clock.setTimer(waitMs, () => {
        const lateMs = this.#clock.monoNow() - firesAt;
        const remainingMs = dueAt - this.now();
        if (remainingMs > 0) arm(Math.ceil(remainingMs));
        else if (lateMs > timing.stallMs && !graceTaken) {
          graceTaken = true;
          arm(timing.stallGraceMs);
        } else callback();
      });
    };
    arm(delayMs);
    return { cancel: () => timer.cancel() };
  }

  stop(): void {
    this.#tick?.cancel();
    this.#tick = undefined;
  }

  #look(): void {
    const now = this.#clock.monoNow();
    const sinceLookMs = now - this.#lookedAt;
    if (this.#tick && sinceLookMs > timing.tickMs + timing.stallMs) {
      this.#lostMs += sinceLookMs - timing.tickMs;
      this.#lookedAt = now;
    }
    this.#latest = Math.max(this.#latest, now - this.#lostMs);
  }

  #armTick(): void {
    this.#tick = this.#clock.setTimer(timing.tickMs, () => {
      this.#look();
      this.#lookedAt = this.#clock.monoNow();
      this.#armTick();
    });
  }
}
