import type { Result } from '../base/index.ts';
import { Emitter, Mutex, Together, ok } from '../base/index.ts';
import type {
  AppliedVector,
  BlockName,
  DeviceId,
  EntryRef,
  FileSnap,
  FolderId,
  HaveMark,
  HaveVector,
  JournalId,
  KnownEntry,
  PathProblem,
  RelPath,
  Roster,
} from '../model/index.ts';
import { mayAnnounce, pathFromKey } from '../model/index.ts';
import { StoreFailure } from '../ports/index.ts';
import type { StoreChange } from '../ports/index.ts';
import { encodeApplied, sortedMark } from './applied-codec.ts';
import { appliedVector, devicesThatApplied, filesNotApplied, filesOnlyHere, isAnyFileOnlyHere } from './applied.ts';
import { announceEntries } from './announce.ts';
import type { Announcement } from './announce.ts';
import type { SentItem } from './batch-log.ts';
import { allChains, isEmptyChain, markOf, planSending } from './chains.ts';
import { compactStep, isOverBound, isSparse } from './compaction.ts';
import { endJournal } from './end-journal.ts';
import { announceCutRemovals } from './cut-removals.ts';
import type { CutOutcome } from './disown.ts';
import { enforceRoster, replaceGeneration } from './disown.ts';
import type { Merged } from './merging.ts';
import { mergeBatch, mergeFloor } from './merging.ts';
import type { JournalParts } from './parts.ts';
import { newChange } from './parts.ts';
import { PathReader } from './path-reader.ts';
import type { StatementRefusal } from './roster-log.ts';
import { addStatements } from './roster-log.ts';
import type {
  BatchRefusal,
  BlockListing,
  BlockPlace,
  FileTotals,
  FolderJournal,
  HeldReason,
  HistoryChange,
  HistoryRow,
  JournalChange,
  PathState,
  WantedRow,
} from './types.ts';

/** {@link FolderJournal} over the store. Changes run one after another; questions are answered at any time. */
export class StoredFolderJournal implements FolderJournal {
  readonly folder: FolderId;
  readonly #parts: JournalParts;
  readonly #reader: PathReader;
  readonly #single = new Together<RelPath, PathState>((paths) => this.#reader.states(paths));
  readonly #mutex = new Mutex();
  readonly #changes = new Emitter<JournalChange>();
  /** The roster changed, and what it does not accept may still be there: true for longer only where a commit failed. */
  #isCutDue = false;

  constructor(parts: JournalParts) {
    this.folder = parts.state.folder;
    this.#parts = parts;
    this.#reader = new PathReader(parts.store, parts.state.scopes, parts.state.numbers);
  }

  get own(): JournalId {
    return this.#parts.state.own;
  }

  pathState(path: RelPath): Promise<PathState> {
    return this.#single.ask(path);
  }

  pathStates(paths: readonly RelPath[]): Promise<readonly PathState[]> {
    return this.#reader.states(paths);
  }

  childHistory(directory: RelPath): Promise<readonly HistoryRow[]> {
    return this.#reader.childHistory(directory);
  }

  hasLiveBelow(directory: RelPath): Promise<boolean> {
    return this.#reader.hasLiveBelow(directory);
  }

  liveChildren(directory: RelPath): Promise<readonly KnownEntry[]> {
    return this.#reader.liveChildren(directory);
  }

  allHistory(): AsyncIterable<HistoryRow> {
    return this.#reader.allHistory();
  }

  async historyCount(): Promise<number> {
    return this.#parts.state.counters.history;
  }

  async totals(): Promise<FileTotals> {
    const { files, bytes } = this.#parts.state.counters;
    return { files, bytes };
  }

  announce(
    drafts: readonly Announcement[],
    also: { readonly history?: readonly HistoryChange[]; readonly extra?: readonly StoreChange[] } = {},
  ): Promise<readonly KnownEntry[]> {
    return this.#change(async () => {
      if (this.#parts.state.lostAfter !== undefined) await this.#replaceGeneration();
      const { entries, paths } = await announceEntries(this.#parts, drafts, also.history ?? [], also.extra ?? []);
      this.#emit('own', paths);
      await this.#compactAfter(entries.length);
      return entries;
    });
  }

