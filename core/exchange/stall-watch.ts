import type { MonoMs } from '../base/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/**
 * Finds the time in which this program did not run, or ran too far behind to read what had come: a loop busy with something long, a
 * processor that others took, a suspend where the monotonic clock runs on. Nobody can be blamed for that time (SES-5). While it
 * watches it looks at the clock at least every `stallBeatMs`, so that a short stall is seen too, also one that ends before any
 * deadline is due; whatever a look finds missing beyond a beat was a stall.
 */
export class StallWatch {
  readonly #clock: Clock;
  readonly #onStall: (ms: number) => void;
  #lookedAt: MonoMs | undefined;
  #beat: Timer | undefined;

  /** `onStall` is told of each stall once, in ms, before {@link now} returns. */
  constructor(clock: Clock, onStall: (ms: number) => void) {
    this.#clock = clock;
    this.#onStall = onStall;
  }

  /** The present instant; a stall that ends now has been told. */
  now(): MonoMs {
    const now = this.#clock.monoNow();
    if (this.#lookedAt === undefined) return now;
    const missingMs = now - this.#lookedAt - tuning.stallBeatMs;
    this.#lookedAt = now;
    if (missingMs >= tuning.stallMs) this.#onStall(missingMs);
    return now;
  }

  /** Whether something is outstanding, so that short stalls matter. Harmless when it is so already. */
  watch(on: boolean): void {
    if (on === (this.#lookedAt !== undefined)) return;
    this.#beat?.cancel();
    this.#lookedAt = on ? this.#clock.monoNow() : undefined;
    if (on) this.#arm();
  }

  #arm(): void {
    this.#beat = this.#clock.setTimer(tuning.stallBeatMs, () => {
      this.now();
      this.#arm();
    });
  }
}
