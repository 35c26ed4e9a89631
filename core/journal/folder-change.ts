import { assert, present, utf8 } from '../base/index.ts';
import type { BlockName, JournalId, KnownEntry, PathProblem, RelPath } from '../model/index.ts';
import { addHead, compareConcurrent, limits, pathKey, winnerOf } from '../model/index.ts';
import type { Clock, Store, StoreChange } from '../ports/index.ts';
import type { Chains } from './chains.ts';
import type { Counters } from './counters.ts';
import { addTally, encodeCounters, sameCounters } from './counters.ts';
import type { DerivedRow, DeriveContext, PageSpans, PathSnapshot } from './derived-rows.ts';
import { emptySnapshot, headRows, placeRows, tallyOf } from './derived-rows.ts';
import type { FolderState } from './folder-state.ts';
import { countersKey, ownKey } from './folder-state.ts';
import type { JournalState } from './journal-state.ts';
import { encodeJournalState, newJournalState } from './journal-state.ts';
import { decodeHeads, decodeHistory, encodeHeads, encodeHistory } from './path-records.ts';
import { encodeProblem } from './problem-codec.ts';
import type { JournalNumbers } from './record-codec.ts';
import type { HeldReason, HistoryRow } from './types.ts';

interface PathWork {
  readonly path: RelPath;
  readonly before: PathSnapshot;
  after: PathSnapshot;
  /** The row of the scope `held`, which a permanent problem does not change. */
  heldBefore: HeldReason | undefined;
  heldAfter: HeldReason | undefined;
}

export interface ChangeTools {
  readonly store: Store;
  readonly clock: Clock;
  readonly pageSpans: (root: BlockName) => Promise<PageSpans>;
}

/**
 * One atomic change of a folder while it is prepared: paths are loaded, changed in memory, and `commit` writes what differs, indexes
 * and counters included. Memory of the folder changes after the store has taken it. Not to be used by two tasks at once.
 */
export class FolderChange {
  /** Further rows of the same commit. */
  readonly rows: StoreChange[] = [];
  readonly #state: FolderState;
  readonly #tools: ChangeTools;
  readonly #paths = new Map<string, PathWork>();
  readonly #journals = new Map<JournalId, JournalState>();
  readonly #problems = new Map<string, PathProblem | undefined>();
  #own: JournalId | undefined;
  readonly #numbers: JournalNumbers = {
    numberOf: (journal) => (this.#journals.get(journal) ?? this.#state.journals.get(journal))?.number,
    journalOf: (number) => this.#state.journalsByNumber[number],
  };

  constructor(state: FolderState, tools: ChangeTools) {
    this.#state = state;
    this.#tools = tools;
  }

  get own(): JournalId {
    return this.#own ?? this.#state.own;
  }

  set own(journal: JournalId) {
    this.#own = journal;
  }

