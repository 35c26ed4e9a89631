import type { DeviceId } from '../model/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { TakeThrottle } from '../transfer/index.ts';
import { ByteAllowance } from './byte-allowance.ts';

/**
 * Bounds the rate of fetching over all folders by what is *asked* for: nobody is asked for a block that could not be taken in soon, so
 * no source looks slow or overdue because of a limit here (FET-4).
 */
export class DownloadThrottle implements TakeThrottle {
  readonly #clock: Clock;
  readonly #allowance: ByteAllowance;
  readonly #isExempt: (device: DeviceId) => boolean;
  readonly #onRoom: () => void;
  #timer: Timer | undefined;

  /** `onRoom`: blocks that were refused may be asked for now. `isExempt`: devices that the bound does not count. */
  constructor(clock: Clock, isExempt: (device: DeviceId) => boolean, onRoom: () => void) {
    this.#clock = clock;
    this.#allowance = new ByteAllowance(clock, undefined);
    this.#isExempt = isExempt;
    this.#onRoom = onRoom;
  }

  /** Undefined: no bound. */
  setRate(bytesPerSecond: number | undefined): void {
    this.#allowance.setRate(bytesPerSecond);
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#onRoom();
  }

  tryTake(device: DeviceId, bytes: number): boolean {
    if (!this.#allowance.isBounded || this.#isExempt(device)) return true;
    const waitMs = this.#allowance.waitMs();
    if (waitMs === 0) {
      this.#allowance.spend(bytes);
      return true;
    }
    this.#timer ??= this.#clock.setTimer(waitMs, () => {
      this.#timer = undefined;
      this.#onRoom();
    });
    return false;
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
