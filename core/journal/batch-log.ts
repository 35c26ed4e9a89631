import { textFromUtf8, utf8 } from '../base/index.ts';
import type { KnownEntry } from '../model/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { openBatch } from '../protocol/index.ts';
import type { DropRange, SendPlan } from './chains.ts';
import type { ChainLink, JournalState } from './journal-state.ts';
import { linkText, parseLink } from './journal-state.ts';
import { damaged } from './damaged.ts';
import type { FolderScopes } from './scopes.ts';
import { journalPrefix, placeKey, sequenceOfPlaceKey } from './scopes.ts';

/** What `batchesAfter` gives. */
export interface SentItem {
  readonly kind: 'batch' | 'floor';
  readonly bytes: Uint8Array;
  readonly lastSequence: number;
}

/** Links or batches that are read at once. */
const linksPerRead = 256;

/** The stored batches of all journals of a folder, and the links of their chains. */
export class BatchLog {
  readonly #store: Store;
  readonly #scopes: FolderScopes;

  constructor(store: Store, scopes: FolderScopes) {
    this.#store = store;
    this.#scopes = scopes;
  }

  putRows(journalNumber: number, first: number, last: number, hash: string, bytes: Uint8Array): StoreChange[] {
    const key = placeKey(journalNumber, first);
    return [
      { kind: 'put', scope: this.#scopes.batches, key, value: bytes },
      { kind: 'put', scope: this.#scopes.chain, key, value: utf8(linkText({ last, hash, bytes: bytes.length })) },
    ];
  }

  dropRows(journalNumber: number, drops: readonly DropRange[]): StoreChange[] {
    return drops.flatMap(({ from, before }) =>
      [this.#scopes.batches, this.#scopes.chain].map((scope): StoreChange => ({
        kind: 'clear',
        scope,
        from: placeKey(journalNumber, from),
        before: placeKey(journalNumber, before),
      })),
    );
  }

  /** The link of the batch that begins at `first`. */
  async linkAt(journalNumber: number, first: number): Promise<ChainLink | undefined> {
    const bytes = await this.#store.get(this.#scopes.chain, placeKey(journalNumber, first));
    return bytes ? linkOf(placeKey(journalNumber, first), bytes) : undefined;
  }

  /** The last link that begins at or before `sequence`. */
  async linkBefore(journalNumber: number, sequence: number): Promise<ChainLink | undefined> {
    const range = { prefix: journalPrefix(journalNumber), before: placeKey(journalNumber, sequence + 1), limit: 1, reverse: true };
    const [row] = await this.#store.scan(this.#scopes.chain, range);
    return row ? linkOf(row.key, row.value) : undefined;
  }

  /** The links of a journal from the one that begins at `from`, in order. */
  async *links(journalNumber: number, from: number): AsyncGenerator<ChainLink> {
    for await (const row of storeRows(
      this.#store,
      this.#scopes.chain,
      { prefix: journalPrefix(journalNumber), from: placeKey(journalNumber, from) },
      linksPerRead,
    )) {
      yield linkOf(row.key, row.value);
    }
  }

  async batchAt(journalNumber: number, first: number): Promise<Uint8Array | undefined> {
    return this.#store.get(this.#scopes.batches, placeKey(journalNumber, first));
  }

  /** Every stored entry of a journal, batch by batch. */
  async *entries(journalNumber: number): AsyncGenerator<readonly KnownEntry[]> {
    for await (const row of storeRows(this.#store, this.#scopes.batches, { prefix: journalPrefix(journalNumber) }, 4)) {
      const batch = openBatch(row.value);
      if (!batch.ok) throw damaged(`batch: ${batch.error.text}`);
      yield batch.value.content.entries;
    }
  }

  /** Reads what `plan` says, until about `bytesMax` bytes but at least one batch; less where a compaction comes between. */
  async read(state: JournalState, plan: SendPlan, bytesMax: number): Promise<readonly SentItem[]> {
    const items: SentItem[] = [];
    if (plan.floor) items.push({ kind: 'floor', bytes: plan.floor.bytes, lastSequence: plan.floor.firstSequence - 1 });
    if (plan.to < plan.from) return items;
    const firsts: number[] = [];
    let sum = 0;
    let next = (await this.linkBefore(state.number, plan.from))?.first ?? plan.from;
    for await (const link of this.links(state.number, next)) {
      if (link.first > plan.to || link.first !== next || (sum > 0 && sum + link.bytes > bytesMax)) break;
      firsts.push(link.first);
      sum += link.bytes;
      next = link.last + 1;
    }
    const batches = await this.#store.getMany(
      this.#scopes.batches,
      firsts.map((first) => placeKey(state.number, first)),
    );
    for (const [index, bytes] of batches.entries()) {
      // Dropped since the links were read.
      if (!bytes) break;
      items.push({ kind: 'batch', bytes, lastSequence: (firsts[index + 1] ?? next) - 1 });
    }
    return items;
  }
}

function linkOf(key: string, bytes: Uint8Array): ChainLink {
  return parseLink(sequenceOfPlaceKey(key), textFromUtf8(bytes) ?? '');
}
