import { present } from '../base/index.ts';
import { compareUtf8 } from '../base/index.ts';
import type { EntryRef, KnownEntry, Snap } from './entry.ts';
import type { VersionVector } from './version-vector.ts';
import { compareVectors } from './version-vector.ts';

/**
 * The order in which concurrent entries of one path win, the same on every device (FLD-3): directory before other kinds before
 * removal, then the later mtime, then the content, then the vector. Positive: `a` wins over `b`.
 *
 * Nothing in it but the last step, which decides between equal snaps, depends on who announced the entry: a winner that is announced once
 * more with joined vectors has another author and must win over the same rivals as before, or two devices that settle one conflict in
 * different orders give different contents to one vector.
 */
export function compareConcurrent(a: KnownEntry, b: KnownEntry): number {
  return (
    kindRank(a.snap) - kindRank(b.snap) ||
    mtimeOf(a.snap) - mtimeOf(b.snap) ||
    compareContents(a.snap, b.snap) ||
    compareUtf8(vectorText(a.vector), vectorText(b.vector))
  );
}

/** The entry among `heads` that everyone applies; undefined for none. Entries of an unknown kind rank with files. */
export function winnerOf(heads: readonly KnownEntry[]): KnownEntry | undefined {
  return heads.reduce<KnownEntry | undefined>(
    (best, head) => (best === undefined || compareConcurrent(head, best) > 0 ? head : best),
    undefined,
  );
}

/**
 * The newest entries of a path after `entry` became known: those that no other one covers. An entry that is covered changes
 * nothing. Equal vectors mean equal content, written again: by compaction later in the same journal, or by two devices that settled
 * the same conflict. Of those the later one stays, or the one in the greater journal: a choice that no order of arrival changes.
 */
export function addHead(heads: readonly KnownEntry[], entry: KnownEntry): readonly KnownEntry[] {
  const kept: KnownEntry[] = [];
  for (const head of heads) {
    const order = compareVectors(head.vector, entry.vector);
    if (order === 'after') return heads;
    if (order === 'equal') {
      return compareRefs(entry.ref, head.ref) > 0 ? heads.map((each) => (each === head ? entry : each)) : heads;
    }
    if (order === 'concurrent') kept.push(head);
  }
  kept.push(entry);
  return kept;
}

function compareRefs(a: EntryRef, b: EntryRef): number {
  return compareUtf8(a.journal, b.journal) || a.sequence - b.sequence;
}

function kindRank(snap: Snap): number {
  if (snap.kind === 'directory') return 2;
  return snap.kind === 'removed' ? 0 : 1;
}

/** An order of snaps of equal rank and time; 0 only for equal ones. */
function compareContents(a: Snap, b: Snap): number {
  return compareUtf8(a.kind, b.kind) || compareUtf8(contentText(a), contentText(b));
}

function contentText(snap: Snap): string {
  switch (snap.kind) {
    case 'file': {
      const names = snap.blocks.kind === 'paged' ? snap.blocks.root : snap.blocks.blocks.map(({ name }) => name).join(',');
      return `${names} ${snap.size} ${snap.executable}`;
    }
    case 'link':
      return snap.target;
    case 'unknown':
      return snap.tag;
    case 'directory':
    case 'removed':
      return '';
  }
}

function mtimeOf(snap: Snap): number {
  return snap.kind === 'file' || snap.kind === 'removed' ? snap.mtimeMs : 0;
}

/** One spelling per vector, for comparing and for names. */
export function vectorText(vector: VersionVector): string {
  return [...vector.keys()]
    .sort(compareUtf8)
    .map((journal) => `${journal}:${present(vector.get(journal), 'component')}`)
    .join(',');
}
