import { assert } from '../../base/index.ts';
import { StoreFailure } from '../../ports/index.ts';
import type { Store, StoreChange, StoreError, StoreRange, StoreRow } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import { OrderedRows } from './ordered-rows.ts';
import type { Prng } from './prng.ts';

/** What undoes one change: the row as it was. */
interface Undo {
  readonly scope: string;
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** A copy of a store's durable state: what a backup holds. */
export type StoreSnapshot = ReadonlyMap<string, readonly StoreRow[]>;

/** The file of one store on one host's disk; it outlives the programs that open it. */
export class StoreFile {
  /** Set to let every following commit fail, and every read too unless it is only that the disk is full. */
  fault: StoreError | undefined;
  /** Commits applied since the file was made. */
  commits = 0;
  readonly #scopes = new Map<string, OrderedRows>();
  /** Undo records of the commits that are not durable yet, oldest first. */
  #volatile: Undo[][] = [];
  /** Set while a program has the store open. */
  owner: SimStore | undefined;

  rows(scope: string): OrderedRows {
    let rows = this.#scopes.get(scope);
    if (!rows) this.#scopes.set(scope, (rows = new OrderedRows()));
    return rows;
  }

  get volatileCommits(): number {
    return this.#volatile.length;
  }

  apply(changes: readonly StoreChange[]): void {
    const undo: Undo[] = [];
    for (const change of changes) this.#applyOne(change, undo);
    this.#volatile.push(undo);
    this.commits += 1;
  }

  /** The oldest `count` volatile commits are durable from now on. */
  harden(count: number): void {
    this.#volatile = this.#volatile.slice(count);
  }

  /** A crash: of the commits that were not durable a prefix survives, how long `prng` decides. */
  crash(prng: Pick<Prng, 'integer'>): void {
    const survivors = prng.integer(0, this.#volatile.length);
    for (const undo of this.#volatile.slice(survivors).reverse()) {
      for (const { scope, key, value } of undo.reverse()) {
        if (value === undefined) this.rows(scope).delete(key);
        else this.rows(scope).put(key, value);
      }
    }
    this.#volatile = [];
    this.owner = undefined;
  }

  /** A copy of everything, for a restored backup or a cloned disk. */
  snapshot(): StoreSnapshot {
    return new Map([...this.#scopes].map(([scope, rows]) => [scope, rows.rows({ limit: Infinity })]));
  }

  /** Makes the file what `snapshot` says, durably. Only while no program has it open. */
  restore(snapshot: StoreSnapshot): void {
    assert(!this.owner, 'a store is restored while no program has it open');
    this.#scopes.clear();
    this.#volatile = [];
    for (const [scope, rows] of snapshot) for (const { key, value } of rows) this.rows(scope).put(key, value.slice());
  }

  /** Loses everything, as a deleted state directory does. */
  wipe(): void {
    this.restore(new Map());
  }

  #applyOne(change: StoreChange, undo: Undo[]): void {
    const { scope } = change;
    const rows = this.rows(scope);
    switch (change.kind) {
      case 'put':
        undo.push({ scope, key: change.key, value: rows.put(change.key, change.value.slice()) });
        return;
      case 'delete':
        undo.push({ scope, key: change.key, value: rows.delete(change.key) });
        return;
      case 'clear': {
        const { from, before } = change;
        const bounds = { ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) };
        for (const key of rows.keys(bounds)) undo.push({ scope, key, value: rows.delete(key) });
        return;
      }
    }
  }
}

/**
 * {@link Store} over a {@link StoreFile} for one run of one program. Commits apply at the call; a sync that starts after a commit
 * makes it durable, and commits under way share syncs. Some reads answer in a later event, so that interleavings vary.
 */
export class SimStore implements Store {
  readonly #file: StoreFile;
  readonly #lane: Lane;
  readonly #prng: Prng;
  #closed = false;
  #syncing = false;
  #lazySyncArmed = false;
  #waiters: (() => void)[] = [];

  constructor(file: StoreFile, lane: Lane, prng: Prng) {
    assert(!file.owner || file.owner.#closed, 'one process owns a store');
    this.#file = file;
    this.#lane = lane;
    this.#prng = prng;
    file.owner = this;
  }

  get(scope: string, key: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#file.rows(scope).get(key)?.slice());
  }

  getMany(scope: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#read(() => keys.map((key) => this.#file.rows(scope).get(key)?.slice()));
  }

  scan(scope: string, range: StoreRange): Promise<readonly StoreRow[]> {
    return this.#read(() => this.#file.rows(scope).rows(range));
  }

  count(scope: string, range: Omit<StoreRange, 'limit' | 'reverse'> = {}): Promise<number> {
    return this.#read(() => this.#file.rows(scope).keys(range).length);
  }

  async commit(changes: readonly StoreChange[], options: { readonly durable: boolean }): Promise<void> {
    if (this.#lane.dead) return this.#lane.never();
    this.#checkOpen();
    if (this.#file.fault) throw new StoreFailure(this.#file.fault);
    this.#file.apply(changes);
    if (options.durable) return this.#nextSync();
    this.#syncSomeTime();
    if (this.#lane.held || this.#prng.chance(0.25)) await this.#lane.wait(this.#prng.between(0, 0.2), `${this.#lane.name}:store commit`);
  }

  async close(): Promise<void> {
    if (this.#lane.dead) return this.#lane.never();
    if (this.#closed) return;
    this.#closed = true;
    await this.#nextSync();
    this.#file.owner = undefined;
  }

  /** Evaluates at the call, so that it sees every earlier commit and no later one. */
  async #read<T>(evaluate: () => T): Promise<T> {
    if (this.#lane.dead) return this.#lane.never();
    this.#checkOpen();
    const { fault } = this.#file;
    if (fault && fault.kind !== 'disk-full') throw new StoreFailure(fault);
    const value = evaluate();
    if (this.#lane.held || this.#prng.chance(0.25)) await this.#lane.wait(this.#prng.between(0, 0.2), `${this.#lane.name}:store read`);
    return value;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreFailure({ kind: 'io', text: 'the store is closed' });
  }

  /** Commits that nobody waits for become durable within about a second. */
  #syncSomeTime(): void {
    if (this.#lazySyncArmed) return;
    this.#lazySyncArmed = true;
    this.#lane.schedule(this.#prng.between(200, 1000), `${this.#lane.name}:store lazy sync`, () => {
      this.#lazySyncArmed = false;
      this.#startSync();
    });
  }

  /** Resolves with the end of the first sync that starts after the call. */
  #nextSync(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#startSync();
    });
  }

  #startSync(): void {
    if (this.#syncing) return;
    this.#syncing = true;
    // The sync begins a moment after the first request, so that commits made together share it.
    this.#lane.schedule(this.#prng.between(0, 0.3), `${this.#lane.name}:store sync begins`, () => {
      const commits = this.#file.volatileCommits;
      const waiters = this.#waiters;
      this.#waiters = [];
      this.#lane.schedule(this.#prng.between(0.5, 6), `${this.#lane.name}:store synced`, () => {
        this.#file.harden(commits);
        this.#syncing = false;
        for (const resolve of waiters) resolve();
        if (this.#waiters.length > 0) this.#startSync();
      });
    });
  }
}
