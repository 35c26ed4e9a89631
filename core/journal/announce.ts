import { assert } from '../base/index.ts';
import type { Entry, EntryDraft, JournalId, KnownEntry, RelPath } from '../model/index.ts';
import { journalDevice, journalId, limits, mayAnnounce, withComponent } from '../model/index.ts';
import type { StoreChange } from '../ports/index.ts';
import { signBatches } from './sign-batches.ts';
import { appendBatch } from './chains.ts';
import { needsGeneration } from './disown.ts';
import type { FolderChange } from './folder-change.ts';
import { drawGeneration } from './folder-state.ts';
import { chainsOf } from './merging.ts';
import type { JournalParts } from './parts.ts';
import { newChange } from './parts.ts';
import type { DiskStat, HistoryChange } from './types.ts';

/** One argument of `FolderJournal.announce`. */
export interface Announcement {
  readonly draft: EntryDraft;
  /** Set: the entry is also what is on this disk, with this stat. */
  readonly onDisk?: { readonly stat: DiskStat; readonly spelling?: string } | 'absent';
}

/** Announces `drafts` as `FolderJournal.announce` says: everything in one durable commit. */
export async function announceEntries(
  parts: JournalParts,
  drafts: readonly Announcement[],
  history: readonly HistoryChange[],
  extra: readonly StoreChange[],
): Promise<{ readonly entries: readonly KnownEntry[]; readonly paths: readonly RelPath[] }> {
  assert(drafts.length === 0 || mayAnnounce(parts.rosterLog.roster, parts.signer.device), 'only an owner or a writer announces (ROS-4)');
  const change = newChange(parts);
  const historyPaths = history.map((each) => (each.kind === 'set' ? each.row.path : each.path));
  const touched = [...drafts.map(({ draft }) => draft.path), ...historyPaths];
  await change.load(touched);
  const entries = drafts.length === 0 ? [] : writeBatches(parts, change, drafts);
  for (const [index, entry] of entries.entries()) {
    change.addHead(entry.path, entry);
    const onDisk = drafts[index]?.onDisk;
    if (onDisk === 'absent') change.setHistory(entry.path, undefined);
    else if (onDisk) change.setHistory(entry.path, { path: entry.path, entry, ...onDisk });
  }
  for (const each of history) {
    if (each.kind === 'set') change.setHistory(each.row.path, each.row);
    else change.setHistory(each.path, undefined);
  }
  const owned = change.clearDisowned(touched);
  change.rows.push(...extra);
  const paths = await change.commit({ durable: true });
  for (const key of owned) parts.state.disowned.delete(key);
  return { entries, paths };
}

function writeBatches(parts: JournalParts, change: FolderChange, drafts: readonly Announcement[]): readonly KnownEntry[] {
  const { state, batches } = parts;
  const own = journalFor(parts, change, drafts);
  const { main } = chainsOf(parts, own);
  const entries = drafts.map(({ draft }, index): KnownEntry => {
    const ref = { journal: own, sequence: main.end + 1 + index };
    return { ...entryOf(draft, ref.journal, ref.sequence), ref };
  });
  const place = { folder: state.folder, journal: own, firstSequence: main.end + 1, previousHash: main.endHash };
  for (const batch of signBatches(entries, place, parts)) {
    const { number, chains } = change.journal(own);
    change.rows.push(...batches.putRows(number, batch.first, batch.last, batch.hash, batch.bytes));
    change.setChains(own, appendBatch(chains, chains.main, batch.last, batch.previousHash, batch.hash));
  }
  return entries;
}

/**
 * The journal to write in: ours, or a new generation where a revocation has cut it off (ROS-2), or where a version has seen more of it
 * than we ever wrote, as after a restored backup (JRN-5).
 */
function journalFor(parts: JournalParts, change: FolderChange, drafts: readonly Announcement[]): JournalId {
  const { own } = parts.state;
  const { end } = chainsOf(parts, own).main;
  const isBehind = drafts.some(({ draft }) => (draft.vector.get(own) ?? 0) > end);
  if (!isBehind && !needsGeneration(parts.rosterLog.roster, own)) return own;
  change.own = journalId(journalDevice(own), drawGeneration(parts.random));
  parts.logger.log('info', 'journal-generation-drawn', { folder: parts.state.folder, before: own, now: change.own });
  return change.own;
}

function entryOf(draft: EntryDraft, own: JournalId, sequence: number): Entry {
  const { path, snap, conflictOf } = draft;
  const vector = draft.bump ? withComponent(draft.vector, own, sequence) : draft.vector;
  assert(vector.size > 0 && vector.size <= limits.vectorComponentsMax, 'a vector within its limit');
  return { path, snap, vector, ...(conflictOf === undefined ? {} : { conflictOf }) };
}
