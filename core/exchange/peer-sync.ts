import type { DeviceId, HaveMark, JournalId } from '../model/index.ts';
import { journalDevice } from '../model/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { CallError, Clock, Logger, PeerCalls } from '../ports/index.ts';
import type { AppliedCache } from './applied-cache.ts';
import { Errand } from './errand.ts';
import type { ExchangeEvent } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import { PushPlan } from './push-plan.ts';
import type { RosterView } from './roster-view.ts';
import { appliedFromWire, haveFromWire, haveToWire } from './wire-vectors.ts';

/** What one peer's sync needs of its folder. */
export interface PeerSyncHost {
  readonly journal: FolderJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly roster: RosterView;
  readonly applied: AppliedCache;
  readonly paused: () => boolean;
  /** Joined peers that are live, this one included. */
  readonly joinedCount: () => number;
  /** `joined` of this peer has changed. */
  readonly onJoined: (sync: PeerSync) => void;
  /** The peer told what it has applied; resolves when that is recorded. */
  readonly onHistory: (device: DeviceId, applied: ReturnType<typeof appliedFromWire>) => Promise<void>;
  /** Something that evenness depends on has changed. */
  readonly onProgress: (device: DeviceId) => void;
  readonly onEvent: (event: ExchangeEvent) => void;
  readonly onRoundTrip: (device: DeviceId, ms: number) => void;
}

type Step =
  | { readonly kind: 'roster' | 'have' }
  | { readonly kind: 'push'; readonly journal: JournalId }
  | { readonly kind: 'idle'; readonly forMs: number | undefined };

/**
 * Keeps rosters, journals and histories of one folder even with one peer, for one epoch (JRN-2, JRN-7): first the rosters, then what each
 * holds, then everything that the peer lacks, oldest first; and after that whatever changes. Handlers and journal record facts here; the
 * errand looks at all of them and takes one step after another. A peer that hangs holds up only its own errands (REC-3).
 */
export class PeerSync {
  readonly calls: PeerCalls;
  readonly plan: PushPlan;
  readonly #host: PeerSyncHost;
  readonly #over = new AbortController();
  readonly #metadata: Errand;
  readonly #history: Errand;
  #joined = false;
  /** The peer has said that it does not take part. */
  #isOutside = false;
  /** Hashes of the statements that the peer knows; undefined: never heard. */
  #theirStatements: Set<string> | undefined;
  /** The last exchange changed nothing on either side: another one would neither. */
  #rosterStuck = false;
  #haveDue = true;
  /** Others may have given the peer what it lacked when it was last heard: asked again before anything of theirs is sent. */
  #mayHaveMore = false;
  #failures = 0;
  #toldHistory: string | undefined;
  #heardHistory = false;
  #toldHistoryAt = -Infinity;

  constructor(calls: PeerCalls, host: PeerSyncHost) {
    this.calls = calls;
    this.#host = host;
    this.plan = new PushPlan(host.journal, calls.device);
    this.#metadata = new Errand(host.clock, host.logger, () => this.#keepEven());
    this.#history = new Errand(host.clock, host.logger, () => this.#tellHistory());
  }

  get device(): DeviceId {
    return this.calls.device;
  }

  /** The peer has the folder and takes part in it. */
  get joined(): boolean {
    return this.#joined;
  }

  /** On the roster, and not known to be without the folder: joined, or not asked yet. */
  get takesPart(): boolean {
    return !this.#isOutside && this.#host.roster.isMember(this.device);
  }

  /** Rosters are the same on both sides. */
  get rosterEven(): boolean {
    const theirs = this.#theirStatements;
    return theirs !== undefined && this.#host.roster.missingIn(theirs).length === 0 && !this.#host.roster.lacksAnyOf(theirs);
  }

