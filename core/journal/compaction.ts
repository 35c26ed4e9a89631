import { assert, present, textFromUtf8 } from '../base/index.ts';
import type { KnownEntry } from '../model/index.ts';
import { pathFromKey } from '../model/index.ts';
import { sealFloor } from '../protocol/index.ts';
import { signBatches } from './sign-batches.ts';
import { isEmptyChain } from './chains.ts';
import type { Chain } from './chains.ts';
import { parseIndexText } from './derived-rows.ts';
import type { JournalState } from './journal-state.ts';
import type { JournalParts } from './parts.ts';
import { newChange } from './parts.ts';
import { decodeHeads } from './path-records.ts';
import { journalPrefix, sequenceOfPlaceKey } from './scopes.ts';

/** Entries that are stored of a journal, current or not. */
export function storedEntries(state: JournalState): number {
  const { main } = state.chains;
  return isEmptyChain(main) ? 0 : main.end - main.first + 1;
}

/** Whether a journal is over its bound: 2 × the paths whose newest entry it holds, and one batch (JRN-2). */
export function isOverBound(state: JournalState, batchEntriesMax: number): boolean {
  return storedEntries(state) > 2 * state.headsCount + batchEntriesMax;
}

/**
 * Whether compaction begins: early enough that, moving two entries for each one announced, it is through the whole journal before the
 * bound is reached.
 */
export function isSparse(state: JournalState, batchEntriesMax: number): boolean {
  return storedEntries(state) > 1.5 * state.headsCount + batchEntriesMax / 2;
}

/**
 * One step of compaction (JRN-2) as one commit: the current entries of the oldest batches, at most a batch of them, are written again with the
 * same vectors, a floor is signed and what is below it dropped. The last batch always stays. False where nothing can be dropped.
 */
export async function compactStep(parts: JournalParts): Promise<boolean> {
  const { state, batches } = parts;
  const own = state.journals.get(state.own);
  if (!own || isEmptyChain(own.chains.main)) return false;
  const { main } = own.chains;
  const oldest = await oldestHeads(parts, own);
  const border = oldest[parts.batchEntriesMax]?.sequence ?? main.end;
  const floorLink = present(await batches.linkBefore(own.number, border), 'the batch of an entry');
  if (floorLink.first <= main.first) return false;
  const entries = await headEntries(
    parts,
    oldest.filter((each) => each.sequence < floorLink.first),
  );
  await rewrite(parts, own, entries, floorLink.first);
  return true;
}

async function rewrite(parts: JournalParts, own: JournalState, entries: readonly KnownEntry[], floorFirst: number): Promise<void> {
  const { state, signer } = parts;
  const { main } = own.chains;
  const change = newChange(parts);
  const place = { folder: state.folder, journal: own.journal, firstSequence: main.end + 1, previousHash: main.endHash };
  const written = signBatches(entries, place, parts);
  for (const batch of written) change.rows.push(...parts.batches.putRows(own.number, batch.first, batch.last, batch.hash, batch.bytes));
  const last = written.at(-1);
  const end = last?.last ?? main.end;
  const floor = sealFloor({ folder: state.folder, journal: own.journal, firstSequence: floorFirst, atSequence: end }, (bytes) =>
    signer.sign(bytes),
  );
  change.rows.push(...parts.batches.dropRows(own.number, [{ from: 1, before: floorFirst }]));
  await change.load(entries.map((entry) => entry.path));
  entries.forEach((entry, index) => {
    change.addHead(entry.path, { ...entry, ref: { journal: own.journal, sequence: main.end + 1 + index } });
  });
  const chain: Chain = { first: floorFirst, end, endHash: last?.hash ?? main.endHash, beforeHash: '', floor };
  change.setChains(own.journal, { main: chain, pending: [], awaited: undefined });
  await change.commit({ durable: true });
  parts.logger.log('debug', 'journal-compacted', { folder: state.folder, rewritten: entries.length, floor: floorFirst, end });
}

interface HeadPlace {
  readonly sequence: number;
  readonly key: string;
}

/** The first current entries of our journal, one more than a batch holds. */
async function oldestHeads(parts: JournalParts, own: JournalState): Promise<readonly HeadPlace[]> {
  const range = { prefix: journalPrefix(own.number), limit: parts.batchEntriesMax + 1 };
  const rows = await parts.store.scan(parts.state.scopes.index, range);
  return rows.map((row) => ({ sequence: sequenceOfPlaceKey(row.key), key: parseIndexText(textFromUtf8(row.value) ?? '').key }));
}

async function headEntries(parts: JournalParts, places: readonly HeadPlace[]): Promise<readonly KnownEntry[]> {
  const { state, store } = parts;
  const rows = await store.getMany(
    state.scopes.heads,
    places.map((place) => place.key),
  );
  return places.map((place, index) => {
    const heads = decodeHeads(present(rows[index], `heads of ${pathFromKey(place.key)}`), state.numbers);
    const entry = heads.find((head) => head.ref.journal === state.own && head.ref.sequence === place.sequence);
    assert(entry, 'an indexed entry is a head');
    return entry;
  });
}
