import { compareUtf8 } from '../../base/index.ts';
import type { StoreRange, StoreRow } from '../../ports/index.ts';

type Bounds = Omit<StoreRange, 'limit' | 'reverse'>;

/** Most keys of one leaf; a full leaf is split in two. */
const leafKeysMax = 512;

/**
 * The rows of one scope: a map for lookups, and the keys in a list of sorted leaves (a B-tree of two levels), so that a change
 * costs two binary searches and a move within one leaf.
 */
export class OrderedRows {
  readonly #values = new Map<string, Uint8Array>();
  #leaves: string[][] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Stores `value` itself; returns what was there before. */
  put(key: string, value: Uint8Array): Uint8Array | undefined {
    const before = this.#values.get(key);
    this.#values.set(key, value);
    if (before === undefined) this.#insertKey(key);
    return before;
  }

  delete(key: string): Uint8Array | undefined {
    const before = this.#values.get(key);
    if (before === undefined) return undefined;
    this.#values.delete(key);
    const leafIndex = this.#leafOf(key);
    const leaf = this.#leaves[leafIndex];
    if (!leaf) return before;
    leaf.splice(lowerBound(leaf, key), 1);
    if (leaf.length === 0) this.#leaves.splice(leafIndex, 1);
    return before;
  }

  /** Keys within `bounds` in order, or in reverse order, at most `limit`. */
  keys(bounds: Bounds, limit = Infinity, reverse = false): string[] {
    const keys: string[] = [];
    if (reverse) this.#collectBackward(bounds, limit, keys);
    else this.#collectForward(bounds, limit, keys);
    return keys;
  }

  rows(range: StoreRange): StoreRow[] {
    return this.keys(range, range.limit, range.reverse ?? false).map((key) => ({
      key,
      value: this.#values.get(key)?.slice() ?? new Uint8Array(0),
    }));
  }

  #collectForward(bounds: Bounds, limit: number, into: string[]): void {
    const start = lowestOf(bounds);
    let leafIndex = start === undefined ? 0 : this.#leafOf(start);
    let at = start === undefined ? 0 : lowerBound(this.#leaves[leafIndex] ?? [], start);
    for (; leafIndex < this.#leaves.length; leafIndex++, at = 0) {
      const leaf = this.#leaves[leafIndex] ?? [];
      for (; at < leaf.length; at++) {
        if (into.length >= limit) return;
        const key = leaf[at] as string;
        if (isAbove(key, bounds)) return;
        if (!isBelow(key, bounds)) into.push(key);
      }
    }
  }

  #collectBackward(bounds: Bounds, limit: number, into: string[]): void {
    const end = bounds.before;
    let leafIndex = end === undefined ? this.#leaves.length - 1 : Math.min(this.#leafOf(end), this.#leaves.length - 1);
    for (; leafIndex >= 0; leafIndex--) {
      const leaf = this.#leaves[leafIndex] ?? [];
      for (let at = leaf.length - 1; at >= 0; at--) {
        if (into.length >= limit) return;
        const key = leaf[at] as string;
        if (isBelow(key, bounds)) return;
        if (!isAbove(key, bounds)) into.push(key);
      }
    }
  }

  #insertKey(key: string): void {
    const leafIndex = this.#leafOf(key);
    const leaf = this.#leaves[leafIndex];
    if (!leaf) {
      this.#leaves.push([key]);
      return;
    }
    leaf.splice(lowerBound(leaf, key), 0, key);
    if (leaf.length > leafKeysMax) this.#leaves.splice(leafIndex + 1, 0, leaf.splice(leafKeysMax >> 1));
  }

  /** Index of the leaf where `key` is or belongs: the last whose first key is not greater. */
  #leafOf(key: string): number {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareUtf8((this.#leaves[middle] as string[])[0] as string, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The greatest inclusive lower bound that is known without looking at keys. */
function lowestOf(bounds: Bounds): string | undefined {
  let lowest: string | undefined;
  for (const bound of [bounds.prefix, bounds.from, bounds.after]) {
    if (bound !== undefined && (lowest === undefined || compareUtf8(bound, lowest) > 0)) lowest = bound;
  }
  return lowest;
}

function isBelow(key: string, bounds: Bounds): boolean {
  if (bounds.from !== undefined && compareUtf8(key, bounds.from) < 0) return true;
  if (bounds.after !== undefined && compareUtf8(key, bounds.after) <= 0) return true;
  return bounds.prefix !== undefined && !key.startsWith(bounds.prefix) && compareUtf8(key, bounds.prefix) < 0;
}

function isAbove(key: string, bounds: Bounds): boolean {
  if (bounds.before !== undefined && compareUtf8(key, bounds.before) >= 0) return true;
  return bounds.prefix !== undefined && !key.startsWith(bounds.prefix) && compareUtf8(key, bounds.prefix) > 0;
}

/** Index of the first key not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareUtf8(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
