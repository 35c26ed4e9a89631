import { DAY_MS, textFromUtf8, utf8 } from '../base/index.ts';
import type { BlockList, BlockName, BlockRef, RelPath } from '../model/index.ts';
import { limits, pathFromKey, unpackBlocks } from '../model/index.ts';
import type { Clock, Store, StoreChange, StoreRow } from '../ports/index.ts';
import type { PageSpans } from './derived-rows.ts';
import type { FolderScopes } from './scopes.ts';
import { holderOfNameKey, nameKey } from './scopes.ts';
import type { BlockListing, BlockPlace } from './types.ts';

/** A page that nothing names is kept this long: a scan puts pages a moment before it announces the file. */
export const pageGraceMs = DAY_MS;

/** Holders of one name that are looked at; content that repeats more often than that is found through these. */
const holdersMax = 64;

/** Pages that are read at once. */
const pagesPerRead = 256;

/**
 * Pages of block lists (BLK-4) and the local block index. A file with a long list is indexed by its pages, a page by its blocks, so that
 * a change of a large file costs what its changed pages cost.
 */
export class PageStore {
  readonly #store: Store;
  readonly #scopes: FolderScopes;
  readonly #clock: Clock;
  #collectAfter: string | undefined;
  #anyPages: Promise<boolean> | undefined;

  constructor(store: Store, scopes: FolderScopes, clock: Clock) {
    this.#store = store;
    this.#scopes = scopes;
    this.#clock = clock;
  }

