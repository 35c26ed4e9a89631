import type { MonoMs } from '../base/index.ts';
import { plusMs } from '../base/index.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import { StoreFailure } from '../ports/index.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';

/**
 * One piece of work that is done when asked for, never twice at once: a trigger while it runs makes it run once more afterwards.
 * The work itself may ask to be repeated by returning a delay in ms. Where the store fails it is tried again later; any other
 * rejection is a bug and surfaces as one.
 */
export class Errand {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #work: () => Promise<number | undefined>;
  #dueAt: MonoMs | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(clock: Clock, logger: Logger, work: () => Promise<number | undefined>) {
    this.#clock = clock;
    this.#logger = logger;
    this.#work = work;
  }

  /** Runs the work `delayMs` from now, or earlier if an earlier run is due. */
  trigger(delayMs = 0): void {
    if (this.#stopped) return;
    const dueAt = plusMs(this.#clock.monoNow(), delayMs);
    if (this.#dueAt !== undefined && this.#dueAt <= dueAt) return;
    this.#dueAt = dueAt;
    if (!this.#running) this.#arm();
  }

  /** No run starts any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#dueAt === undefined || this.#stopped) return;
    const delayMs = this.#dueAt - this.#clock.monoNow();
    if (delayMs > 0) this.#timer = this.#clock.setTimer(delayMs, () => this.#run());
    else this.#run();
  }

  #run(): void {
    this.#timer = undefined;
    this.#dueAt = undefined;
    this.#running = this.#once();
  }

  async #once(): Promise<void> {
    // A trigger is only a note: whoever gives it goes on first.
    await Promise.resolve();
    const again = this.#stopped ? undefined : await this.#attempt();
    this.#running = undefined;
    // Fractions of a ms can vanish in a sum: a repeat never comes before time has moved.
    if (again !== undefined) this.trigger(Math.max(1, again));
    this.#arm();
  }

  async #attempt(): Promise<number | undefined> {
    try {
      return await this.#work();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      this.#logger.log('error', 'exchange-store-failed', { reason: error.message });
      return tuning.storeRetryMs;
    }
  }
}
