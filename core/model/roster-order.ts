import { compareUtf8 } from '../base/index.ts';
import type { FolderId } from './ids.ts';
import type { RosterStatement } from './roster.ts';

/**
 * The statements of `folder` in an order in which every one comes after those it names in `after`; where that leaves a choice, the
 * smaller hash first. Left out: repetitions, and statements with a predecessor that is missing (or that wait for each other).
 */
export function orderStatements(folder: FolderId, statements: readonly RosterStatement[]): readonly RosterStatement[] {
  const byHash = new Map<string, RosterStatement>();
  for (const statement of statements) if (statement.folder === folder) byHash.set(statement.hash, statement);
  const missing = new Map<string, number>();
  const followers = new Map<string, RosterStatement[]>();
  for (const statement of byHash.values()) {
    const predecessors = new Set(statement.after);
    missing.set(statement.hash, predecessors.size);
    for (const hash of predecessors) {
      const known = followers.get(hash);
      if (known) known.push(statement);
      else followers.set(hash, [statement]);
    }
  }
  const ordered: RosterStatement[] = [];
  // Only the first statement may stand alone: everything else hangs on it, or it belongs to no order of causes.
  let ready = [...byHash.values()].filter((statement) => statement.after.length === 0 && statement.hash === folder);
  while (ready.length > 0) {
    ready.sort((a, b) => compareUtf8(a.hash, b.hash));
    const next: RosterStatement[] = [];
    for (const statement of ready) {
      ordered.push(statement);
      for (const follower of followers.get(statement.hash) ?? []) {
        const left = (missing.get(follower.hash) ?? 0) - 1;
        missing.set(follower.hash, left);
        if (left === 0) next.push(follower);
      }
    }
    ready = next;
  }
  return ordered;
}

/** Who comes before whom, as one set of bits per statement: 4 096 statements take 2 MiB. */
export class AncestorSets {
  readonly #ordered: readonly RosterStatement[];
  readonly #sets: Uint32Array[] = [];

  /** `ordered` as {@link orderStatements} gives it. */
  constructor(ordered: readonly RosterStatement[]) {
    this.#ordered = ordered;
    const indexByHash = new Map(ordered.map((statement, index) => [statement.hash, index]));
    const words = Math.ceil(ordered.length / 32);
    for (const statement of ordered) {
      const set = new Uint32Array(words);
      for (const hash of statement.after) {
        const parent = indexByHash.get(hash) ?? 0;
        const parentSet = this.#sets[parent];
        if (parentSet) for (let i = 0; i < words; i++) set[i] = (set[i] ?? 0) | (parentSet[i] ?? 0);
        set[parent >>> 5] = (set[parent >>> 5] ?? 0) | (1 << (parent & 31));
      }
      this.#sets.push(set);
    }
  }

  /** Whether statement number `ancestor` is among the causes of statement number `index`. */
  has(index: number, ancestor: number): boolean {
    return (((this.#sets[index]?.[ancestor >>> 5] ?? 0) >>> (ancestor & 31)) & 1) === 1;
  }

  /** Hashes of the statements of `among` that no other one of them follows, in their order as text. */
  heads(among: ReadonlySet<string>): readonly string[] {
    const counted = this.#ordered.filter((statement) => among.has(statement.hash));
    const followed = new Set(counted.flatMap((statement) => statement.after));
    return counted
      .map((statement) => statement.hash)
      .filter((hash) => !followed.has(hash))
      .sort(compareUtf8);
  }
}
