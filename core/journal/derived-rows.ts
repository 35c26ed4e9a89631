import type { BlockName, JournalId, KnownEntry } from '../model/index.ts';
import { covers, isLive, sameBlockList, sameContent, snapBytes, vectorText, winnerOf } from '../model/index.ts';
import type { FolderScopes } from './scopes.ts';
import { nameKey, placeKey } from './scopes.ts';
import type { HeldReason, HistoryRow } from './types.ts';

/** All that is kept about one path; every index and every counter follows from it. */
export interface PathSnapshot {
  readonly heads: readonly KnownEntry[];
  readonly history: HistoryRow | undefined;
  /** Why the path is held, a permanent problem included. */
  readonly held: HeldReason | undefined;
}

/** What one path adds to the folder's counters. */
export interface PathTally {
  /** 1 for a live file by the winner. */
  readonly files: number;
  readonly bytes: number;
  /** 1 for a wanted path that is not held. */
  readonly wanted: number;
  readonly wantedBytes: number;
  /** 1 for a live file whose winner is not applied here, held or not. */
  readonly missing: number;
  readonly missingBytes: number;
  readonly history: number;
}

/** A row of an index as text: rows are compared before and after a change, and only differences are written. */
export interface DerivedRow {
  readonly scope: string;
  readonly key: string;
  readonly text: string;
}

/** Pages of a paged list in the order of the file, with the offset of each one's first byte; as far as they are known. */
export type PageSpans = readonly { readonly name: BlockName; readonly offset: number }[];

export interface DeriveContext {
  readonly scopes: FolderScopes;
  readonly journalNumber: (journal: JournalId) => number;
  readonly pageSpans: (root: BlockName) => PageSpans;
}

export const emptySnapshot: PathSnapshot = { heads: [], history: undefined, held: undefined };

/**
 * Whether this disk has what `head` says (JRN-7): history's vector covers it. Of the winner it must have the content too: a vector that was
 * joined with equal content elsewhere can cover a winner that another device made of the same heads. A removal asks for nothing where
 * nothing is on disk, or where something else won.
 */
export function isApplied(head: KnownEntry, winner: KnownEntry | undefined, history: HistoryRow | undefined): boolean {
  if (history && covers(history.entry.vector, head.vector)) return head !== winner || sameContent(history.entry.snap, head.snap);
  return head.snap.kind === 'removed' && (history === undefined || head !== winner);
}

/** Whether a path is wanted: its winner is not applied, and is of a kind that this version understands. */
export function isWanted(winner: KnownEntry | undefined, history: HistoryRow | undefined): winner is KnownEntry {
  return winner !== undefined && winner.snap.kind !== 'unknown' && !isApplied(winner, winner, history);
}

export function tallyOf({ heads, history, held }: PathSnapshot): PathTally {
  const winner = winnerOf(heads);
  const isFile = winner?.snap.kind === 'file';
  const bytes = winner ? snapBytes(winner.snap) : 0;
  const isMissing = isFile && !isApplied(winner, winner, history);
  const isCounted = held === undefined && isWanted(winner, history);
  return {
    files: isFile ? 1 : 0,
    bytes,
    wanted: isCounted ? 1 : 0,
    wantedBytes: isCounted ? bytes : 0,
    missing: isMissing ? 1 : 0,
    missingBytes: isMissing ? bytes : 0,
    history: history ? 1 : 0,
  };
}

/** Every index row of a path, except those of {@link placeRows}. */
export function headRows(snapshot: PathSnapshot, key: string, context: DeriveContext): DerivedRow[] {
  const { heads, history, held } = snapshot;
  const { scopes } = context;
  const winner = winnerOf(heads);
  const rows: DerivedRow[] = [];
  for (const head of heads) {
    const place = placeKey(context.journalNumber(head.ref.journal), head.ref.sequence);
    rows.push({ scope: scopes.index, key: place, text: indexText(head, winner, key) });
    if (!isApplied(head, winner, history)) rows.push({ scope: scopes.unapplied, key: place, text: '' });
    pushNamedRows(rows, head, history, key, scopes.named);
  }
  if (heads.some((head) => isLive(head.snap))) rows.push({ scope: scopes.live, key, text: '' });
  if (winner && winner.conflictOf !== undefined && isLive(winner.snap)) rows.push({ scope: scopes.conflicts, key, text: '' });
  if (isWanted(winner, history)) rows.push({ scope: scopes.wanted, ...wantedRow(winner, held, key) });
  return rows;
}

/**
 * Blocks that only this head names; history's own are found by their places. A file of one block is left out: it is published as soon
 * as that block is here, so that nobody can ask for it before, and small files are many.
 */