  async get(name: BlockName): Promise<Uint8Array | undefined> {
    return (await this.#hasPages()) ? this.#store.get(this.#scopes.pages, name) : undefined;
  }

  /** Whether there may be pages here. A folder without large files has none, and none of its many blocks is looked for in them. */
  #hasPages(): Promise<boolean> {
    this.#anyPages ??= this.#store.scan(this.#scopes.pageFacts, { limit: 1 }).then(
      (rows) => rows.length > 0,
      (error: unknown) => {
        this.#anyPages = undefined;
        throw error;
      },
    );
    return this.#anyPages;
  }

  /** Each page is one commit: a page of pages alone may bring 65 536 rows. */
  async put(pages: readonly { readonly name: BlockName; readonly bytes: Uint8Array }[]): Promise<void> {
    if (pages.length > 0) this.#anyPages = Promise.resolve(true);
    const known = await this.#store.getMany(
      this.#scopes.pageFacts,
      pages.map((page) => page.name),
    );
    for (const [index, page] of pages.entries()) {
      if (known[index]) continue;
      const blocks = unpackBlocks(page.bytes) ?? [];
      await this.#store.commit(this.#pageRows(page.name, page.bytes, blocks), { durable: false });
    }
  }

  #pageRows(name: BlockName, bytes: Uint8Array, blocks: readonly BlockRef[]): StoreChange[] {
    const rows = new Map<BlockName, StoreChange>();
    let offset = 0;
    for (const block of blocks) {
      if (!rows.has(block.name)) {
        rows.set(block.name, {
          kind: 'put',
          scope: this.#scopes.within,
          key: nameKey(block.name, name),
          value: utf8(`${offset} ${block.size}`),
        });
      }
      offset += block.size;
    }
    return [
      { kind: 'put', scope: this.#scopes.pages, key: name, value: bytes },
      { kind: 'put', scope: this.#scopes.pageFacts, key: name, value: utf8(`${offset} ${this.#clock.wallNow()}`) },
      ...rows.values(),
    ];
  }

  async blocksOf(list: BlockList, fileBytes: number): Promise<BlockListing> {
    if (list.kind === 'inline') return { kind: 'blocks', blocks: list.blocks };
    const root = await this.get(list.root);
    if (!root) return { kind: 'missing-pages', pages: [{ name: list.root, size: list.rootSize }] };
    const pages = unpackBlocks(root);
    if (!pages || pages.length > limits.pagesMax) return malformedList('the page of pages is no list');
    const blocks: BlockRef[] = [];
    const missing: BlockRef[] = [];
    for (let from = 0; from < pages.length; from += pagesPerRead) {
      const some = pages.slice(from, from + pagesPerRead);
      const found = await this.#store.getMany(
        this.#scopes.pages,
        some.map((page) => page.name),
      );
      for (const [index, page] of some.entries()) {
        const bytes = found[index];
        if (!bytes) missing.push(page);
        else if (missing.length === 0) {
          const part = unpackBlocks(bytes);
          if (!part || part.length > limits.blocksPerPageMax) return malformedList('a page is no list');
          for (const block of part) blocks.push(block);
          if (blocks.length > list.count) return malformedList('more blocks than announced');
        }
      }
    }
    if (missing.length > 0) return { kind: 'missing-pages', pages: missing };
    const sum = blocks.reduce((total, block) => total + block.size, 0);
    if (blocks.length !== list.count || sum !== fileBytes) return malformedList('number or sizes of blocks differ from what was announced');
    return { kind: 'blocks', blocks };
  }

  /** The pages of a paged list with their offsets in the file, up to the first that is not here. */
  async spans(root: BlockName): Promise<PageSpans> {
    const bytes = await this.get(root);
    const pages = bytes ? (unpackBlocks(bytes) ?? []) : [];
    const facts = await this.#store.getMany(
      this.#scopes.pageFacts,
      pages.map((page) => page.name),
    );
    const spans: { name: BlockName; offset: number }[] = [];
    let offset = 0;
    for (const [index, page] of pages.entries()) {
      const fact = facts[index];
      if (!fact) break;
      spans.push({ name: page.name, offset });
      offset += factsFromRow(fact).contentBytes;
    }
    return spans;
  }

  /** Where each of the blocks is; per block in the order of the index. */
  async blockPlaces(names: readonly BlockName[]): Promise<readonly (readonly BlockPlace[])[]> {
    const holdersOf = async (scope: string): Promise<readonly (readonly StoreRow[])[]> =>
      Promise.all(names.map((name) => this.#store.scan(scope, { prefix: nameKey(name, ''), limit: holdersMax })));
    const [direct, inPages] = await Promise.all([
      holdersOf(this.#scopes.places),
      this.#hasPages().then((hasPages) => (hasPages ? holdersOf(this.#scopes.within) : [])),
    ]);
    // The blocks of one file lie on few pages.
    const pages = new Set(inPages.flat().map((row) => holderOfNameKey(row.key) as BlockName));
    const stretches = new Map(await Promise.all([...pages].map(async (page) => [page, await this.#placesOfPage(page)] as const)));
    return names.map((_, index) => {
      const places = (direct[index] ?? []).flatMap(placesInRow);
      for (const row of inPages[index] ?? []) {
        const [within = '', size = ''] = textOf(row.value).split(' ');
        for (const { path, offset } of stretches.get(holderOfNameKey(row.key) as BlockName) ?? [])
          if (places.length < holdersMax) places.push({ path, offset: offset + Number(within), size: Number(size) });
      }
      return places;
    });
  }

  /** In which files a page's blocks begin, and where. */
  async #placesOfPage(page: BlockName): Promise<readonly { readonly path: RelPath; readonly offset: number }[]> {
    const rows = await this.#store.scan(this.#scopes.places, { prefix: nameKey(page, ''), limit: holdersMax });
    return rows.flatMap((row) => {
      const [kind, base] = textOf(row.value).split(' ');
      return kind === 'page' ? [{ path: pathFromKey(holderOfNameKey(row.key)), offset: Number(base) }] : [];
    });
  }

  /** BLK-5: named by an entry itself, by a page of one, or by a page of the page of pages of one. */
  isNamed(name: BlockName): Promise<boolean> {
    return this.#isNamedWithin(name, 2);
  }

  async #isNamedWithin(name: BlockName, levels: number): Promise<boolean> {
    const range = { prefix: nameKey(name, ''), limit: 1 };
    const [places, named] = await Promise.all([this.#store.scan(this.#scopes.places, range), this.#store.scan(this.#scopes.named, range)]);
    if (places.length + named.length > 0) return true;
    if (levels === 0) return false;
    for (const row of await this.#pagesWith(name)) {
      if (await this.#isNamedWithin(holderOfNameKey(row.key) as BlockName, levels - 1)) return true;
    }
    return false;
  }

  /** Rows of the pages that list `name`. */
  async #pagesWith(name: BlockName): Promise<readonly StoreRow[]> {
    return (await this.#hasPages()) ? this.#store.scan(this.#scopes.within, { prefix: nameKey(name, ''), limit: holdersMax }) : [];
  }

  /** One bounded step around all pages; the next call goes on after it. */
  async collect(limit: number): Promise<number> {
    const after = this.#collectAfter;
    const rows = await this.#store.scan(this.#scopes.pageFacts, { ...(after === undefined ? {} : { after }), limit });
    this.#collectAfter = rows.length < limit ? undefined : rows.at(-1)?.key;
    let dropped = 0;
    for (const row of rows) {
      const name = row.key as BlockName;
      const ageMs = this.#clock.wallNow() - factsFromRow(row.value).putAtMs;
      if ((ageMs >= 0 && ageMs < pageGraceMs) || (await this.isNamed(name))) continue;
      await this.#drop(name);
      dropped += 1;
    }
    return dropped;
  }

  async #drop(name: BlockName): Promise<void> {
    const bytes = await this.get(name);
    const blocks = bytes ? (unpackBlocks(bytes) ?? []) : [];
    const names = new Set(blocks.map((block) => block.name));
    const changes: StoreChange[] = [...names].map((block) => ({ kind: 'delete', scope: this.#scopes.within, key: nameKey(block, name) }));
    changes.push({ kind: 'delete', scope: this.#scopes.pages, key: name }, { kind: 'delete', scope: this.#scopes.pageFacts, key: name });
    await this.#store.commit(changes, { durable: false });
  }
}

function placesInRow(row: StoreRow): BlockPlace[] {
  const [offset = '', size = ''] = textOf(row.value).split(' ');
  return offset === 'page' || offset === 'root'
    ? []
    : [{ path: pathFromKey(holderOfNameKey(row.key)), offset: Number(offset), size: Number(size) }];
}

function malformedList(text: string): BlockListing {
  return { kind: 'malformed', text };
}

function factsFromRow(bytes: Uint8Array): { readonly contentBytes: number; readonly putAtMs: number } {
  const [contentBytes = '', putAtMs = ''] = textOf(bytes).split(' ');
  return { contentBytes: Number(contentBytes), putAtMs: Number(putAtMs) };
}

function textOf(bytes: Uint8Array): string {
  return textFromUtf8(bytes) ?? '';
}
