import type { PauseStatus, SettingKey, Settings } from '../api/index.ts';
import { Emitter, isoFromWallMs } from '../base/index.ts';
import type { Clock, Network, PowerEvent, Store, Timer } from '../ports/index.ts';
import { Records } from './records.ts';

/** A pause that a person asked for; `untilMs` (wall clock) absent: until it is taken back. */
interface PersonsPause {
  readonly untilMs: number | null;
}

/** The battery as last told. */
interface BatteryFacts {
  readonly onBattery: boolean;
  readonly percent: number | undefined;
}

export interface PauseFacts {
  readonly person: PersonsPause | undefined;
  readonly battery: BatteryFacts | undefined;
  readonly metered: boolean | undefined;
  readonly settings: Pick<Settings, 'pause.batteryBelowPercent' | 'pause.onMetered'>;
  readonly nowMs: number;
}

const personKey = 'person';
/** Wall clocks are set; a pause is looked at again after this long at the latest. */
const lookAgainMs = 60_000;

/** What stands in the way of syncing now, the person's word first. Pure. */
export function pauseOf({ person, battery, metered, settings, nowMs }: PauseFacts): PauseStatus | null {
  if (person && (person.untilMs === null || person.untilMs > nowMs))
    return { by: 'person', until: person.untilMs === null ? null : isoFromWallMs(person.untilMs) };
  const floor = settings['pause.batteryBelowPercent'];
  if (battery?.onBattery === true && battery.percent !== undefined && battery.percent < floor) return { by: 'battery', until: null };
  if (settings['pause.onMetered'] && metered === true) return { by: 'metered', until: null };
  return null;
}

export interface PausingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly network: Pick<Network, 'metered' | 'subscribe'>;
  readonly settings: { readonly values: Settings; readonly changed: Emitter<SettingKey> };
}

/**
 * Whether everything stands still here: because a person said so (kept over restarts), the battery is low, or the network is metered.
 * Tells when that changes; each folder's own pause is apart from it.
 */
export class Pausing {
  readonly changed = new Emitter<PauseStatus | null>();
  readonly #options: PausingOptions;
  readonly #records: Records<PersonsPause>;
  readonly #stopWatching: readonly (() => void)[];
  #person: PersonsPause | undefined;
  #battery: BatteryFacts | undefined;
  #now: PauseStatus | null;
  #timer: Timer | undefined;

  static async load(options: PausingOptions): Promise<Pausing> {
    const records = new Records<PersonsPause>(options.store, 'agent/pause', (stored) => stored as PersonsPause);
    return new Pausing(options, records, await records.get(personKey));
  }

  private constructor(options: PausingOptions, records: Records<PersonsPause>, person: PersonsPause | undefined) {
    this.#options = options;
    this.#records = records;
    this.#person = person;
    this.#now = this.#judge();
    this.#stopWatching = [
      options.network.subscribe(() => this.look()),
      options.settings.changed.on((key) => {
        if (key.startsWith('pause.')) this.look();
      }),
    ];
    this.#arm();
  }

  get now(): PauseStatus | null {
    return this.#now;
  }

  powerTold(event: PowerEvent): void {
    if (event.kind === 'battery') this.#battery = { onBattery: event.onBattery, percent: event.percent };
    this.look();
  }

  /** Pauses until `untilMs` (wall clock; null: until taken back). Durable before it resolves. */
  async pause(untilMs: number | null): Promise<void> {
    await this.#records.put(personKey, { untilMs });
    this.#person = { untilMs };
    this.look();
  }

  async unpause(): Promise<void> {
    await this.#records.remove(personKey);
    this.#person = undefined;
    this.look();
  }

  /** Judges anew; for what nobody tells of, such as a wake. */
  look(): void {
    const before = this.#now;
    this.#now = this.#judge();
    this.#arm();
    if (before?.by !== this.#now?.by || before?.until !== this.#now?.until) this.changed.emit(this.#now);
  }

  stop(): void {
    this.#timer?.cancel();
    for (const stop of this.#stopWatching) stop();
  }

  #judge(): PauseStatus | null {
    const { settings, network, clock } = this.#options;
    const facts = { person: this.#person, battery: this.#battery, metered: network.metered(), settings: settings.values };
    return pauseOf({ ...facts, nowMs: clock.wallNow() });
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const untilMs = this.#now?.by === 'person' ? this.#person?.untilMs : undefined;
    const isOpenEnded = untilMs === null || untilMs === undefined;
    if (isOpenEnded && !(this.#now?.by === 'metered')) return;
    const waitMs = isOpenEnded ? lookAgainMs : Math.min(lookAgainMs, Math.max(1, untilMs - this.#options.clock.wallNow()));
    this.#timer = this.#options.clock.setTimer(waitMs, () => this.look());
  }
}
