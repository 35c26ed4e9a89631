import { Emitter, present } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits, shortDeviceId } from '../model/index.ts';
import type { Clock, Store } from '../ports/index.ts';
import { Records } from './records.ts';

/** What this device keeps about another one. */
export interface DeviceRecord {
  readonly id: DeviceId;
  /** `paired`: by invite. `introduced`: only because a common roster names it (ROS-3). `blocked`: removed here by a person. */
  readonly standing: 'paired' | 'introduced' | 'blocked';
  /** A person's own name for it; wins over the told one. */
  readonly givenName: string | undefined;
  readonly toldName: string;
  /** Set by a person. */
  readonly fixedAddresses: readonly string[];
  /** Told by the device or by one that introduced it, newest first. */
  readonly toldAddresses: readonly string[];
  readonly lastGoodAddress: string | undefined;
  readonly paused: boolean;
  /** Wall clock, ms. */
  readonly pairedAtMs: number;
  readonly lastSeenMs: number | undefined;
  /** It said that it goes to sleep, and has not been heard since. */
  readonly asleepSinceMs: number | undefined;
}

/** All devices that are paired, introduced or blocked: small, kept in memory, durable. */
export class DeviceBook {
  readonly #records: Records<DeviceRecord>;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #byId = new Map<DeviceId, DeviceRecord>();
  readonly changed = new Emitter<DeviceRecord>();

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#records = new Records(store, 'agent/devices', (stored) => stored as DeviceRecord);
  }

  static async load(store: Store, clock: Clock): Promise<DeviceBook> {
    const book = new DeviceBook(store, clock);
    for (const { value } of await book.#records.all()) book.#byId.set(value.id, value);
    return book;
  }

  get(device: DeviceId): DeviceRecord | undefined {
    return this.#byId.get(device);
  }

  /** Everyone but the blocked ones. */
  known(): readonly DeviceRecord[] {
    return [...this.#byId.values()].filter((record) => record.standing !== 'blocked');
  }

  isPaired(device: DeviceId): boolean {
    return this.#byId.get(device)?.standing === 'paired';
  }

  isBlocked(device: DeviceId): boolean {
    return this.#byId.get(device)?.standing === 'blocked';
  }

  nameOf(device: DeviceId): string {
    const record = this.#byId.get(device);
    return record ? (record.givenName ?? record.toldName) : `…${shortDeviceId(device)}`;
  }

  /** Pairs, again or for the first time; a blocked device is unblocked by it. Durable. */
  async pair(device: DeviceId, name: string, addresses: readonly string[]): Promise<DeviceRecord> {
    const old = this.#byId.get(device);
    return this.#put({
      ...(old ?? this.#fresh(device, name)),
      standing: 'paired',
      toldName: name,
      toldAddresses: addresses.slice(0, limits.addressesPerDeviceMax),
      pairedAtMs: this.#clock.wallNow(),
    });
  }

  /** Notes a device that a roster names. Does nothing to one that is paired or blocked. */
  async introduce(device: DeviceId, name: string): Promise<void> {
    if (!this.#byId.has(device)) await this.#put(this.#fresh(device, name));
  }

  async block(device: DeviceId): Promise<void> {
    const old = present(this.#byId.get(device), 'device record');
    await this.#put({ ...old, standing: 'blocked', fixedAddresses: [], toldAddresses: [], lastGoodAddress: undefined });
  }

  async update(device: DeviceId, changes: Partial<Pick<DeviceRecord, 'givenName' | 'fixedAddresses' | 'paused'>>): Promise<DeviceRecord> {
    return this.#put({ ...present(this.#byId.get(device), 'device record'), ...changes });
  }

  /**
   * What a device said of itself, or another one of it. Addresses told before are kept behind the new ones where `isReachable` has
   * nothing against them. Not worth waiting for a disk.
   */
  told(
    device: DeviceId,
    about: { readonly name?: string; readonly addresses: readonly string[]; readonly isReachable?: (address: string) => boolean },
  ): void {
    const old = this.#byId.get(device);
    if (!old || old.standing === 'blocked') return;
    const { isReachable = (): boolean => true } = about;
    const all = [...new Set([...about.addresses, ...old.toldAddresses])];
    const toldAddresses = all.filter(isReachable).slice(0, limits.addressesPerDeviceMax);
    this.#note({ ...old, toldName: about.name ?? old.toldName, toldAddresses });
  }

  seen(device: DeviceId, at: { readonly address?: string; readonly asleep?: boolean }): void {
    const old = this.#byId.get(device);
    if (!old) return;
    const now = this.#clock.wallNow();
    this.#note({
      ...old,
      lastSeenMs: now,
      lastGoodAddress: at.address ?? old.lastGoodAddress,
      asleepSinceMs: at.asleep === true ? now : undefined,
    });
  }

  /** Where to dial, best first, without repetition. */
  addressesOf(record: DeviceRecord): readonly string[] {
    return [
      ...new Set([
        ...(record.lastGoodAddress === undefined ? [] : [record.lastGoodAddress]),
        ...record.fixedAddresses,
        ...record.toldAddresses,
      ]),
    ];
  }

  #fresh(device: DeviceId, name: string): DeviceRecord {
    return {
      id: device,
      standing: 'introduced',
      givenName: undefined,
      toldName: name,
      fixedAddresses: [],
      toldAddresses: [],
      lastGoodAddress: undefined,
      paused: false,
      pairedAtMs: this.#clock.wallNow(),
      lastSeenMs: undefined,
      asleepSinceMs: undefined,
    };
  }

  /** What could not be stored never was: else a device would be let in that no later run knows, and nobody else was told of. */
  async #put(record: DeviceRecord): Promise<DeviceRecord> {
    const old = this.#byId.get(record.id);
    this.#byId.set(record.id, record);
    try {
      await this.#records.put(record.id, record);
    } catch (error) {
      if (this.#byId.get(record.id) === record) this.#restore(record.id, old);
      throw error;
    }
    this.changed.emit(record);
    return record;
  }

  #restore(device: DeviceId, old: DeviceRecord | undefined): void {
    if (old) this.#byId.set(device, old);
    else this.#byId.delete(device);
  }

  #note(record: DeviceRecord): void {
    const old = present(this.#byId.get(record.id), 'device record');
    this.#byId.set(record.id, record);
    // A failed write of such a hint costs nothing but the hint; the next durable commit reports a broken store.
    this.#store.commit([this.#records.putChange(record.id, record)], { durable: false }).catch(() => undefined);
    if (JSON.stringify([old.toldName, old.toldAddresses]) !== JSON.stringify([record.toldName, record.toldAddresses]))
      this.changed.emit(record);
  }
}
