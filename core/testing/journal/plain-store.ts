import { StoreFailure } from '../../ports/index.ts';
import type { Store, StoreChange, StoreError, StoreRange, StoreRow } from '../../ports/index.ts';
import { OrderedRows } from '../sim/ordered-rows.ts';

type Bounds = Omit<StoreRange, 'limit' | 'reverse'>;

/** {@link Store} in memory that answers at once: for tests of logic alone, where neither time nor crashes play a part. */
export class PlainStore implements Store {
  readonly #scopes = new Map<string, OrderedRows>();
  /** Set to let every following commit fail. */
  fault: StoreError | undefined;
  /** Commits so far. */
  commits = 0;
  /** Called before a commit applies; throwing stands for a crash at this point. */
  beforeCommit: (() => void) | undefined;

  rows(scope: string): OrderedRows {
    let rows = this.#scopes.get(scope);
    if (!rows) this.#scopes.set(scope, (rows = new OrderedRows()));
    return rows;
  }

  /** Everything, as a backup would hold it. */
  copy(): PlainStore {
    const copy = new PlainStore();
    for (const [scope, rows] of this.#scopes)
      for (const { key, value } of rows.rows({ limit: Infinity })) copy.rows(scope).put(key, value.slice());
    return copy;
  }

  /** Rows in all scopes. */
  get size(): number {
    let size = 0;
    for (const rows of this.#scopes.values()) size += rows.size;
    return size;
  }

  async get(scope: string, key: string): Promise<Uint8Array | undefined> {
    return this.rows(scope).get(key);
  }

  async getMany(scope: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const rows = this.rows(scope);
    return keys.map((key) => rows.get(key));
  }

  async scan(scope: string, range: StoreRange): Promise<readonly StoreRow[]> {
    return this.rows(scope).rows(range);
  }

  async count(scope: string, range: Bounds = {}): Promise<number> {
    return this.rows(scope).keys(range).length;
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.fault) throw new StoreFailure(this.fault);
    this.beforeCommit?.();
    this.commits += 1;
    for (const change of changes) this.#apply(change);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #apply(change: StoreChange): void {
    const rows = this.rows(change.scope);
    if (change.kind === 'put') rows.put(change.key, change.value.slice());
    else if (change.kind === 'delete') rows.delete(change.key);
    else {
      const { from, before } = change;
      for (const key of rows.keys({ ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) }))
        rows.delete(key);
    }
  }
}
