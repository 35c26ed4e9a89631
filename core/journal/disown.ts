import { textFromUtf8, utf8 } from '../base/index.ts';
import type { JournalId, KnownEntry, RelPath, Roster, VersionVector } from '../model/index.ts';
import {
  covers,
  emptyVector,
  isLive,
  joinVectors,
  journalDevice,
  journalId,
  lastAcceptedSequence,
  mayAnnounce,
  pathFromKey,
  pathKey,
  winnerOf,
} from '../model/index.ts';
import { storeRows } from '../ports/index.ts';
import type { Chain, Chains } from './chains.ts';
import { emptyChain, noChains } from './chains.ts';
import { parseIndexText } from './derived-rows.ts';
import { drawGeneration, lostKey } from './folder-state.ts';
import type { JournalState } from './journal-state.ts';
import type { JournalParts } from './parts.ts';
import { newChange } from './parts.ts';
import { decodeHistory } from './path-records.ts';
import { journalPrefix, placeKey } from './scopes.ts';
import type { PathState } from './types.ts';

/** Paths that are worked on in one commit. */
const pathsPerCommit = 5000;

/** What a cut did. */
export interface CutOutcome {
  /** Paths touched. */
  readonly paths: readonly RelPath[];
  /** Removals that do not count any more, by authors who still write, of paths of which nothing is on this disk. */
  readonly removals: readonly KnownEntry[];
}

const noOutcome: CutOutcome = { paths: [], removals: [] };

/** Where a journal is cut: entries after `keepThrough` never counted, `chains` is what stays of its batches. */
interface Cut {
  readonly state: JournalState;
  readonly keepThrough: number;
  readonly chains: Chains;
  readonly batchesEnd: number;
}

/**
 * Drops what the roster does not accept of any journal (ROS-2): batches, heads, and, where it is our own journal, its generation.
 * Paths get back the newest entries that remain. Those whose version on this disk is then unknown to every journal are noted as
 * disowned. Safe to interrupt: whatever is left is found again.
 */
export async function enforceRoster(parts: JournalParts): Promise<CutOutcome> {
  const cuts: Cut[] = [];
  for (const state of parts.state.journals.values()) {
    const accepted = lastAcceptedSequence(parts.rosterLog.roster, state.journal);
    if (reachesBeyond(state.chains, accepted)) cuts.push(await cutAt(parts, state, accepted));
  }
  return cuts.length === 0 ? noOutcome : applyCuts(parts, cuts, { noteDisowned: true });
}

/** Whether our journal may go on under its name: a revocation or an end of continuity asks for a new generation. */
export function needsGeneration(roster: Roster, own: JournalId): boolean {
  return roster.acceptedEnds.has(own);
}

function reachesBeyond({ main, pending, awaited }: Chains, accepted: number): boolean {
  return (
    main.end > accepted ||
    pending.some((chain) => chain.end > accepted || reachesOver(chain, accepted)) ||
    (awaited?.atSequence ?? 0) > accepted
  );
}

function reachesOver(chain: Chain, accepted: number): boolean {
  return (chain.floor?.atSequence ?? 0) > accepted;
}

async function cutAt(parts: JournalParts, state: JournalState, accepted: number): Promise<Cut> {
  const { main, awaited } = state.chains;
  // What the floor dropped counts again, and what was written again above it does not: only others can give the chain back.
  if (reachesOver(main, accepted)) return { state, keepThrough: accepted, chains: noChains, batchesEnd: 0 };
  const pending = state.chains.pending.filter((chain) => chain.end <= accepted && !reachesOver(chain, accepted));
  const kept = awaited && awaited.atSequence <= accepted ? awaited : undefined;
  const trimmed = await trimChain(parts, state, accepted);
  const chains: Chains = { main: trimmed, pending, awaited: kept };
  const batchesEnd = Math.max(trimmed.end, pending.at(-1)?.end ?? 0);
  return { state, keepThrough: batchesEnd, chains, batchesEnd };
}

/** The main chain up to the last whole batch that ends at or before `accepted`. */
async function trimChain(parts: JournalParts, state: JournalState, accepted: number): Promise<Chain> {
  const { main } = state.chains;
  if (main.end <= accepted) return main;
  let link = await parts.batches.linkBefore(state.number, accepted);
  if (link && link.last > accepted) link = await parts.batches.linkBefore(state.number, link.first - 1);
  return link && link.first >= main.first ? { ...main, end: link.last, endHash: link.hash } : emptyChain;
}

async function applyCuts(parts: JournalParts, cuts: readonly Cut[], options: { readonly noteDisowned: boolean }): Promise<CutOutcome> {
  const keepThrough = new Map(cuts.map((cut) => [cut.state.journal, cut.keepThrough]));
  const touched: RelPath[] = [];
  const removals: KnownEntry[] = [];
  for (;;) {
    const paths = await pathsBeyond(parts, cuts);
    if (paths.size === 0) break;
    const restored = await restoreHeads(
      parts,
      paths,
      (entry) => entry.ref.sequence <= (keepThrough.get(entry.ref.journal) ?? Infinity),
      options,
    );
    for (const path of paths.values()) touched.push(path);
    for (const removal of restored) removals.push(removal);
  }
  const change = newChange(parts);
  for (const { state, chains, batchesEnd } of cuts) {
    change.setChains(state.journal, chains);
    change.rows.push(...parts.batches.dropRows(state.number, [{ from: batchesEnd + 1, before: Number.MAX_SAFE_INTEGER }]));
    if (state.journal === parts.state.own) change.own = journalId(journalDevice(state.journal), drawGeneration(parts.random));
  }
  await change.commit({ durable: true });
  return { paths: touched, removals };
}

