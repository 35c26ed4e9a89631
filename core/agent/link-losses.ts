import { MINUTE_MS, SECOND_MS } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { EpochEnd } from '../session/index.ts';
import { isExpectedEnd } from '../session/index.ts';

const windowMs = 10 * MINUTE_MS;
const lossesForIncident = 3;
/** A link that ends so soon after a wake or a change of the network ends because of it. */
const disturbanceMs = 15 * SECOND_MS;

/**
 * Tells when the ends of links to a device are worth an incident (SES-2): neither a sleep, a stop, nor a change of the network, and
 * again and again. Instants are of one monotonic clock, in ms.
 */
export class LinkLosses {
  readonly #losses = new Map<DeviceId, readonly number[]>();
  #disturbedAtMs = -Infinity;

  /** This host woke, or its network changed: links may end for that, and may have ended for it just before it was noticed. */
  disturbed(nowMs: number): void {
    this.#disturbedAtMs = nowMs;
    for (const [device, losses] of this.#losses)
      this.#losses.set(
        device,
        losses.filter((at) => nowMs - at >= disturbanceMs),
      );
  }

  ended(device: DeviceId, end: EpochEnd, nowMs: number): void {
    if (isExpectedEnd(end) || nowMs - this.#disturbedAtMs < disturbanceMs) return;
    this.#losses.set(device, [...this.#recent(device, nowMs), nowMs]);
  }

  /**
   * The link is back; `restarted`: with another run of the device's agent, so that the last end was a stop. Returns how often the link
   * broke where that is worth an incident; it then counts from the beginning.
   */
  live(device: DeviceId, restarted: boolean, nowMs: number): number | undefined {
    const losses = this.#recent(device, nowMs);
    const counted = restarted ? losses.slice(0, -1) : losses;
    if (counted.length < lossesForIncident) {
      this.#losses.set(device, counted);
      return undefined;
    }
    this.#losses.delete(device);
    return counted.length;
  }

  #recent(device: DeviceId, nowMs: number): readonly number[] {
    return (this.#losses.get(device) ?? []).filter((at) => nowMs - at < windowMs);
  }
}

export const lossWindowMinutes = windowMs / MINUTE_MS;
