import type { HistoryRow } from '../journal/types.ts';
import { baseName } from '../model/index.ts';
import type { DirectoryItem } from '../ports/index.ts';
import { foldName } from '../reconcile/index.ts';

/** How a disk tells names apart. */
export interface DiskNames {
  readonly caseSensitive: boolean;
  readonly unicodeExact: boolean;
  readonly windowsNames: boolean;
}

/** Names as this disk tells them apart, but for case: a different case is a rename by the user, a different Unicode form is not. */
export function spelled(name: string, rules: DiskNames): string {
  return rules.unicodeExact ? name : name.normalize('NFC');
}

/** History of one directory by the names on its disk. */
export class RowsByName {
  readonly #rules: DiskNames;
  readonly #rows = new Map<string, HistoryRow>();

  constructor(rows: readonly HistoryRow[], rules: DiskNames) {
    this.#rules = rules;
    for (const row of rows) this.#rows.set(spelled(row.spelling ?? baseName(row.path), rules), row);
  }

  take(item: DirectoryItem): HistoryRow | undefined {
    if (item.undecodable) return undefined;
    const name = spelled(item.name, this.#rules);
    const row = this.#rows.get(name);
    this.#rows.delete(name);
    return row;
  }

  untaken(): Iterable<HistoryRow> {
    return this.#rows.values();
  }
}

/** Names that some paths have on this disk. */
export class NameSet {
  readonly #rules: DiskNames;
  readonly #folded: ReadonlySet<string>;

  constructor(names: ReadonlySet<string>, rules: DiskNames) {
    this.#rules = rules;
    this.#folded = new Set([...names].map((name) => foldName(name, rules)));
  }

  has(name: string): boolean {
    return this.#folded.has(foldName(name, this.#rules));
  }
}