/** Some paths that have a head beyond a cut, by `pathKey`. */
async function pathsBeyond(parts: JournalParts, cuts: readonly Cut[]): Promise<Map<string, RelPath>> {
  const paths = new Map<string, RelPath>();
  for (const { state, keepThrough } of cuts) {
    const range = { prefix: journalPrefix(state.number), from: placeKey(state.number, keepThrough + 1), limit: pathsPerCommit };
    for (const row of await parts.store.scan(parts.state.scopes.index, range)) {
      const { key } = parseIndexText(textFromUtf8(row.value) ?? '');
      paths.set(key, pathFromKey(key));
      if (paths.size >= pathsPerCommit) return paths;
    }
  }
  return paths;
}

/**
 * Gives `paths` the newest of their entries that count, from every batch that is held: rare enough to read them all. Returns the removals
 * whose end brings something back ({@link CutOutcome}).
 */
async function restoreHeads(
  parts: JournalParts,
  paths: ReadonlyMap<string, RelPath>,
  counts: (entry: KnownEntry) => boolean,
  options: { readonly noteDisowned: boolean },
): Promise<readonly KnownEntry[]> {
  const { state, batches } = parts;
  const change = newChange(parts);
  await change.load(paths.values());
  const removals = [...paths.values()].flatMap((path) => cutRemoval(parts, change.snapshot(path), counts) ?? []);
  for (const path of paths.values()) change.setHeads(path, change.snapshot(path).heads.filter(counts));
  for (const journal of state.journals.values()) {
    for await (const entries of batches.entries(journal.number)) {
      for (const entry of entries) if (paths.has(pathKey(entry.path)) && counts(entry)) change.addHead(entry.path, entry);
    }
  }
  const disowned: string[] = [];
  for (const [key, path] of paths) {
    const { heads, history } = change.snapshot(path);
    if (options.noteDisowned && history && !covers(joinOf(heads), history.entry.vector)) disowned.push(key);
  }
  for (const key of disowned) change.rows.push({ kind: 'put', scope: state.scopes.disowned, key, value: utf8('') });
  await change.commit({ durable: true });
  for (const key of disowned) state.disowned.add(key);
  return removals.filter(({ path }) => change.snapshot(path).heads.some((head) => isLive(head.snap)));
}

/** The removal that won until now and does not count any more, where its author's word is still good. */
function cutRemoval(
  parts: JournalParts,
  { heads, history }: Pick<PathState, 'heads' | 'history'>,
  counts: (entry: KnownEntry) => boolean,
): KnownEntry | undefined {
  const winner = winnerOf(heads);
  if (history || !winner || isLive(winner.snap) || counts(winner)) return undefined;
  return mayAnnounce(parts.rosterLog.roster, journalDevice(winner.ref.journal)) ? winner : undefined;
}

function joinOf(heads: readonly KnownEntry[]): VersionVector {
  return heads.reduce<VersionVector>((joined, head) => joinVectors(joined, head.vector), emptyVector);
}

/**
 * Gives our journal a new name after its continuity was lost (JRN-5). Of the old one stays what agrees with the peers'; history that
 * came from entries beyond that is forgotten. Safe to interrupt: the loss is on record until the new name is.
 */
export async function replaceGeneration(parts: JournalParts): Promise<CutOutcome> {
  const { state } = parts;
  const { own, lostAfter } = state;
  let forgotten: readonly RelPath[] = [];
  let cut = noOutcome;
  if (lostAfter !== undefined) {
    forgotten = await forgetHistoryBeyond(parts, own, lostAfter);
    const known = state.journals.get(own);
    if (known && known.chains.main.end > lostAfter)
      cut = await applyCuts(parts, [await cutAt(parts, known, lostAfter)], { noteDisowned: false });
  }
  const change = newChange(parts);
  if (state.own === own) change.own = journalId(journalDevice(own), drawGeneration(parts.random));
  change.rows.push({ kind: 'delete', scope: state.scopes.meta, key: lostKey });
  await change.commit({ durable: true });
  state.lostAfter = undefined;
  state.agreedThrough = 0;
  parts.logger.log('info', 'journal-generation-drawn', { folder: state.folder, before: own, now: state.own });
  return { paths: [...forgotten, ...cut.paths], removals: cut.removals };
}

/** Forgets history that has seen more of `journal` than `through`; what is on disk then counts as unknown and is announced anew. */
async function forgetHistoryBeyond(parts: JournalParts, journal: JournalId, through: number): Promise<readonly RelPath[]> {
  const forgotten: RelPath[] = [];
  let paths: RelPath[] = [];
  const forget = async (): Promise<void> => {
    const change = newChange(parts);
    await change.load(paths);
    for (const path of paths) change.setHistory(path, undefined);
    await change.commit({ durable: true });
    forgotten.push(...paths);
    paths = [];
  };
  for await (const row of storeRows(parts.store, parts.state.scopes.history)) {
    const { path, entry } = decodeHistory(row.value, parts.state.numbers);
    if ((entry.vector.get(journal) ?? 0) > through) paths.push(path);
    if (paths.length >= pathsPerCommit) await forget();
  }
  if (paths.length > 0) await forget();
  return forgotten;
}
