/** One row: keys are unique per scope and ordered by their UTF-8 bytes. */
export interface StoreRow {
  readonly key: string;
  readonly value: Uint8Array;
}

/** One change of an atomic commit. */
export type StoreChange =
  | { readonly kind: 'put'; readonly scope: string; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly scope: string; readonly key: string }
  /** Deletes every row of the scope with `from` <= key < `before` (an absent bound is open). */
  | { readonly kind: 'clear'; readonly scope: string; readonly from?: string; readonly before?: string };

/** Which rows of a scope, in which order. Bounds combine; `prefix` selects keys that start with it. */
export interface StoreRange {
  readonly prefix?: string;
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive lower bound: continue a paged scan with the last key seen. */
  readonly after?: string;
  /** Exclusive upper bound. */
  readonly before?: string;
  readonly limit: number;
  readonly reverse?: boolean;
}

export type StoreError =
  { readonly kind: 'disk-full' } | { readonly kind: 'io'; readonly text: string } | { readonly kind: 'corrupt'; readonly text: string };

/** A commit or read that failed for a reason outside the program. Thrown, because nearly no caller can go on without its state. */
export class StoreFailure extends Error {
  override name = 'StoreFailure';
  readonly error: StoreError;

  constructor(error: StoreError) {
    super(error.kind === 'disk-full' ? 'the disk that holds the state is full' : error.text);
    this.error = error;
  }
}

/**
 * The agent's state: ordered rows in named scopes. A read sees every commit that was *called* before it, durable or not.
 * Commits are atomic and become durable in the order of their calls: what survives a crash is a prefix of them. One process owns
 * a store. All methods reject with {@link StoreFailure}.
 */
export interface Store {
  get(scope: string, key: string): Promise<Uint8Array | undefined>;
  /** Values in the order of `keys`. */
  getMany(scope: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  scan(scope: string, range: StoreRange): Promise<readonly StoreRow[]>;
  count(scope: string, range?: Omit<StoreRange, 'limit' | 'reverse'>): Promise<number>;
  /** Resolves when applied, with `durable` when it survives a power cut (commits under way at the same time share one sync). */
  commit(changes: readonly StoreChange[], options: { readonly durable: boolean }): Promise<void>;
  /** Makes all earlier commits durable, then releases the files. */
  close(): Promise<void>;
}

/** All rows of a range, page by page, so that memory stays bounded. Rows added behind the cursor while it runs are not seen. */
export async function* storeRows(
  store: Store,
  scope: string,
  range: Omit<StoreRange, 'limit' | 'reverse'> = {},
  pageRows = 1000,
): AsyncGenerator<StoreRow> {
  let after = range.after;
  for (;;) {
    const page = await store.scan(scope, { ...range, ...(after === undefined ? {} : { after }), limit: pageRows });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageRows) return;
    after = last.key;
  }
}
