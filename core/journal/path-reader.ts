import { textFromUtf8 } from '../base/index.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import { childrenKeyPrefix, isLive, pathFromKey, pathKey, subtreeKeyRange, winnerOf } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { heldFromWantedKey, pathKeyOfWanted, wantedKey } from './derived-rows.ts';
import { decodeHeads, decodeHistory } from './path-records.ts';
import type { JournalNumbers } from './record-codec.ts';
import type { FolderScopes } from './scopes.ts';
import type { HistoryRow, PathState, WantedRow } from './types.ts';

/** Questions about paths. Each sees the commits that were called before it. */
export class PathReader {
  readonly #store: Store;
  readonly #scopes: FolderScopes;
  readonly #numbers: JournalNumbers;

  constructor(store: Store, scopes: FolderScopes, numbers: JournalNumbers) {
    this.#store = store;
    this.#scopes = scopes;
    this.#numbers = numbers;
  }

  async states(paths: readonly RelPath[]): Promise<readonly PathState[]> {
    const keys = paths.map(pathKey);
    // Both reads are called before either answers: no commit comes between them.
    const [heads, history] = await Promise.all([
      this.#store.getMany(this.#scopes.heads, keys),
      this.#store.getMany(this.#scopes.history, keys),
    ]);
    return paths.map((path, index) => {
      const headBytes = heads[index];
      const historyBytes = history[index];
      return {
        path,
        heads: headBytes ? decodeHeads(headBytes, this.#numbers) : [],
        history: historyBytes ? decodeHistory(historyBytes, this.#numbers) : undefined,
      };
    });
  }

  async childHistory(directory: RelPath): Promise<readonly HistoryRow[]> {
    const rows: HistoryRow[] = [];
    for await (const row of storeRows(this.#store, this.#scopes.history, { prefix: childrenKeyPrefix(directory) }))
      rows.push(decodeHistory(row.value, this.#numbers));
    return rows;
  }

  async *allHistory(): AsyncGenerator<HistoryRow> {
    for await (const row of storeRows(this.#store, this.#scopes.history)) yield decodeHistory(row.value, this.#numbers);
  }

  async hasLiveBelow(directory: RelPath): Promise<boolean> {
    const rows = await this.#store.scan(this.#scopes.live, { ...subtreeKeyRange(directory), limit: 1 });
    return rows.length > 0;
  }

  async liveChildren(directory: RelPath): Promise<readonly KnownEntry[]> {
    const entries: KnownEntry[] = [];
    for await (const heads of this.#headsOf(this.#scopes.live, childrenKeyPrefix(directory)))
      entries.push(...heads.filter((head) => isLive(head.snap)));
    return entries;
  }

  async conflicts(): Promise<readonly KnownEntry[]> {
    const entries: KnownEntry[] = [];
    for await (const heads of this.#headsOf(this.#scopes.conflicts, '')) {
      const winner = winnerOf(heads);
      if (winner) entries.push(winner);
    }
    return entries;
  }

  async wanted(options: { readonly after?: WantedRow; readonly limit: number }): Promise<readonly WantedRow[]> {
    const { after, limit } = options;
    const afterKey = after && wantedKey(after.held, after.recencyMs, pathKey(after.path));
    const rows = await this.#store.scan(this.#scopes.wanted, { ...(afterKey === undefined ? {} : { after: afterKey }), limit });
    return rows.map((row) => {
      const [bytes = '', recencyMs = ''] = (textFromUtf8(row.value) ?? '').split(' ');
      return {
        path: pathFromKey(pathKeyOfWanted(row.key)),
        bytes: Number(bytes),
        held: heldFromWantedKey(row.key),
        recencyMs: Number(recencyMs),
      };
    });
  }

  /** Heads of the paths that an index lists under `prefix`, a thousand at a time read, one path at a time given. */
  async *#headsOf(indexScope: string, prefix: string): AsyncGenerator<readonly KnownEntry[]> {
    let after: string | undefined;
    for (;;) {
      const page = await this.#store.scan(indexScope, { prefix, ...(after === undefined ? {} : { after }), limit: 1000 });
      const rows = await this.#store.getMany(
        this.#scopes.heads,
        page.map((row) => row.key),
      );
      for (const bytes of rows) if (bytes) yield decodeHeads(bytes, this.#numbers);
      after = page.at(-1)?.key;
      if (after === undefined || page.length < 1000) return;
    }
  }
}
