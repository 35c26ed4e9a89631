import { HOUR_MS } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, Store, StoreChange } from '../ports/index.ts';
import type { DeviceRecovery, LaneMark, LaneState, OwnRecovery } from '../recovery/index.ts';
import { ownRecoveries, recentMarks, withMark } from '../recovery/index.ts';
import { Records } from './records.ts';

/** This device, or another one. */
export type LaneId = DeviceId | 'self';

/** One own wake or start. */
export type OwnStart = Pick<OwnRecovery, 'at' | 'cause' | 'asleepSince'>;

interface StoredMark extends LaneMark {
  readonly lane: LaneId;
}

/** Longer than the longest window of lanes. */
const keptMs = 49 * HOUR_MS;
const aliveKey = 'at';

/**
 * The journal of recoveries: who was in which state when, and how each recovery went, over restarts. Facts for people: a crash may
 * cost the newest ones, and nothing is waited for. Bounded per device, by age and by number.
 */
export class RecoveryBook {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #markRecords: Records<StoredMark>;
  readonly #recoveryRecords: Records<DeviceRecovery>;
  readonly #startRecords: Records<OwnStart>;
  readonly #aliveRecords: Records<number>;
  readonly #marks = new Map<LaneId, readonly LaneMark[]>();
  readonly #recoveries = new Map<DeviceId, readonly DeviceRecovery[]>();
  #starts: readonly OwnStart[] = [];
  #aliveMs: number | undefined;

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#markRecords = new Records(store, 'agent/lanes', (stored) => stored as StoredMark);
    this.#recoveryRecords = new Records(store, 'agent/recoveries', (stored) => stored as DeviceRecovery);
    this.#startRecords = new Records(store, 'agent/wakes', (stored) => stored as OwnStart);
    this.#aliveRecords = new Records(store, 'agent/alive', (stored) => stored as number);
  }

  /** What belongs to devices that are not known any more is dropped; a recovery that the last run left unfinished was interrupted. */
  static async load(store: Store, clock: Clock, isKnown: (device: DeviceId) => boolean): Promise<RecoveryBook> {
    const book = new RecoveryBook(store, clock);
    const changes: StoreChange[] = [];
    for (const { key, value } of await book.#markRecords.all()) {
      if (value.lane !== 'self' && !isKnown(value.lane)) changes.push(book.#markRecords.deleteChange(key));
      else book.#marks.set(value.lane, [...book.marks(value.lane), { atMs: value.atMs, state: value.state }]);
    }
    for (const { key, value } of await book.#recoveryRecords.all()) {
      if (!isKnown(value.device)) changes.push(book.#recoveryRecords.deleteChange(key));
      else book.#recoveries.set(value.device, [...book.of(value.device), { ...value, ended: value.ended ?? 'interrupted' }]);
    }
    book.#starts = (await book.#startRecords.all()).map(({ value }) => value);
    book.#aliveMs = await book.#aliveRecords.get(aliveKey);
    book.#commit(changes);
    return book;
  }

  /** When this device's agent was last known to run, in an earlier run or in this one. */
  get aliveMs(): number | undefined {
    return this.#aliveMs;
  }

  noteAlive(): void {
    this.#aliveMs = this.#clock.wallNow();
    this.#commit([this.#aliveRecords.putChange(aliveKey, this.#aliveMs)]);
  }

  /** In order of time. */
  marks(lane: LaneId): readonly LaneMark[] {
    return this.#marks.get(lane) ?? [];
  }

  /** From `atMs` on (wall clock, default now) the device was in `state`. */
  mark(lane: LaneId, state: LaneState, atMs: number = this.#clock.wallNow()): void {
    const before = this.marks(lane);
    const marked = withMark(before, { atMs, state });
    if (marked === before) return;
    const kept = recentMarks(marked, this.#clock.wallNow() - keptMs, limits.laneMarksMax);
    this.#marks.set(lane, kept);
    const key = (mark: LaneMark): string => `${lane}/${keyOf(mark.atMs)}`;
    this.#commit(
      difference(before, kept, key, {
        put: (mark) => this.#markRecords.putChange(key(mark), { ...mark, lane }),
        remove: (mark) => this.#markRecords.deleteChange(key(mark)),
      }),
    );
  }

  /** Oldest first. */
  of(device: DeviceId): readonly DeviceRecovery[] {
    return this.#recoveries.get(device) ?? [];
  }

  /** Notes a recovery that began, or how far one has come. */
  keep(recovery: DeviceRecovery): void {
    const before = this.of(recovery.device);
    const others = before.filter(({ at, cause }) => at !== recovery.at || cause !== recovery.cause);
    const sinceMs = this.#clock.wallNow() - keptMs;
    const kept = [...others.filter(({ at }) => at >= sinceMs), recovery].slice(-limits.recoveriesPerDeviceMax);
    this.#recoveries.set(recovery.device, kept);
    const key = ({ device, at, cause }: DeviceRecovery): string => `${device}/${keyOf(at)}/${cause}`;
    this.#commit(
      difference(before, kept, key, {
        put: (each) => this.#recoveryRecords.putChange(key(each), each),
        remove: (each) => this.#recoveryRecords.deleteChange(key(each)),
      }),
    );
  }

  /** This device woke, or its agent started. */
  keepStart(start: OwnStart): void {
    const before = this.#starts;
    this.#starts = [...before.filter(({ at }) => at >= start.at - keptMs), start].slice(-limits.recoveriesPerDeviceMax);
    const key = ({ at }: OwnStart): string => keyOf(at);
    this.#commit(
      difference(before, this.#starts, key, {
        put: (each) => this.#startRecords.putChange(key(each), each),
        remove: (each) => this.#startRecords.deleteChange(key(each)),
      }),
    );
  }

  /** This device's own wakes and starts, oldest first, as the recoveries with the others add up to them. */
  own(): readonly OwnRecovery[] {
    return ownRecoveries(this.#starts, [...this.#recoveries.values()].flat());
  }

  #commit(changes: readonly StoreChange[]): void {
    // A failed write costs the fact; the next durable commit reports a broken store.
    if (changes.length > 0) this.#store.commit(changes, { durable: false }).catch(() => undefined);
  }
}

/** The changes that turn the rows of `before` into those of `after`. */
function difference<T>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => string,
  change: { readonly put: (item: T) => StoreChange; readonly remove: (item: T) => StoreChange },
): StoreChange[] {
  const known = new Set(before);
  const keys = new Set(after.map(key));
  return [...before.filter((item) => !keys.has(key(item))).map(change.remove), ...after.filter((item) => !known.has(item)).map(change.put)];
}

/** Keys sort as instants do. */
function keyOf(atMs: number): string {
  return String(Math.round(atMs)).padStart(15, '0');
}
