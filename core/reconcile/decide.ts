import type { JournalId, KnownEntry, RelPath, Snap, VersionVector } from '../model/index.ts';
import { covers, emptyVector, isLive, joinVectors, sameContent, winnerOf } from '../model/index.ts';

/** What a look at the disk told about one path. */
export type DiskFinding =
  /** As history says; without history: nothing is there. */
  | { readonly kind: 'unchanged' }
  /** Something live is there that history does not say, or says with other times or mode. */
  | { readonly kind: 'changed'; readonly snap: Snap }
  /** Nothing is there, with FLD-5's proof. */
  | { readonly kind: 'absent' }
  /** Not to be told: no conclusion may be drawn. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ignored' };

/** All that decides what happens to one path. */
export interface PathFacts {
  readonly path: RelPath;
  /** Newest known entries, none covered by another. */
  readonly heads: readonly KnownEntry[];
  /** The entry whose bytes are on this disk, its vector joined with what it settled (JRN-3). */
  readonly history: KnownEntry | undefined;
  readonly disk: DiskFinding;
  /** A live entry is known somewhere below the path (FLD-4). Matters only while no directory wins and the disk is unchanged. */
  readonly liveBelow: boolean;
  /** False for readers (ROS-4). */
  readonly mayAnnounce: boolean;
}

/**
 * What to do with one path. Each decision is one step; after it was done the path is looked at again, until the answer is `nothing`.
 */
export type Decision =
  | { readonly kind: 'nothing' }
  /** Drop the history row: nothing of the path counts as being on this disk any more. */
  | { readonly kind: 'forget' }
  /** Announce what is on disk; `vector` gets our own component (JRN-4). */
  | { readonly kind: 'announce'; readonly snap: Snap; readonly vector: VersionVector }
  /** Announce that the path is gone. */
  | { readonly kind: 'announce-removal'; readonly vector: VersionVector }
  /** Announce the directory once more, because something lives below it (FLD-4). The disk is left alone. */
  | { readonly kind: 'announce-directory'; readonly vector: VersionVector }
  /**
   * The bytes on this disk are those of `entry`: record it. Where the times or the mode of the entry are others, put them on the file first;
   * absent fields are left as they are on disk.
   */
  | { readonly kind: 'adopt'; readonly entry: KnownEntry; readonly setMtimeMs?: number; readonly setExecutable?: boolean }
  /** Put `entry` on this disk in place of what history says. Its vector is the one that history gets. */
  | { readonly kind: 'apply'; readonly entry: KnownEntry }
  /**
   * Keep what is on this disk (`loser`) under its conflict name, put `winner` in place, and announce in one batch the copy and the winner
   * once more with `winner.vector`, not bumped (FLD-3).
   */
  | { readonly kind: 'settle'; readonly winner: KnownEntry; readonly loser: KnownEntry }
  /** Keep what is on this disk under a local name that is not announced, then apply `winner` (ROS-4). */
  | { readonly kind: 'displace'; readonly winner: KnownEntry; readonly snap: Snap }
  /** A reader's own change: list it, announce nothing (ROS-4). */
  | { readonly kind: 'local-change' }
  /** The winner is of a kind this version does not know: a problem of the path. */
  | { readonly kind: 'unknown-kind'; readonly winner: KnownEntry };

const nothing: Decision = { kind: 'nothing' };

/** The next step for one path (chapter 4). Pure: equal facts, equal decision. */
export function decide(facts: PathFacts): Decision {
  switch (facts.disk.kind) {
    case 'unknown':
      return nothing;
    case 'ignored':
      return facts.history ? { kind: 'forget' } : nothing;
    case 'changed':
      return decideChanged(facts, facts.disk.snap);
    case 'absent':
      return facts.history ? decideAbsent(facts, facts.history) : decideUnchanged(facts);
    case 'unchanged':
      return decideUnchanged(facts);
  }
}

/**
 * Whether the winner is not on this disk yet: what counts as wanted. History's vector alone does not tell: joined with equal content
 * elsewhere, or with what was settled, it can cover a winner of other content that another device made of the same heads.
 */
export function isWanted(heads: readonly KnownEntry[], history: KnownEntry | undefined): boolean {
  const winner = winnerOf(heads);
  if (!winner) return false;
  if (!history) return isLive(winner.snap);
  return !covers(history.vector, winner.vector) || !sameContent(history.snap, winner.snap);
}

function decideChanged({ heads, history, mayAnnounce }: PathFacts, snap: Snap): Decision {
  // The same bytes as a known version that has seen what was here (joined with a non-empty directory, or cut off before history was written).
  const known = winnerOf(heads.filter((head) => sameContent(head.snap, snap) && isBeyond(head, history)));
  if (known) return adoption(settledBy(known, heads), snap);

  const winner = winnerOf(heads);
  const winnerIsNew = winner !== undefined && isWanted(heads, history);
  if (history && sameContent(snap, history.snap)) {
    if (sameMetadata(snap, history.snap)) return { kind: 'adopt', entry: history };
    // Only times or mode were touched here, and somebody who knew our bytes has newer ones: theirs is the newer version, nothing of ours is lost.
    // The file gets its former ones back until then: an edit in between would else take up what history does not know.
    if (winnerIsNew && covers(winner.vector, history.vector)) return adoption(history, snap);
  }
  if (mayAnnounce) return { kind: 'announce', snap, vector: history?.vector ?? emptyVector };
  if (winnerIsNew && winner.snap.kind !== 'unknown') return { kind: 'displace', winner: settledBy(winner, heads), snap };
  return { kind: 'local-change' };
}

