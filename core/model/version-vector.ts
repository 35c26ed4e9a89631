import type { JournalId } from './ids.ts';

/** Per journal, the sequence number of the newest entry of that journal that this version has seen. Missing means 0. */
export type VersionVector = ReadonlyMap<JournalId, number>;

export const emptyVector: VersionVector = new Map();

/** `before`: a is an ancestor of b. `after`: b is an ancestor of a. */
export type VectorOrder = 'equal' | 'before' | 'after' | 'concurrent';

export function compareVectors(a: VersionVector, b: VersionVector): VectorOrder {
  let aHasMore = false;
  let bHasMore = false;
  for (const [journal, counter] of a) {
    const other = b.get(journal) ?? 0;
    if (counter > other) aHasMore = true;
    else if (counter < other) bHasMore = true;
  }
  for (const [journal, counter] of b) if (counter > 0 && !a.has(journal)) bHasMore = true;
  if (aHasMore) return bHasMore ? 'concurrent' : 'after';
  return bHasMore ? 'before' : 'equal';
}

/** Whether `a` has seen everything that `b` has. */
export function covers(a: VersionVector, b: VersionVector): boolean {
  const order = compareVectors(a, b);
  return order === 'equal' || order === 'after';
}

export function joinVectors(a: VersionVector, b: VersionVector): VersionVector {
  const joined = new Map(a);
  for (const [journal, counter] of b) if (counter > (joined.get(journal) ?? 0)) joined.set(journal, counter);
  return joined;
}

/** `vector` with the component of `journal` set to `sequence` (JRN-4). */
export function withComponent(vector: VersionVector, journal: JournalId, sequence: number): VersionVector {
  return new Map(vector).set(journal, sequence);
}
