import { hexFromBytes, present, textFromUtf8, utf8 } from '../base/index.ts';
import type { AppliedVector, DeviceId, FolderId, JournalId, PathProblem } from '../model/index.ts';
import { isDeviceId, isJournalId, journalId } from '../model/index.ts';
import type { Random, Store } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { decodeApplied } from './applied-codec.ts';
import type { Counters } from './counters.ts';
import { decodeCounters } from './counters.ts';
import type { JournalState } from './journal-state.ts';
import { decodeJournalState } from './journal-state.ts';
import { damaged } from './damaged.ts';
import { decodeProblem } from './problem-codec.ts';
import type { JournalNumbers } from './record-codec.ts';
import type { FolderScopes } from './scopes.ts';

/** What is kept in memory about one folder. Nothing here grows with its files, except problems. Changed only after a commit. */
export interface FolderState {
  readonly folder: FolderId;
  readonly scopes: FolderScopes;
  own: JournalId;
  readonly journals: Map<JournalId, JournalState>;
  /** Journals by their numbers; also of those whose first commit is under way. */
  readonly journalsByNumber: JournalId[];
  /** For reading rows. */
  readonly numbers: JournalNumbers;
  counters: Counters;
  /** Rows of the scope `held`. */
  heldCount: number;
  /** By `pathKey`. */
  readonly problems: Map<string, PathProblem>;
  readonly peers: Map<DeviceId, AppliedVector>;
  /** `pathKey`s of paths to be announced anew after a revocation (ROS-2). */
  readonly disowned: Set<string>;
  /** Set while our journal is known to be behind or beside what we once announced: the last sequence number that surely agrees (JRN-5). */
  lostAfter: number | undefined;
  /** Highest sequence number of our journal up to which a peer was seen to hold the same. */
  agreedThrough: number;
}

export const ownKey = 'own';
export const countersKey = 'counters';
/** Holds `lostAfter`. */
export const lostKey = 'lost';

/** Reads the state of a folder. Where none was kept yet a journal of `device` is named, with `generation` or a fresh one. */
export async function loadFolderState(
  store: Store,
  folder: FolderId,
  scopes: FolderScopes,
  device: DeviceId,
  random: Random,
  generation: string | undefined,
): Promise<FolderState> {
  const lost = await store.get(scopes.meta, lostKey);
  const journals = new Map<JournalId, JournalState>();
  const journalsByNumber: JournalId[] = [];
  const state: FolderState = {
    folder,
    scopes,
    own: await loadOwn(store, scopes, device, random, generation),
    journals,
    journalsByNumber,
    numbers: { numberOf: (journal) => journals.get(journal)?.number, journalOf: (number) => journalsByNumber[number] },
    heldCount: await store.count(scopes.held),
    counters: decodeCounters(await store.get(scopes.meta, countersKey)),
    problems: new Map(),
    peers: new Map(),
    disowned: new Set(),
    lostAfter: lost ? Number(textFromUtf8(lost)) : undefined,
    agreedThrough: 0,
  };
  for await (const row of storeRows(store, scopes.journals)) {
    const journal = decodeJournalState(row.key, row.value);
    journals.set(journal.journal, journal);
    journalsByNumber[journal.number] = journal.journal;
  }
  for await (const row of storeRows(store, scopes.problems)) state.problems.set(row.key, decodeProblem(row.value));
  for await (const row of storeRows(store, scopes.disowned)) state.disowned.add(row.key);
  for await (const row of storeRows(store, scopes.peers)) if (isDeviceId(row.key)) state.peers.set(row.key, decodeApplied(row.value));
  return state;
}

async function loadOwn(
  store: Store,
  scopes: FolderScopes,
  device: DeviceId,
  random: Random,
  generation: string | undefined,
): Promise<JournalId> {
  const bytes = await store.get(scopes.meta, ownKey);
  if (bytes) {
    const own = present(textFromUtf8(bytes), 'name of our journal');
    if (!isJournalId(own)) throw damaged('name of our journal');
    return own;
  }
  const own = journalId(device, generation ?? drawGeneration(random));
  await store.commit([{ kind: 'put', scope: scopes.meta, key: ownKey, value: utf8(own) }], { durable: true });
  return own;
}

/** 64 random bits in hexadecimal: no two lives of a store name the same journal (JRN-5). */
export function drawGeneration(random: Random): string {
  return hexFromBytes(random.bytes(8));
}
