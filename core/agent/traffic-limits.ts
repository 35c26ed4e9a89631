import type { SettingKey, Settings } from '../api/index.ts';
import { isScheduled, parseSchedule } from '../api/index.ts';
import type { Emitter } from '../base/index.ts';
import { KIB, MINUTE_MS } from '../base/index.ts';
import { DownloadThrottle, TokenBucket } from '../exchange/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { Clock, LinkPath, Timer } from '../ports/index.ts';
import { FetchBudget } from '../transfer/index.ts';

export interface TrafficLimitsOptions {
  readonly clock: Clock;
  readonly settings: { readonly values: Settings; readonly changed: Emitter<SettingKey> };
  /** The way to a device now; undefined where it is not live. */
  readonly pathTo: (device: DeviceId) => LinkPath | undefined;
}

/** Bounds on the rate of sending and fetching over all folders, as the settings want them at this time of the week. */
export class TrafficLimits {
  readonly upload: TokenBucket;
  readonly budget = new FetchBudget();
  readonly #options: TrafficLimitsOptions;
  readonly #download: DownloadThrottle;
  readonly #stopWatching: () => void;
  #timer: Timer | undefined;

  constructor(options: TrafficLimitsOptions) {
    const { clock, settings } = options;
    this.#options = options;
    this.upload = new TokenBucket(clock, undefined);
    this.#download = new DownloadThrottle(clock, this.isExempt, () => this.budget.tellRefused());
    this.budget.throttle = this.#download;
    this.#stopWatching = settings.changed.on((key) => {
      if (key.startsWith('limits.')) this.apply();
    });
    this.apply();
  }

  /** The limits do not count for this device. */
  readonly isExempt = (device: DeviceId): boolean =>
    this.#options.settings.values['limits.exemptLan'] && this.#options.pathTo(device) === 'lan';

  /** Puts in force what holds now; with a schedule again every minute. */
  apply(): void {
    const { clock, settings } = this.#options;
    const { 'limits.upKiBps': up, 'limits.downKiBps': down, 'limits.schedule': text } = settings.values;
    const schedule = parseSchedule(text) ?? { spans: [] };
    const now = clock.wallNow();
    const holds = isScheduled(schedule, now, clock.utcOffsetMinutes(now));
    this.upload.setRate(bytesPerSecond(holds ? up : 0));
    this.#download.setRate(bytesPerSecond(holds ? down : 0));
    this.#timer?.cancel();
    const mayChange = schedule.spans.length > 0 && (up > 0 || down > 0);
    this.#timer = mayChange ? clock.setTimer(MINUTE_MS - (now % MINUTE_MS), () => this.apply()) : undefined;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#download.stop();
    this.#stopWatching();
  }
}

/** 0: no limit. */
function bytesPerSecond(kibPerSecond: number): number | undefined {
  return kibPerSecond === 0 ? undefined : kibPerSecond * KIB;
}
