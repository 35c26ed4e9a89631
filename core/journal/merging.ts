import type { Result } from '../base/index.ts';
import { err, ok, utf8 } from '../base/index.ts';
import type { BatchHeader, HaveMark, JournalId, KnownEntry, RelPath } from '../model/index.ts';
import { journalDevice, writeRight } from '../model/index.ts';
import { journalsPerFolderMax, openBatch, openFloor } from '../protocol/index.ts';
import { appendBatch, awaitFloor, markOf, noChains, placeBatch, placeFloor, settleChains, startChain } from './chains.ts';
import type { Chains } from './chains.ts';
import type { FolderChange } from './folder-change.ts';
import { lostKey } from './folder-state.ts';
import type { JournalParts } from './parts.ts';
import { newChange } from './parts.ts';
import type { BatchRefusal } from './types.ts';

/** What taking a batch or a floor did. */
export interface Merged {
  readonly mark: HaveMark;
  /** Paths whose heads changed; undefined where nothing at all did. */
  readonly paths: readonly RelPath[] | undefined;
}

interface CheckedBatch {
  readonly header: BatchHeader;
  readonly entries: readonly KnownEntry[];
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** Takes a batch as `FolderJournal.mergeBatch` says. Not to run at the same time as another change. */
export async function mergeBatch(parts: JournalParts, bytes: Uint8Array): Promise<Result<Merged, BatchRefusal>> {
  const checked = checkBatch(parts, bytes);
  if (!checked.ok) return checked;
  const batch = checked.value;
  const { journal, firstSequence: first, lastSequence: last, previousHash } = batch.header;
  if (journal === parts.state.own) return compareWithOwn(parts, batch);
  const chains = chainsOf(parts, journal);
  const place = placeBatch(chains, first, last, previousHash, batch.hash);
  switch (place.kind) {
    case 'gap':
      return err({ kind: 'gap', mark: markOf(chains) });
    case 'broken':
      return err(await brokenChain(parts, batch));
    case 'duplicate':
      return (await differsFromStored(parts, batch))
        ? err(await brokenChain(parts, batch))
        : ok({ mark: markOf(chains), paths: undefined });
    case 'append': {
      const change = newChange(parts);
      const { number } = change.journal(journal);
      change.rows.push(...parts.batches.putRows(number, first, last, batch.hash, bytes));
      await addEntries(change, batch.entries);
      const settled = settle(parts, change, journal, appendBatch(chains, place.chain, last, previousHash, batch.hash));
      const paths = await change.commit({ durable: true });
      return ok({ mark: markOf(settled), paths });
    }
  }
}

/** Form, folder, author's rights and signature, in the order of their cost. */
function checkBatch(parts: JournalParts, bytes: Uint8Array): Result<CheckedBatch, BatchRefusal> {
  const opened = openBatch(bytes);
  if (!opened.ok) return err({ kind: 'malformed', text: opened.error.text });
  const { content, signedBytes, signature } = opened.value;
  const { header, entries } = content;
  const refusal = mayWrite(parts, header.folder, header.journal, header.lastSequence);
  if (refusal) return err(refusal);
  if (!parts.crypto.verify(journalDevice(header.journal), signedBytes, signature)) return err({ kind: 'bad-signature' });
  return ok({ header, entries, bytes, hash: parts.crypto.sha256Hex(bytes) });
}

function mayWrite(parts: JournalParts, folder: string, journal: JournalId, lastSequence: number): BatchRefusal | undefined {
  const { state, rosterLog } = parts;
  if (folder !== state.folder) return { kind: 'malformed', text: 'of another folder' };
  const right = writeRight(rosterLog.roster, journal, lastSequence);
  if (right !== 'ok') return { kind: right };
  if (!state.journals.has(journal) && state.journals.size >= journalsPerFolderMax) return { kind: 'malformed', text: 'too many journals' };
  return undefined;
}

export function chainsOf(parts: JournalParts, journal: JournalId): Chains {
  return parts.state.journals.get(journal)?.chains ?? noChains;
}

async function addEntries(change: FolderChange, entries: readonly KnownEntry[]): Promise<void> {
  await change.load(entries.map((entry) => entry.path));
  for (const entry of entries) change.addHead(entry.path, entry);
}

/** Settles `chains` and makes them part of `change`, with the deletion of what is not needed any more. */
function settle(parts: JournalParts, change: FolderChange, journal: JournalId, chains: Chains): Chains {
  const settled = settleChains(chains);
  change.setChains(journal, settled.chains);
  change.rows.push(...parts.batches.dropRows(change.journal(journal).number, settled.drops));
  return settled.chains;
}

/** Whether other bytes are held at the place of `batch`; false also where they were dropped below a floor. */
async function differsFromStored(parts: JournalParts, batch: CheckedBatch): Promise<boolean> {
  const known = parts.state.journals.get(batch.header.journal);
  if (!known || batch.header.firstSequence < known.chains.main.first) return false;
  const link = await parts.batches.linkAt(known.number, batch.header.firstSequence);
  return link?.hash !== batch.hash;
}

/** Whether all before `batch` is held here just as its author had it. */
async function followsOurs({ state, batches }: JournalParts, { header }: CheckedBatch): Promise<boolean> {
  const { journal, firstSequence: first, previousHash } = header;
  if (first === 1) return true;
  const before = await batches.linkBefore(state.journals.get(journal)?.number ?? 0, first - 1);
  return before?.last === first - 1 && before.hash === previousHash;
}

/** The refusal of a batch that does not fit. Where it is of a former journal of ours it tells where the two ways part. */
async function brokenChain(parts: JournalParts, batch: CheckedBatch): Promise<BatchRefusal> {
  const { journal, firstSequence } = batch.header;
  const isOurs = journalDevice(journal) === parts.signer.device && (await followsOurs(parts, batch));
  return { kind: 'chain-broken', ...(isOurs ? { ownFork: { journal, after: firstSequence - 1 } } : {}) };
}

/**
 * A batch of the journal that we write ourselves: the same as ours, or the proof that our store lost or changed what it once announced
 * (JRN-5). It is never taken: the journal must first get a new generation.
 */
async function compareWithOwn(parts: JournalParts, batch: CheckedBatch): Promise<Result<Merged, BatchRefusal>> {
  const { state } = parts;
  const { journal, firstSequence: first, lastSequence: last } = batch.header;
  const chains = chainsOf(parts, journal);
  const { main } = chains;
  if (first > main.end + 1) return err({ kind: 'gap', mark: markOf(chains) });
  if (last <= main.end && !(await differsFromStored(parts, batch))) {
    state.agreedThrough = Math.max(state.agreedThrough, last);
    return ok({ mark: markOf(chains), paths: undefined });
  }
  const isBeforeSame = await followsOurs(parts, batch);
  const agreed = Math.max(isBeforeSame ? first - 1 : 0, Math.min(state.agreedThrough, first - 1));
  const lostAfter = Math.max(state.lostAfter ?? 0, agreed);
  if (lostAfter !== state.lostAfter) {
    await parts.store.commit([{ kind: 'put', scope: state.scopes.meta, key: lostKey, value: utf8(lostAfter.toString()) }], {
      durable: true,
    });
    state.lostAfter = lostAfter;
    parts.logger.log('warn', 'own-continuity-lost', { folder: state.folder, journal, sequence: first, agreedThrough: lostAfter });
  }
  return err({ kind: 'own-continuity-lost', sequence: first, agreedThrough: lostAfter });
}

/** Takes a floor as `FolderJournal.mergeFloor` says. */
export async function mergeFloor(parts: JournalParts, bytes: Uint8Array): Promise<Result<Merged, BatchRefusal>> {
  const opened = openFloor(bytes);
  if (!opened.ok) return err({ kind: 'malformed', text: opened.error.text });
  const { content: floor, signedBytes, signature } = opened.value;
  const { journal, firstSequence, atSequence } = floor;
  if (firstSequence < 2 || atSequence < firstSequence)
    return err({ kind: 'malformed', text: 'a floor that supersedes nothing or has nothing above it' });
  const refusal = mayWrite(parts, floor.folder, journal, atSequence);
  if (refusal) return err(refusal);
  if (!parts.crypto.verify(journalDevice(journal), signedBytes, signature)) return err({ kind: 'bad-signature' });
  const chains = chainsOf(parts, journal);
  // Our own floors come back from others; one that we do not know comes with batches that say more about it.
  if (journal === parts.state.own) return ok({ mark: markOf(chains), paths: undefined });
  const change = newChange(parts);
  const place = placeFloor(chains, floor);
  switch (place.kind) {
    case 'known':
      return ok({ mark: markOf(chains), paths: undefined });
    case 'inside': {
      const isBoundary =
        firstSequence === place.chain.end + 1 || (await parts.batches.linkAt(change.journal(journal).number, firstSequence)) !== undefined;
      if (!isBoundary) return err({ kind: 'chain-broken' });
      return ok(await commitChains(parts, change, journal, awaitFloor(chains, floor)));
    }
    case 'start': {
      const started = startChain(chains, floor);
      change.rows.push(...parts.batches.dropRows(change.journal(journal).number, started.drops));
      return ok(await commitChains(parts, change, journal, started.chains));
    }
  }
}

async function commitChains(parts: JournalParts, change: FolderChange, journal: JournalId, chains: Chains): Promise<Merged> {
  const settled = settle(parts, change, journal, chains);
  const paths = await change.commit({ durable: true });
  return { mark: markOf(settled), paths };
}