function pushNamedRows(rows: DerivedRow[], head: KnownEntry, history: HistoryRow | undefined, key: string, scope: string): void {
  if (head.snap.kind !== 'file') return;
  const blocks = head.snap.blocks;
  if (history?.entry.snap.kind === 'file' && sameBlockList(history.entry.snap.blocks, blocks)) return;
  if (blocks.kind === 'paged') rows.push({ scope, key: nameKey(blocks.root, key), text: '' });
  else if (blocks.blocks.length > 1) for (const block of blocks.blocks) rows.push({ scope, key: nameKey(block.name, key), text: '' });
}

/** Where history has blocks: `OFFSET SIZE`, `page OFFSET` for a page of a list, `root` for the page of pages. First occurrences only. */
export function placeRows(history: HistoryRow | undefined, key: string, context: DeriveContext): DerivedRow[] {
  if (history?.entry.snap.kind !== 'file') return [];
  const scope = context.scopes.places;
  const { blocks } = history.entry.snap;
  const rows = new Map<BlockName, DerivedRow>();
  const add = (name: BlockName, text: string): void => {
    if (!rows.has(name)) rows.set(name, { scope, key: nameKey(name, key), text });
  };
  if (blocks.kind === 'paged') {
    add(blocks.root, 'root');
    for (const page of context.pageSpans(blocks.root)) add(page.name, `page ${page.offset}`);
    return [...rows.values()];
  }
  let offset = 0;
  for (const block of blocks.blocks) {
    add(block.name, `${offset} ${block.size}`);
    offset += block.size;
  }
  return [...rows.values()];
}

/** An entry that is a head, as the scope `index` tells it. */
export interface IndexedHead {
  readonly key: string;
  readonly isWinner: boolean;
  readonly isFile: boolean;
  readonly bytes: number;
  /** The vector's components where it was not made at this very place: written again by compaction, or a settled conflict. */
  readonly vector: readonly (readonly [JournalId, number])[] | undefined;
}

/** `FLAGS BYTES VECTOR KEY`; the vector is `-` where its own component says it all. */
function indexText(head: KnownEntry, winner: KnownEntry | undefined, key: string): string {
  const isPlain = head.vector.get(head.ref.journal) === head.ref.sequence;
  const flags = `${head === winner ? 'w' : 'l'}${head.snap.kind === 'file' ? 'f' : 'o'}`;
  return `${flags} ${snapBytes(head.snap)} ${isPlain ? '-' : vectorText(head.vector)} ${key}`;
}

export function parseIndexText(text: string): IndexedHead {
  const [flags = '', bytes = '', vector = ''] = text.split(' ', 3);
  const key = text.slice(flags.length + bytes.length + vector.length + 3);
  return {
    key,
    isWinner: flags[0] === 'w',
    isFile: flags[1] === 'f',
    bytes: Number(bytes),
    vector: vector === '-' ? undefined : vector.split(',').map(parseComponent),
  };
}

function parseComponent(text: string): readonly [JournalId, number] {
  const colon = text.lastIndexOf(':');
  return [text.slice(0, colon) as JournalId, Number(text.slice(colon + 1))];
}

/** Recency of what has no mtime: directories and links come first, being small and needed by what is in them. */
export const recencyMaxMs = 4e15;

const heldRank: Readonly<Record<HeldReason, string>> = { ignored: '1', problem: '2' };

export function recencyOf(winner: KnownEntry): number {
  const { snap } = winner;
  if (snap.kind !== 'file' && snap.kind !== 'removed') return recencyMaxMs;
  return Math.max(-recencyMaxMs, Math.min(recencyMaxMs, snap.mtimeMs));
}

/** Key order of the scope `wanted`: not held first, then newest first. */
export function wantedKey(held: HeldReason | undefined, recencyMs: number, key: string): string {
  const rank = held === undefined ? '0' : heldRank[held];
  return `${rank}${(recencyMaxMs - recencyMs).toString().padStart(16, '0')} ${key}`;
}

function wantedRow(winner: KnownEntry, held: HeldReason | undefined, key: string): { readonly key: string; readonly text: string } {
  const recencyMs = recencyOf(winner);
  return { key: wantedKey(held, recencyMs, key), text: `${snapBytes(winner.snap)} ${recencyMs}` };
}

export function heldFromWantedKey(wantedKeyText: string): HeldReason | undefined {
  return wantedKeyText[0] === heldRank.ignored ? 'ignored' : wantedKeyText[0] === heldRank.problem ? 'problem' : undefined;
}

/** The `pathKey` within a key of the scope `wanted`. */
export function pathKeyOfWanted(wantedKeyText: string): string {
  return wantedKeyText.slice(18);
}