  recordHistory(
    changes: readonly HistoryChange[],
    extra: readonly StoreChange[] = [],
    options: { readonly durable: boolean } = { durable: true },
  ): Promise<void> {
    return this.#change(async () => {
      const { state } = this.#parts;
      const change = newChange(this.#parts);
      await change.load(changes.map(pathOfChange));
      for (const each of changes) change.setHistory(pathOfChange(each), each.kind === 'set' ? each.row : undefined);
      const owned = change.clearDisowned(changes.map(pathOfChange));
      change.rows.push(...extra);
      const paths = await change.commit(options);
      for (const key of owned) state.disowned.delete(key);
      this.#emit('applied', paths);
    });
  }

  mergeBatch(bytes: Uint8Array): Promise<Result<HaveMark, BatchRefusal>> {
    return this.#merge(() => mergeBatch(this.#parts, bytes));
  }

  mergeFloor(bytes: Uint8Array): Promise<Result<HaveMark, BatchRefusal>> {
    return this.#merge(() => mergeFloor(this.#parts, bytes));
  }

  have(): HaveVector {
    const marks = new Map<JournalId, HaveMark>();
    for (const { journal, chains } of this.#parts.state.journals.values()) {
      if (!allChains(chains).every(isEmptyChain)) marks.set(journal, markOf(chains));
    }
    return marks;
  }

  async batchesAfter(journal: JournalId, mark: HaveMark | undefined, bytesMax: number): Promise<readonly SentItem[]> {
    const read = async (): Promise<readonly SentItem[] | undefined> => {
      const state = this.#parts.state.journals.get(journal);
      const plan = state && planSending(state.chains, mark);
      return plan && this.#parts.batches.read(state, plan, bytesMax);
    };
    const items = await read();
    // A commit that dropped what was planned is under way: plan again after it.
    return items?.length === 0 ? ((await this.#mutex.run(read)) ?? []) : (items ?? []);
  }

  async endHashAt(journal: JournalId, sequence: number): Promise<string | undefined> {
    const state = this.#parts.state.journals.get(journal);
    const link = state && (await this.#parts.batches.linkBefore(state.number, sequence));
    return link?.last === sequence ? link.hash : undefined;
  }

  compact(): Promise<boolean> {
    return this.#change(async () => {
      const own = this.#parts.state.journals.get(this.own);
      if (!own || !isOverBound(own, this.#parts.batchEntriesMax) || !this.#mayAnnounce()) return false;
      return this.#compactSteps(Infinity);
    });
  }

  startGeneration(): Promise<JournalId> {
    return this.#change(async () => {
      await this.#replaceGeneration();
      return this.own;
    });
  }

  applied(): Promise<AppliedVector> {
    return appliedVector(this.#parts.store, this.#parts.state);
  }

  recordPeerApplied(device: DeviceId, applied: AppliedVector): Promise<void> {
    return this.#change(async () => {
      const { state, store } = this.#parts;
      const sorted: AppliedVector = new Map([...applied].map(([journal, mark]) => [journal, sortedMark(mark)]));
      await store.commit([{ kind: 'put', scope: state.scopes.peers, key: device, value: encodeApplied(sorted) }], { durable: false });
      state.peers.set(device, sorted);
    });
  }

  devicesThatApplied(ref: EntryRef): readonly DeviceId[] {
    return devicesThatApplied(this.#parts.state.peers, this.roster().members, ref.journal, ref.sequence);
  }

  hasHeardFrom(device: DeviceId): boolean {
    return this.#parts.state.peers.has(device);
  }

  async needsOf(device: DeviceId): Promise<FileTotals> {
    const applied = this.#parts.state.peers.get(device);
    return applied ? filesNotApplied(this.#parts.store, this.#parts.state, applied) : this.totals();
  }

  onlyHere(among: readonly DeviceId[]): Promise<FileTotals> {
    return filesOnlyHere(this.#parts.store, this.#parts.state, among);
  }

  isAnyOnlyHere(among: readonly DeviceId[]): Promise<boolean> {
    return isAnyFileOnlyHere(this.#parts.store, this.#parts.state, among);
  }

  wanted(options: { readonly after?: WantedRow; readonly limit: number }): Promise<readonly WantedRow[]> {
    return this.#reader.wanted(options);
  }

  wantedTotals(): FileTotals {
    const { wanted, wantedBytes } = this.#parts.state.counters;
    return { files: wanted, bytes: wantedBytes };
  }

  setHeld(path: RelPath, reason: HeldReason | undefined): Promise<void> {
    return this.#change(async () => {
      const change = newChange(this.#parts);
      await change.load([path]);
      change.setHeld(path, reason);
      await change.commit({ durable: false });
    });
  }

  problems(): readonly PathProblem[] {
    return [...this.#parts.state.problems.values()];
  }

  setProblem(problem: PathProblem): Promise<void> {
    return this.#putProblem(problem.path, problem);
  }

  clearProblem(path: RelPath): Promise<void> {
    return this.#putProblem(path, undefined);
  }

  conflicts(): Promise<readonly KnownEntry[]> {
    return this.#reader.conflicts();
  }

  blockPlaces(names: readonly BlockName[]): Promise<readonly (readonly BlockPlace[])[]> {
    return this.#parts.pages.blockPlaces(names);
  }

  page(name: BlockName): Promise<Uint8Array | undefined> {
    return this.#parts.pages.get(name);
  }

  putPages(pages: readonly { readonly name: BlockName; readonly bytes: Uint8Array }[]): Promise<void> {
    return this.#change(() => this.#parts.pages.put(pages));
  }

  blocksOf(snap: FileSnap): Promise<BlockListing> {
    return this.#parts.pages.blocksOf(snap.blocks, snap.size);
  }

  isNamed(name: BlockName): Promise<boolean> {
    return this.#parts.pages.isNamed(name);
  }

  collectPages(limit: number): Promise<number> {
    return this.#change(() => this.#parts.pages.collect(limit));
  }

  roster(): Roster {
    return this.#parts.rosterLog.roster;
  }

  rosterStatements(): readonly { readonly hash: string; readonly bytes: Uint8Array }[] {
    return this.#parts.rosterLog.statements;
  }

  mergeStatements(statements: readonly Uint8Array[]): Promise<Result<number, StatementRefusal>> {
    return this.#change(async () => {
      const { store, crypto, state, rosterLog } = this.#parts;
      const addition = addStatements(rosterLog, state.folder, statements, crypto, state.scopes);
      if (!addition.ok) return addition;
      const { log, rows, added, refusal } = addition.value;
      if (added > 0) {
        await store.commit(rows, { durable: true });
        this.#parts.rosterLog = log;
        this.#isCutDue = true;
        await this.#cutJournals();
      }
      return refusal ? { ok: false, error: refusal } : ok(added);
    });
  }

  async disownedPaths(): Promise<readonly RelPath[]> {
    return [...this.#parts.state.disowned].map(pathFromKey);
  }

  onChange(listener: (change: JournalChange) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Waits for the change under way. The store is its owner's to close. */
  close(): Promise<void> {
    return this.#mutex.run(async () => undefined);
  }

  /** Runs `task` after all earlier changes. */
  #change<T>(task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      if (this.#isCutDue) await this.#cutJournals();
      return task();
    });
  }

  async #cutJournals(): Promise<void> {
    const cut = await enforceRoster(this.#parts);
    this.#isCutDue = false;
    await this.#tellCut(cut);
  }

  #merge(take: () => Promise<Result<Merged, BatchRefusal>>): Promise<Result<HaveMark, BatchRefusal>> {
    return this.#change(async () => {
      const merged = await take();
      if (!merged.ok) {
        const fork = merged.error.kind === 'chain-broken' ? merged.error.ownFork : undefined;
        if (fork && (await endJournal(this.#parts, fork.journal, fork.after))) await this.#cutJournals();
        return merged;
      }
      if (merged.value.paths) this.#changes.emit({ kind: 'foreign', paths: merged.value.paths });
      return ok(merged.value.mark);
    });
  }

  #emit(kind: JournalChange['kind'], paths: readonly RelPath[]): void {
    if (paths.length > 0) this.#changes.emit({ kind, paths });
  }

  #mayAnnounce(): boolean {
    return mayAnnounce(this.roster(), this.#parts.signer.device) && !this.roster().acceptedEnds.has(this.own);
  }

  async #replaceGeneration(): Promise<void> {
    const { own, lostAfter, journals } = this.#parts.state;
    // Who got what we announced beside what was lost, and who has that, would never be even.
    const isForked = lostAfter !== undefined && (journals.get(own)?.chains.main.end ?? 0) > lostAfter;
    if (isForked) await endJournal(this.#parts, own, lostAfter);
    await this.#tellCut(await replaceGeneration(this.#parts));
  }

  async #tellCut({ paths, removals }: CutOutcome): Promise<void> {
    this.#changes.emit({ kind: 'roster', paths });
    this.#emit('own', await announceCutRemovals(this.#parts, removals));
  }

  #putProblem(path: RelPath, problem: PathProblem | undefined): Promise<void> {
    return this.#change(async () => {
      const change = newChange(this.#parts);
      await change.load([path]);
      change.setProblem(path, problem);
      await change.commit({ durable: false });
    });
  }

  /** Moves about two entries for each of the `announced` ones while the journal is sparse, so that its bound is never reached. */
  async #compactAfter(announced: number): Promise<void> {
    const own = this.#parts.state.journals.get(this.own);
    const { batchEntriesMax } = this.#parts;
    if (!own || !isSparse(own, batchEntriesMax)) return;
    try {
      await this.#compactSteps(1 + Math.ceil((2 * announced) / batchEntriesMax));
    } catch (error) {
      // The entries are announced: their caller must not hear of a failure. Compaction goes on with the next ones.
      if (!(error instanceof StoreFailure)) throw error;
      this.#parts.logger.log('warn', 'compaction-failed', { folder: this.folder, error: error.message });
    }
  }

  async #compactSteps(stepsMax: number): Promise<boolean> {
    for (let step = 0; step < stepsMax; step++) {
      const own = this.#parts.state.journals.get(this.own);
      const isDone = !own || !isSparse(own, this.#parts.batchEntriesMax) || !(await compactStep(this.#parts));
      if (isDone) return step > 0;
      this.#changes.emit({ kind: 'own', paths: [] });
    }
    return true;
  }
}

function pathOfChange(change: HistoryChange): RelPath {
  return change.kind === 'set' ? change.row.path : change.path;
}
