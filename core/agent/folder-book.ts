import { bytesFromHex, hexFromBytes, present } from '../base/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { Records } from './records.ts';

/** A folder that is synced on this device. */
export interface FolderRecord {
  readonly id: FolderId;
  /** Absolute path. */
  readonly root: string;
  readonly paused: boolean;
  readonly addedAtMs: number;
  /** Per device, when both sides were last even, wall clock ms (STA-1). */
  readonly lastEvenMs: Readonly<Record<DeviceId, number>>;
  /** Per device, what it last made of our offer of this folder. */
  readonly offeredTo?: Readonly<Record<DeviceId, OfferState>>;
}

/** `listed`: the other device shows the offer; `joined`: it keeps the folder. */
export type OfferState = 'listed' | 'joined';

/** A folder that another device offered and nobody has accepted here yet. */
export interface OfferRecord {
  readonly folder: FolderId;
  readonly from: DeviceId;
  readonly receivedAtMs: number;
  /** Signed roster statements, hex. */
  readonly statements: readonly string[];
}

/** Folders and offers: small, kept in memory, durable. */
export class FolderBook {
  readonly #folders: Records<FolderRecord>;
  readonly #offers: Records<OfferRecord>;
  readonly #store: Store;
  readonly #foldersById = new Map<FolderId, FolderRecord>();
  readonly #offersById = new Map<FolderId, OfferRecord>();

  private constructor(store: Store) {
    this.#store = store;
    this.#folders = new Records(store, 'agent/folders', (stored) => stored as FolderRecord);
    this.#offers = new Records(store, 'agent/offers', (stored) => stored as OfferRecord);
  }

  static async load(store: Store): Promise<FolderBook> {
    const book = new FolderBook(store);
    for (const { value } of await book.#folders.all()) book.#foldersById.set(value.id, value);
    for (const { value } of await book.#offers.all()) book.#offersById.set(value.folder, value);
    return book;
  }

  folders(): readonly FolderRecord[] {
    return [...this.#foldersById.values()].sort((a, b) => a.addedAtMs - b.addedAtMs);
  }

  get(folder: FolderId): FolderRecord | undefined {
    return this.#foldersById.get(folder);
  }

  /** Adds or replaces a folder and drops its offer in the same commit. */
  async put(record: FolderRecord): Promise<void> {
    await this.#change(record.id, record, [this.#folders.putChange(record.id, record), this.#offers.deleteChange(record.id)]);
    this.#offersById.delete(record.id);
  }

  async setPaused(folder: FolderId, paused: boolean): Promise<void> {
    await this.put({ ...present(this.#foldersById.get(folder), 'folder record'), paused });
  }

  /** A fact for people; a crash may cost the newest one. */
  noteEven(folder: FolderId, device: DeviceId, atMs: number): void {
    const old = this.#foldersById.get(folder);
    if (!old) return;
    this.#putSoon({ ...old, lastEvenMs: { ...old.lastEvenMs, [device]: atMs } });
  }

  /** Each link offers anew what is not known to be kept there. True where the answer is another one than the last; a crash may cost the newest one. */
  noteOffered(folder: FolderId, device: DeviceId, state: OfferState): boolean {
    const old = this.#foldersById.get(folder);
    if (!old || old.offeredTo?.[device] === state) return false;
    this.#putSoon({ ...old, offeredTo: { ...old.offeredTo, [device]: state } });
    return true;
  }

  /** Only `devices` are on the folder's roster now: an offer to another one, should it come back, will be news. */
  keepOffersTo(folder: FolderId, devices: readonly DeviceId[]): void {
    const old = this.#foldersById.get(folder);
    const told = Object.entries(old?.offeredTo ?? {}) as [DeviceId, OfferState][];
    const kept = told.filter(([device]) => devices.includes(device));
    if (old && kept.length < told.length) this.#putSoon({ ...old, offeredTo: Object.fromEntries(kept) });
  }

  async remove(folder: FolderId): Promise<void> {
    await this.#change(folder, undefined, [this.#folders.deleteChange(folder)]);
  }

  offers(): readonly OfferRecord[] {
    return [...this.#offersById.values()];
  }

  async offer(folder: FolderId, from: DeviceId, receivedAtMs: number, statements: readonly Uint8Array[]): Promise<void> {
    const record = { folder, from, receivedAtMs, statements: statements.map(hexFromBytes) };
    await this.#offers.put(folder, record);
    this.#offersById.set(folder, record);
  }

  async dropOffer(folder: FolderId): Promise<void> {
    await this.#offers.remove(folder);
    this.#offersById.delete(folder);
  }

  /**
   * Memory changes first: what is noted meanwhile is built on it, and so can neither undo a pause nor bring a removed folder back with the
   * next start. What could not be stored never was.
   */
  async #change(folder: FolderId, record: FolderRecord | undefined, changes: readonly StoreChange[]): Promise<void> {
    const old = this.#foldersById.get(folder);
    this.#remember(folder, record);
    try {
      await this.#store.commit(changes, { durable: true });
    } catch (error) {
      if (this.#foldersById.get(folder) === record) this.#remember(folder, old);
      throw error;
    }
  }

  #remember(folder: FolderId, record: FolderRecord | undefined): void {
    if (record) this.#foldersById.set(folder, record);
    else this.#foldersById.delete(folder);
  }

  #putSoon(record: FolderRecord): void {
    this.#foldersById.set(record.id, record);
    this.#store.commit([this.#folders.putChange(record.id, record)], { durable: false }).catch(() => undefined);
  }

  static statementsOf(offer: OfferRecord): readonly Uint8Array[] {
    return offer.statements.map((text) => present(bytesFromHex(text), 'hexadecimal statement'));
  }
}
