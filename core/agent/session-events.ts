import type { DeviceId } from '../model/index.ts';
import { MINUTE_MS, SECOND_MS } from '../base/index.ts';
import type { Clock, LogLevel } from '../ports/index.ts';
import type { EpochEnd, SupervisorEvent } from '../session/index.ts';
import { isExpectedEnd } from '../session/index.ts';

/** How loud an event of the session layer is: what repeats for as long as a device is away is for whoever looks closer. */
export function sessionEventLevel(kind: SupervisorEvent['kind']): LogLevel {
  switch (kind) {
    case 'malformed':
    case 'twin':
    case 'version-mismatch':
      return 'warn';
    case 'session-up':
    case 'session-gone':
      return 'info';
    case 'suspect':
    case 'link-failed':
      return 'debug';
  }
}

const windowMs = 10 * MINUTE_MS;
const lossesForIncident = 3;
/** Losses this close to a change of the network, before or after, come from it: interfaces are polled, so either may be seen first. */
const networkChangeMs = 10 * SECOND_MS;

/** Counts links that broke without a sleep, a stop or a change of the network: if it repeats it is worth a person's attention (SES-2). */
export class LinkLosses {
  readonly #clock: Clock;
  readonly #lossesMs = new Map<DeviceId, number[]>();
  #networkChangedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  networkChanged(): void {
    const now = this.#clock.wallNow();
    this.#networkChangedMs = now;
    for (const [device, losses] of this.#lossesMs)
      this.#lossesMs.set(
        device,
        losses.filter((at) => now - at >= networkChangeMs),
      );
  }

  /** Text for an incident where this end makes it one; then the count starts over. */
  ended(device: DeviceId, name: string, reason: EpochEnd): string | undefined {
    const now = this.#clock.wallNow();
    if (isExpectedEnd(reason) || now - this.#networkChangedMs < networkChangeMs) return undefined;
    const recent = [...(this.#lossesMs.get(device) ?? []).filter((at) => now - at < windowMs), now];
    this.#lossesMs.set(device, recent);
    if (recent.length < lossesForIncident) return undefined;
    this.#lossesMs.delete(device);
    return `The connection to ${name} broke ${recent.length} times within ${windowMs / MINUTE_MS} minutes.`;
  }
}