  /** Reads everything about `paths`; to be called before they are looked at or changed. */
  async load(paths: Iterable<RelPath>): Promise<void> {
    const missing = new Map<string, RelPath>();
    for (const path of paths) {
      const key = pathKey(path);
      if (!this.#paths.has(key)) missing.set(key, path);
    }
    if (missing.size === 0) return;
    const keys = [...missing.keys()];
    const { store } = this.#tools;
    const { numbers } = this.#state;
    const { heads: headsScope, history: historyScope, held: heldScope } = this.#state.scopes;
    const [heads, history, held] = await Promise.all([
      store.getMany(headsScope, keys),
      store.getMany(historyScope, keys),
      this.#state.heldCount > 0 ? store.getMany(heldScope, keys) : [],
    ]);
    keys.forEach((key, index) => {
      const headBytes = heads[index];
      const historyBytes = history[index];
      const heldRow = held[index] ? heldFromRow(held[index]) : undefined;
      const before: PathSnapshot = {
        heads: headBytes ? decodeHeads(headBytes, numbers) : emptySnapshot.heads,
        history: historyBytes ? decodeHistory(historyBytes, numbers) : undefined,
        held: heldRow ?? this.#heldByProblem(key),
      };
      this.#paths.set(key, { path: present(missing.get(key), 'path'), before, after: before, heldBefore: heldRow, heldAfter: heldRow });
    });
  }

  /** The path as it is with the changes so far. */
  snapshot(path: RelPath): PathSnapshot {
    return this.#work(path).after;
  }

  addHead(path: RelPath, entry: KnownEntry): void {
    const work = this.#work(path);
    const heads = addHead(work.after.heads, entry);
    if (heads !== work.after.heads) work.after = { ...work.after, heads: boundedHeads(heads) };
  }

  setHeads(path: RelPath, heads: readonly KnownEntry[]): void {
    const work = this.#work(path);
    work.after = { ...work.after, heads: boundedHeads(heads) };
  }

  setHistory(path: RelPath, history: HistoryRow | undefined): void {
    const work = this.#work(path);
    work.after = { ...work.after, history };
  }

  setHeld(path: RelPath, held: HeldReason | undefined): void {
    const work = this.#work(path);
    work.heldAfter = held;
    work.after = { ...work.after, held: held ?? this.#heldByProblem(pathKey(path)) };
  }

  setProblem(path: RelPath, problem: PathProblem | undefined): void {
    const key = pathKey(path);
    const work = this.#work(path);
    this.#problems.set(key, problem);
    work.after = { ...work.after, held: work.heldAfter ?? this.#heldByProblem(key) };
  }

  problem(path: RelPath): PathProblem | undefined {
    const key = pathKey(path);
    return this.#problems.has(key) ? this.#problems.get(key) : this.#state.problems.get(key);
  }

  /** Takes `paths` off the list of those to be announced anew; returns the keys that were on it, to be forgotten after the commit. */
  clearDisowned(paths: readonly RelPath[]): readonly string[] {
    const { disowned, scopes } = this.#state;
    const keys = disowned.size === 0 ? [] : paths.map(pathKey).filter((key) => disowned.has(key));
    for (const key of keys) this.rows.push({ kind: 'delete', scope: scopes.disowned, key });
    return keys;
  }

  /** The state of a journal, which is new where it was never heard of. */
  journal(journal: JournalId): JournalState {
    const known = this.#journals.get(journal) ?? this.#state.journals.get(journal);
    if (known) return known;
    // Rows may be read as soon as the commit is called: the number must have its name by then. One of a failed commit is used again.
    const { journalsByNumber } = this.#state;
    if (!journalsByNumber.includes(journal)) journalsByNumber.push(journal);
    const state = newJournalState(journal, journalsByNumber.indexOf(journal));
    this.#journals.set(journal, state);
    return state;
  }

  setChains(journal: JournalId, chains: Chains): void {
    this.#journals.set(journal, { ...this.journal(journal), chains });
  }

  /** Writes everything as one commit; returns the paths whose heads or history changed. */
  async commit(options: { readonly durable: boolean }): Promise<readonly RelPath[]> {
    const changed = [...this.#paths].filter(([, work]) => work.after !== work.before || work.heldAfter !== work.heldBefore);
    for (const [, work] of changed) this.#noteUnknownKind(work);
    const context = await this.#deriveContext(changed.map(([, work]) => work));
    const changes: StoreChange[] = [];
    let counters = this.#state.counters;
    for (const [key, work] of changed) counters = this.#writePath(changes, key, work, context, counters);
    this.#writeFolder(changes, counters);
    if (changes.length + this.rows.length > 0) await this.#tools.store.commit([...changes, ...this.rows], options);
    this.#remember(counters, heldRows(changed.map(([, work]) => work)));
    return changed
      .filter(([, { before, after }]) => before.heads !== after.heads || before.history !== after.history)
      .map(([, work]) => work.path);
  }

  #work(path: RelPath): PathWork {
    return present(this.#paths.get(pathKey(path)), 'a path that was loaded');
  }

  #heldByProblem(key: string): HeldReason | undefined {
    const problem = this.#problems.has(key) ? this.#problems.get(key) : this.#state.problems.get(key);
    return problem?.permanent ? 'problem' : undefined;
  }

  /** A winner of an unknown kind is a problem of its path as long as it wins (RPC, `hello`). */
  #noteUnknownKind(work: PathWork): void {
    const winner = winnerOf(work.after.heads);
    const known = this.problem(work.path);
    if (winner?.snap.kind === 'unknown') {
      if (known?.kind === 'unknown-kind') return;
      const text = `“${winner.snap.tag}” needs a newer Dormouse: update this device to get it`;
      this.setProblem(work.path, { path: work.path, kind: 'unknown-kind', permanent: true, text, sinceMs: this.#tools.clock.wallNow() });
    } else if (known?.kind === 'unknown-kind') {
      this.setProblem(work.path, undefined);
    }
  }

  async #deriveContext(works: readonly PathWork[]): Promise<DeriveContext> {
    const roots = new Set<BlockName>();
    for (const { before, after } of works) {
      if (before.history === after.history) continue;
      for (const row of [before.history, after.history]) {
        const snap = row?.entry.snap;
        if (snap?.kind === 'file' && snap.blocks.kind === 'paged') roots.add(snap.blocks.root);
      }
    }
    const spans = new Map<BlockName, PageSpans>();
    for (const root of roots) spans.set(root, await this.#tools.pageSpans(root));
    return {
      scopes: this.#state.scopes,
      journalNumber: (journal) => this.journal(journal).number,
      pageSpans: (root) => spans.get(root) ?? [],
    };
  }

  #writePath(changes: StoreChange[], key: string, work: PathWork, context: DeriveContext, counters: Counters): Counters {
    const { scopes } = this.#state;
    const { before, after } = work;
    if (before.heads !== after.heads) {
      const isKnown = after.heads.length > 0;
      if (isKnown) changes.push({ kind: 'put', scope: scopes.heads, key, value: encodeHeads(after.heads, this.#numbers) });
      else changes.push({ kind: 'delete', scope: scopes.heads, key });
      for (const head of before.heads) this.#countHead(head, -1);
      for (const head of after.heads) this.#countHead(head, 1);
    }
    if (before.history !== after.history) {
      if (after.history) changes.push({ kind: 'put', scope: scopes.history, key, value: encodeHistory(after.history, this.#numbers) });
      else changes.push({ kind: 'delete', scope: scopes.history, key });
      writeDifferences(changes, placeRows(before.history, key, context), placeRows(after.history, key, context));
    }
    if (work.heldBefore !== work.heldAfter) {
      if (work.heldAfter === undefined) changes.push({ kind: 'delete', scope: scopes.held, key });
      else changes.push({ kind: 'put', scope: scopes.held, key, value: utf8(work.heldAfter) });
    }
    writeDifferences(changes, headRows(before, key, context), headRows(after, key, context));
    return addTally(addTally(counters, tallyOf(before), -1), tallyOf(after), 1);
  }

  #countHead(head: KnownEntry, delta: 1 | -1): void {
    const state = this.journal(head.ref.journal);
    this.#journals.set(state.journal, { ...state, headsCount: state.headsCount + delta });
  }

  #writeFolder(changes: StoreChange[], counters: Counters): void {
    const { scopes } = this.#state;
    for (const state of this.#journals.values()) {
      assert(state.headsCount >= 0, 'a journal has no fewer heads than none');
      changes.push({ kind: 'put', scope: scopes.journals, key: state.journal, value: encodeJournalState(state) });
    }
    for (const [key, problem] of this.#problems) {
      if (problem) changes.push({ kind: 'put', scope: scopes.problems, key, value: encodeProblem(problem) });
      else changes.push({ kind: 'delete', scope: scopes.problems, key });
    }
    if (!sameCounters(counters, this.#state.counters))
      changes.push({ kind: 'put', scope: scopes.meta, key: countersKey, value: encodeCounters(counters) });
    if (this.#own !== undefined) changes.push({ kind: 'put', scope: scopes.meta, key: ownKey, value: utf8(this.#own) });
  }

  #remember(counters: Counters, heldDelta: number): void {
    const state = this.#state;
    state.heldCount += heldDelta;
    state.counters = counters;
    for (const journal of this.#journals.values()) {
      state.journals.set(journal.journal, journal);
    }
    for (const [key, problem] of this.#problems) {
      if (problem) state.problems.set(key, problem);
      else state.problems.delete(key);
    }
    if (this.#own !== undefined) state.own = this.#own;
  }
}

/** By how many rows the scope `held` grows. */
function heldRows(works: readonly PathWork[]): number {
  return works.reduce((sum, work) => sum + (work.heldAfter === undefined ? 0 : 1) - (work.heldBefore === undefined ? 0 : 1), 0);
}

/** Deletes what is only in `before`, puts what is new or differs in `after`. */
function writeDifferences(changes: StoreChange[], before: readonly DerivedRow[], after: readonly DerivedRow[]): void {
  if (before.length === 0) {
    for (const { scope, key, text } of after) changes.push({ kind: 'put', scope, key, value: bytesOf(text) });
    return;
  }
  const old = new Map(before.map((row) => [`${row.scope}\n${row.key}`, row]));
  for (const row of after) {
    const id = `${row.scope}\n${row.key}`;
    if (old.get(id)?.text !== row.text) changes.push({ kind: 'put', scope: row.scope, key: row.key, value: bytesOf(row.text) });
    old.delete(id);
  }
  for (const { scope, key } of old.values()) changes.push({ kind: 'delete', scope, key });
}

/** Most index rows say all by their key. */
function bytesOf(text: string): Uint8Array {
  return text === '' ? noBytes : utf8(text);
}

const noBytes = new Uint8Array(0);

/** More concurrent entries of one path than any honest group makes: the ones that rank lowest are not kept. */
function boundedHeads(heads: readonly KnownEntry[]): readonly KnownEntry[] {
  return heads.length <= limits.headsMax ? heads : [...heads].sort((a, b) => compareConcurrent(b, a)).slice(0, limits.headsMax);
}

function heldFromRow(bytes: Uint8Array | undefined): HeldReason {
  return bytes?.[0] === 'i'.charCodeAt(0) ? 'ignored' : 'problem';
}