/** `head` has seen what history holds, and is not that itself. */
function isBeyond(head: KnownEntry, history: KnownEntry | undefined): boolean {
  return !history || (covers(head.vector, history.vector) && !covers(history.vector, head.vector));
}

function decideAbsent({ heads, mayAnnounce }: PathFacts, history: KnownEntry): Decision {
  const winner = winnerOf(heads);
  if (winner && !isLive(winner.snap)) return { kind: 'forget' };
  const winnerIsNew = winner !== undefined && isWanted(heads, history);
  // A newer version would win over our removal anyway.
  if (winnerIsNew && (covers(winner.vector, history.vector) || !mayAnnounce)) return { kind: 'forget' };
  return mayAnnounce ? { kind: 'announce-removal', vector: history.vector } : { kind: 'local-change' };
}

function decideUnchanged({ heads, history, liveBelow, mayAnnounce }: PathFacts): Decision {
  const known = heads.reduce((joined, head) => joinVectors(joined, head.vector), emptyVector);
  // Entries that were once accepted are refused now (ROS-2): the bytes are still here, so they become our own.
  if (history && !covers(known, history.vector)) {
    return mayAnnounce ? { kind: 'announce', snap: history.snap, vector: history.vector } : nothing;
  }
  const winner = winnerOf(heads);
  // Its entry was cut off (ROS-2, JRN-5), that of the child was not.
  if (!winner) return liveBelow && mayAnnounce ? { kind: 'announce-directory', vector: directoryAgainVector(heads, history) } : nothing;
  if (winner.snap.kind === 'unknown') return isWanted(heads, history) ? { kind: 'unknown-kind', winner } : nothing;
  if (liveBelow && winner.snap.kind !== 'directory') {
    return mayAnnounce ? { kind: 'announce-directory', vector: directoryAgainVector(heads, history) } : nothing;
  }
  const entry = settledBy(winner, heads);
  if (!history) return isLive(winner.snap) ? { kind: 'apply', entry } : nothing;
  if (sameContent(winner.snap, history.snap)) return decideEqual(heads, history, winner);
  if (!isUnsettled(heads, history, winner)) return { kind: 'apply', entry };
  if (!mayAnnounce) return { kind: 'displace', winner: entry, snap: history.snap };
  return { kind: 'settle', winner: { ...entry, vector: joinVectors(entry.vector, history.vector) }, loser: history };
}

/**
 * The bytes of the winner are on this disk. Heads of equal content are taken into history's vector, so that the next change here covers
 * them. Of equal ones the winner may be another than before, after one was superseded: its times and mode count.
 */
function decideEqual(heads: readonly KnownEntry[], history: KnownEntry, winner: KnownEntry): Decision {
  const vector = settledBy(winner, heads).vector;
  const isKnown = covers(history.vector, vector) && sameMetadata(winner.snap, history.snap);
  return isKnown ? nothing : adoption({ ...winner, vector: joinVectors(vector, history.vector) }, history.snap);
}

/** `entry` with its vector joined with those of other heads of equal content. Never with others (JRN-4). */
function settledBy(entry: KnownEntry, heads: readonly KnownEntry[]): KnownEntry {
  const equal = heads.filter((head) => sameContent(head.snap, entry.snap));
  return { ...entry, vector: equal.reduce((joined, head) => joinVectors(joined, head.vector), entry.vector) };
}

/**
 * Whether the bytes on this disk are a losing version that nobody has superseded: one of the heads is what history holds. Where all that
 * history stands for is covered by other heads, their authors knew these bytes.
 */
function isUnsettled(heads: readonly KnownEntry[], history: KnownEntry, winner: KnownEntry): boolean {
  return heads.some(
    (head) => head !== winner && isLive(head.snap) && covers(history.vector, head.vector) && sameContent(head.snap, history.snap),
  );
}

/** A directory again: over the removals, and over the directory that was here; concurrent with anything that has bytes. */
function directoryAgainVector(heads: readonly KnownEntry[], history: KnownEntry | undefined): VersionVector {
  const base: VersionVector = history?.snap.kind === 'directory' ? history.vector : new Map<JournalId, number>();
  return heads.filter((head) => !isLive(head.snap)).reduce((joined, head) => joinVectors(joined, head.vector), base);
}

function adoption(entry: KnownEntry, onDisk: Snap): Decision {
  if (entry.snap.kind !== 'file' || onDisk.kind !== 'file') return { kind: 'adopt', entry };
  return {
    kind: 'adopt',
    entry,
    ...(entry.snap.mtimeMs === onDisk.mtimeMs ? {} : { setMtimeMs: entry.snap.mtimeMs }),
    ...(entry.snap.executable === onDisk.executable ? {} : { setExecutable: entry.snap.executable }),
  };
}

function sameMetadata(a: Snap, b: Snap): boolean {
  return a.kind !== 'file' || b.kind !== 'file' || (a.mtimeMs === b.mtimeMs && a.executable === b.executable);
}