  /** Even, or as even as they become: the peer holds statements that we must refuse, or the other way round. */
  get rosterSettled(): boolean {
    return this.rosterEven || (this.#rosterStuck && this.#theirStatements !== undefined);
  }

  get statementsKnown(): number {
    return this.#theirStatements?.size ?? 0;
  }

  start(): void {
    this.#metadata.trigger();
  }

  /** The epoch is over, or the folder is closed: nothing is sent any more. */
  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all([this.#metadata.stop(), this.#history.stop()]);
  }

  /** Our journals changed. `fromOthers`: by batches of someone else, which the peer may have got already. */
  journalChanged(fromOthers: boolean): void {
    if (fromOthers && this.#host.joinedCount() > 1) this.#mayHaveMore = true;
    this.#rosterStuck = false;
    this.#metadata.trigger();
  }

  /** Statements came. Entries may have been taken back with them, so what each side holds is compared again: no push would tell. */
  rosterChanged(): void {
    this.#haveDue = true;
    this.journalChanged(false);
  }

  /** What we have applied may have changed; told a little later, together with what follows. */
  historyChanged(): void {
    const now = this.#host.clock.monoNow();
    this.#history.trigger(Math.max(tuning.historyDelayMs, this.#toldHistoryAt + tuning.historyIntervalMs - now));
  }

  /** The folder was paused or goes on here. */
  pauseChanged(): void {
    this.#theirStatements = undefined;
    this.#rosterStuck = false;
    this.#haveDue = true;
    this.#metadata.trigger();
  }

  /** The peer itself asked about this folder: it takes part. */
  peerAskedRoster(known: Iterable<string>): void {
    this.#theirStatements = new Set([...(this.#theirStatements ?? []), ...known]);
    this.#rosterStuck = false;
    this.#setJoined(true);
    this.#metadata.trigger();
  }

  peerTold(have: ReadonlyMap<JournalId, HaveMark>): void {
    this.plan.peerHolds(have);
    this.#haveDue = false;
    this.#mayHaveMore = false;
    this.#metadata.trigger();
    this.#host.onProgress(this.device);
  }

  /** The peer sent us batches up to `mark`, or took ours: it holds at least that. */
  peerSent(journal: JournalId, mark: HaveMark): void {
    this.plan.peerHoldsAtLeast(journal, mark);
    this.#host.onProgress(this.device);
  }

  /** Proof of a fork: the peer sent batches of its own journal that do not follow on those we hold (JRN-5). */
  showFork(journal: JournalId): void {
    if (journalDevice(journal) !== this.device) return;
    this.plan.show(journal);
    this.#metadata.trigger();
  }

  peerHeardHistory(key: string): void {
    this.#toldHistory = key;
    this.#heardHistory = true;
  }

  async #keepEven(): Promise<number | undefined> {
    while (!this.#over.signal.aborted) {
      const step = this.#nextStep();
      if (step.kind === 'idle') return step.forMs;
      const error = await this.#take(step);
      this.#host.onProgress(this.device);
      if (error) return this.#afterError(error);
      this.#failures = 0;
    }
    return undefined;
  }

  #nextStep(): Step {
    const idle = (forMs?: number): Step => ({ kind: 'idle', forMs });
    if (this.#host.paused()) return idle();
    const isMember = this.#host.roster.isMember(this.device);
    // Whoever was put off the roster is told so once; a stranger learns nothing.
    if (!isMember && !this.#joined) return idle();
    if (!this.#rosterStuck && !this.rosterEven) return { kind: 'roster' };
    if (!isMember) {
      this.#setJoined(false);
      return idle();
    }
    if (!this.#joined) return idle();
    if (this.#haveDue || !this.plan.isHeard) return { kind: 'have' };
    const journal = this.plan.next(this.#host.clock.monoNow());
    if (journal) return this.#mayHaveMore && journal !== this.#host.journal.own ? { kind: 'have' } : { kind: 'push', journal };
    return idle(this.plan.retryInMs(this.#host.clock.monoNow()));
  }

  #take(step: Exclude<Step, { kind: 'idle' }>): Promise<CallError | undefined> {
    switch (step.kind) {
      case 'roster':
        return this.#exchangeRoster();
      case 'have':
        return this.#exchangeHave();
      case 'push':
        return this.#push(step.journal);
    }
  }

  async #exchangeRoster(): Promise<CallError | undefined> {
    const { roster, journal, clock } = this.#host;
    const before = new Set(this.#theirStatements);
    const known = roster.known();
    const startedAt = clock.monoNow();
    const reply = await this.calls.call(
      'roster',
      { folder: journal.folder, known, statements: roster.missingIn(before) },
      { signal: this.#over.signal },
    );
    if (!reply.ok) return reply.error;
    this.#host.onRoundTrip(this.device, clock.monoNow() - startedAt);
    const merged = await journal.mergeStatements(reply.value.statements);
    if (!merged.ok)
      this.#host.logger.log('warn', 'roster-refused', { folder: journal.folder, device: this.device, reason: merged.error.text });
    const theirs = new Set(reply.value.known);
    const learned = roster.known().length > known.length;
    this.#rosterStuck = !learned && this.#theirStatements !== undefined && theirs.size <= before.size;
    this.#theirStatements = theirs;
    this.#setJoined(reply.value.joined);
    return undefined;
  }

  async #exchangeHave(): Promise<CallError | undefined> {
    const { journal } = this.#host;
    this.#haveDue = false;
    this.#mayHaveMore = false;
    const reply = await this.calls.call(
      'have',
      { folder: journal.folder, have: haveToWire(journal.have()) },
      { signal: this.#over.signal },
    );
    if (!reply.ok) {
      this.#haveDue = true;
      return reply.error;
    }
    this.plan.peerHolds(haveFromWire(reply.value.have));
    await this.plan.compareHashes();
    return undefined;
  }

  async #push(journalId: JournalId): Promise<CallError | undefined> {
    const { journal, clock } = this.#host;
    const start = this.plan.windowStart(journalId);
    const items = await journal.batchesAfter(journalId, this.plan.startingPoint(journalId), tuning.pushWindowBytes);
    if (items.length === 0 || this.#over.signal.aborted) {
      this.plan.nothingToPush(journalId, start);
      return undefined;
    }
    const body = framesOf(items);
    const firstSequence = (this.plan.startingPoint(journalId)?.end ?? 0) + 1;
    const reply = await this.calls.call(
      'batches',
      { folder: journal.folder, journal: journalId, firstSequence },
      { signal: this.#over.signal, body },
    );
    if (!reply.ok) return reply.error;
    const { mark, refused } = reply.value;
    const outcome = this.plan.pushed(journalId, start, mark, refused, clock.monoNow());
    if (outcome === 'others-send') this.#haveDue = true;
    if (outcome === 'refused') {
      const reason = refused ?? 'no progress';
      this.#host.logger.log('warn', 'batch-refused-by-peer', { folder: journal.folder, device: this.device, journal: journalId, reason });
      this.#host.onEvent({ kind: 'batch-refused', by: 'them', device: this.device, journal: journalId, reason });
    }
    // Someone else may be sending the same to the same peer: look again before the next window of what is not ours.
    if (this.#host.joinedCount() > 1) this.#mayHaveMore = true;
    return undefined;
  }

  async #tellHistory(): Promise<number | undefined> {
    if (this.#over.signal.aborted || this.#host.paused() || !this.#joined || !this.#host.roster.isMember(this.device)) return undefined;
    const { record, key } = await this.#host.applied.report();
    if (this.#heardHistory && key === this.#toldHistory) return undefined;
    this.#toldHistoryAt = this.#host.clock.monoNow();
    const reply = await this.calls.call('history', { folder: this.#host.journal.folder, applied: record }, { signal: this.#over.signal });
    if (!reply.ok) return this.#afterError(reply.error);
    this.#toldHistory = key;
    this.#heardHistory = true;
    await this.#host.onHistory(this.device, appliedFromWire(reply.value.applied));
    return undefined;
  }

  #setJoined(joined: boolean): void {
    this.#isOutside = !joined;
    if (joined === this.#joined) return;
    this.#joined = joined;
    this.#haveDue = true;
    this.#host.onJoined(this);
    if (joined) this.#history.trigger();
  }

  /** When to try again; undefined: not before something changes. */
  #afterError(error: CallError): number | undefined {
    if (error.kind === 'peer-gone' || error.kind === 'cancelled') return undefined;
    if (
      error.kind === 'refused' &&
      (error.error.kind === 'unknown-folder' || error.error.kind === 'not-joined' || error.error.kind === 'not-allowed')
    ) {
      // The peer asks by itself as soon as it takes part.
      this.#rosterStuck = true;
      const isNew = !this.#isOutside && this.#host.roster.isMember(this.device);
      this.#setJoined(false);
      if (isNew) this.#host.onEvent({ kind: 'outside', device: this.device });
      return undefined;
    }
    this.#failures += 1;
    return Math.min(tuning.retryMsMax, tuning.retryMs * 2 ** Math.min(this.#failures - 1, 10));
  }
}

async function* framesOf(
  items: Awaited<ReturnType<FolderJournal['batchesAfter']>>,
): AsyncGenerator<{ readonly body: unknown; readonly payload: Uint8Array }> {
  for (const { kind, bytes } of items) yield { body: { kind }, payload: bytes };
}
