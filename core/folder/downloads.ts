import { Mutex, assert, deferred } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';
import type { PathState, WantedRow } from '../journal/types.ts';
import type { FileSnap, KnownEntry, RelPath } from '../model/index.ts';
import { sameContent, winnerOf } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import { isWanted } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import type { Blocks, DownloadOwner } from './file-download.ts';
import { FileDownload } from './file-download.ts';
import { type LocalHints, fillLocally, seemsLocal } from './local-blocks.ts';
import { placesOfFirstBlock } from './first-block.ts';
import { tryMove } from './move-here.ts';
import { nextStep } from './next-step.ts';
import type { NextStep } from './next-step.ts';
import { place, winnerToPlace } from './placing.ts';
import type { Placing, PlacingOutcome } from './placing.ts';
import { troubleOf } from './problems.ts';
import type { Publisher } from './publisher.ts';
import type { SpaceGuard } from './space-guard.ts';
import { StageShelf } from './stage-shelf.ts';
import { stageId } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Trash } from './trash.ts';
import type { Download, DownloadWish } from './types.ts';

/** What the queue asks of the applier. */
export interface ParentKeeper {
  /** Makes the directories above `path`; false where one of them cannot be had yet. */
  ensureParents(path: RelPath): Promise<boolean>;
}

type Decided = Extract<NextStep, { kind: 'decided' }>;

/** A path that may be handed out next. */
interface Candidate {
  readonly path: RelPath;
  readonly held: boolean;
  readonly row: WantedRow | undefined;
  /** As read with its page. */
  readonly state: PathState | undefined;
}

/**
 * Hands out the files that need bytes from peers, newest first, and publishes them when they are complete. Before a file is handed out
 * it takes from this device what is here; a file that is complete then is published without being handed out.
 */
export class Downloads implements DownloadOwner {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #trash: Trash;
  readonly #space: SpaceGuard;
  readonly #parents: ParentKeeper;
  readonly #handed = new Map<RelPath, FileDownload>();
  readonly #shelf: StageShelf;
  readonly #queue = new Mutex();
  /** Paths that failed and are due: first in line. */
  readonly #retries = new Set<RelPath>();
  #cursor: WantedRow | undefined;
  #page: Candidate[] = [];
  /** Paths that are being prepared right now: settled when it is known whether a file here moves there. */
  readonly #undecided = new Map<RelPath, Deferred<void>>();
  #isExhausted = false;
  /** Paths were passed over because nobody had them for the caller. */
  #hasPassedOver = false;

  constructor(context: FolderContext, publisher: Publisher, trash: Trash, space: SpaceGuard, parents: ParentKeeper) {
    this.#context = context;
    this.#publisher = publisher;
    this.#trash = trash;
    this.#space = space;
    this.#parents = parents;
    // A path that was passed over because of its content may go on.
    this.#shelf = new StageShelf(context, () => this.#onFree());
  }

  #onFree(): void {
    this.restart();
    this.#context.changed();
  }

  /** The list of wanted paths may have changed: begin at its top again. */
  restart(retries: readonly RelPath[] = []): void {
    for (const path of retries) if (this.#retries.size < engineLimits.dirtyPathsMax) this.#retries.add(path);
    this.#cursor = undefined;
    this.#page = [];
    this.#isExhausted = false;
    this.#hasPassedOver = false;
  }

  noteChanged(paths: readonly RelPath[]): void {
    for (const path of paths) this.#handed.get(path)?.noteChanged();
  }

  /** Takes what is staged from an earlier run; nothing else is there. */
  begin(leftovers: ReadonlySet<string>): void {
    this.#shelf.begin(leftovers);
    this.restart();
  }

  /** Several callers are served at the same time; only the choice of a path is made by one after another. */
  async next(wish: DownloadWish = {}): Promise<Download | undefined> {
    if (wish.anew && this.#hasPassedOver) this.restart();
    while (!this.#context.isHalted()) {
      const candidate = await this.#queue.run(() => this.#choose());
      if (!candidate) return undefined;
      try {
        const download = await this.#prepare(candidate, wish);
        if (download) return download;
      } finally {
        this.#undecided.get(candidate.path)?.resolve();
        this.#undecided.delete(candidate.path);
      }
    }
    return undefined;
  }

  /** Resolves when no file is in question any more that may yet move to a path which is being prepared: before that none is to be removed. */
  async movesDecided(): Promise<void> {
    await Promise.all([...this.#undecided.values()].map(({ promise }) => promise));
  }

  /** Whether bytes of `snap` seem to be on this device, in an earlier stage of it too. */
  async mayBeLocal(snap: FileSnap): Promise<boolean> {
    if (snap.blocks.kind === 'paged' || this.#shelf.mayHold(stageId(this.#context, snap))) return true;
    return seemsLocal(this.#context, snap.blocks.blocks, this.#sources());
  }

  /** Publishes a file whose bytes are all on this device; otherwise does nothing. The caller has the claim of the path. */
  async tryLocal(path: RelPath, step: Decided, placing: Placing, snap: FileSnap): Promise<PlacingOutcome> {
    const id = stageId(this.#context, snap);
    if (this.#handed.has(path) || !this.#shelf.tryTake(id)) return { kind: 'waits' };
    try {
      const places = await placesOfFirstBlock(this.#context, snap);
      const moved = await tryMove(this.#context, this.#publisher, { path, step, placing, snap, places });
      if (moved) return moved;
      const listing = await this.#context.journal.blocksOf(snap);
      const stage = listing.kind === 'blocks' ? await this.#shelf.obtain(id, snap, listing.blocks) : undefined;
      if (!stage) return { kind: 'waits' };
      if (!stage.isComplete && !(await seemsLocal(this.#context, stage.missing(), this.#sources()))) return { kind: 'waits' };
      if (!(await this.#space.allows(snap.size - stage.doneBytes))) return { kind: 'waits' };
      await fillLocally(this.#context, stage, this.#sources(), { old: step.row });
      return stage.isComplete ? await this.#place(path, step, placing, stage) : { kind: 'waits' };
    } finally {
      await this.#shelf.giveBack(id);
    }
  }

  async #choose(): Promise<Candidate | undefined> {
    for (const path of this.#retries) {
      this.#retries.delete(path);
      if (this.#isFree(path)) return this.#chosen({ path, held: false, row: undefined, state: undefined });
    }
    for (;;) {
      const candidate = this.#page.shift();
      if (!candidate) {
        if (this.#isExhausted || !(await this.#loadPage())) return undefined;
        continue;
      }
      this.#cursor = candidate.row;
      // Held paths come last: behind the first one nothing is to be fetched.
      if (candidate.held) {
        this.#isExhausted = true;
        this.#page = [];
        return undefined;
      }
      if (this.#isFree(candidate.path) && !this.#context.problems.isWaiting(candidate.path)) return this.#chosen(candidate);
    }
  }

  #chosen(candidate: Candidate): Candidate {
    this.#undecided.set(candidate.path, deferred());
    return candidate;
  }

  #isFree(path: RelPath): boolean {
    return !this.#handed.has(path) && !this.#undecided.has(path);
  }

  async #loadPage(): Promise<boolean> {
    const { journal } = this.#context;
    const after = this.#cursor ? { after: this.#cursor } : {};
    const rows = await journal.wanted({ ...after, limit: engineLimits.wantedPageRows });
    const states = await journal.pathStates(rows.map(({ path }) => path));
    this.#page = rows.map((row, index) => ({ path: row.path, held: row.held !== undefined, row, state: states[index] }));
    this.#isExhausted = rows.length < engineLimits.wantedPageRows;
    return rows.length > 0;
  }

  /** Undefined: nothing to hand out for this path (now). The state may be some moments old: finishing looks again. */
  async #prepare({ path, state: known }: Candidate, { mayFetch }: DownloadWish): Promise<FileDownload | undefined> {
    const { claims, journal, problems } = this.#context;
    const state = known ?? (await journal.pathState(path));
    const winner = winnerOf(state.heads);
    if (winner?.snap.kind !== 'file') {
      this.#context.markDirty([path]);
      return undefined;
    }
    if (mayFetch?.(winner) === false) {
      this.#hasPassedOver = true;
      return undefined;
    }
    if (!(await this.#parents.ensureParents(path))) return undefined;
    if (!claims.tryClaim(path)) {
      void claims.whenFree(path).then(() => this.#onFree());
      return undefined;
    }
    try {
      const step = await nextStep(this.#context, path, { state });
      if (step.kind === 'changed') this.#context.requestScan([path]);
      if (step.kind === 'trouble') await problems.report(path, step.trouble);
      const placing = step.kind === 'decided' ? filePlacing(step) : undefined;
      if (step.kind !== 'decided' || !placing) {
        if (step.kind !== 'changed' && step.kind !== 'trouble') this.#context.markDirty([path]);
        return undefined;
      }
      return await this.#begin(path, step, placing.placing, placing.snap);
    } finally {
      claims.release(path);
    }
  }

  async #begin(path: RelPath, step: Decided, placing: Placing, snap: FileSnap): Promise<FileDownload | undefined> {
    const id = stageId(this.#context, snap);
    // Another path with the same content is on its way: when that is here, this one is a copy of it.
    if (!this.#shelf.tryTake(id)) return undefined;
    let isHanded = false;
    try {
      const places = await placesOfFirstBlock(this.#context, snap);
      const moved = await tryMove(this.#context, this.#publisher, { path, step, placing, snap, places });
      this.#undecided.get(path)?.resolve();
      if (moved) {
        await this.#report(path, moved);
        return undefined;
      }
      if (!(await this.#space.allows(snap.size - this.#shelf.doneBytes(id)))) return undefined;
      const isNew = places.length === 0 && snap.blocks.kind === 'inline' && snap.blocks.blocks.length === 1;
      const blocks = await this.#open(snap, { old: step.row, isElsewhereOnly: isNew });
      if (blocks.kind === 'malformed') {
        await this.#context.problems.report(path, { kind: 'read-error', permanent: true, text: blocks.text });
        return undefined;
      }
      if (blocks.kind === 'stage' && blocks.stage.isComplete) {
        await this.#report(path, await this.#place(path, step, placing, blocks.stage));
        return undefined;
      }
      if (blocks.kind === 'unusable') {
        const text = `what is staged of "${path}" cannot be read; it is tried again by itself`;
        await this.#context.problems.report(path, { kind: 'write-error', permanent: false, text });
        return undefined;
      }
      const download = new FileDownload(this.#context, this, winnerToPlace(placing), snap, blocks);
      this.#handed.set(path, download);
      isHanded = true;
      return download;
    } finally {
      if (!isHanded) await this.#shelf.giveBack(id);
    }
  }

  async blocksOf(path: RelPath, snap: FileSnap): Promise<Blocks> {
    const { history } = await this.#context.journal.pathState(path);
    return this.#open(snap, { old: history });
  }

  async #open(snap: FileSnap, hints: LocalHints): Promise<Blocks> {
    const listing = await this.#context.journal.blocksOf(snap);
    if (listing.kind === 'missing-pages') return { kind: 'pages', pages: listing.pages };
    if (listing.kind === 'malformed') return listing;
    const bytes = listing.blocks.reduce((sum, block) => sum + block.size, 0);
    if (bytes !== snap.size)
      return {
        kind: 'malformed',
        text: `the list of blocks of this version does not fit its size; save the file again on the device that has it`,
      };
    const id = stageId(this.#context, snap);
    const stage = await this.#shelf.obtain(id, snap, listing.blocks);
    if (!stage) return { kind: 'unusable' };
    await fillLocally(this.#context, stage, this.#sources(), hints);
    return { kind: 'stage', stage };
  }

  async isCurrent(path: RelPath, entry: KnownEntry): Promise<boolean> {
    const { heads, history } = await this.#context.journal.pathState(path);
    const winner = winnerOf(heads);
    return winner !== undefined && sameContent(winner.snap, entry.snap) && isWanted(heads, history?.entry);
  }

  async publish(download: FileDownload): Promise<'published' | 'changed' | 'problem'> {
    const { path, stage, snap } = download;
    const { claims } = this.#context;
    if (!stage?.isComplete || this.#context.isHalted()) {
      await this.released(download);
      return 'changed';
    }
    await claims.claim(path);
    try {
      const step = await nextStep(this.#context, path, { mayAssumeFree: true });
      if (step.kind === 'changed') this.#context.requestScan([path]);
      const placing = step.kind === 'decided' ? filePlacing(step) : undefined;
      if (step.kind !== 'decided' || !placing || !sameContent(placing.snap, snap)) {
        this.#context.markDirty([path]);
        return 'changed';
      }
      const outcome = await this.#context.commits.awaited(() => this.#place(path, step, placing.placing, stage));
      await this.#report(path, outcome);
      if (outcome.kind === 'published') return 'published';
      return outcome.kind === 'trouble' ? 'problem' : 'changed';
    } finally {
      claims.release(path);
      await this.#over(download);
    }
  }

  async released(download: FileDownload): Promise<void> {
    await this.#over(download);
    this.restart();
  }

  async failed(download: FileDownload, error: FileError): Promise<void> {
    if (error.kind === 'full') this.#space.waitForSpace();
    await this.#context.problems.report(download.path, troubleOf(download.path, error, 'write'));
    // What is in the file is not known for certain any more.
    if (download.stage) this.#shelf.doubt(download.stage);
  }

  /** Closes what is open; used when the folder stops. */
  async stop(): Promise<void> {
    for (const download of this.#handed.values()) download.release();
    this.#handed.clear();
    await this.#shelf.stop();
  }

  isStaged(id: string): boolean {
    return this.#shelf.isInUse(id);
  }

  async #over(download: FileDownload): Promise<void> {
    if (this.#handed.get(download.path) === download) this.#handed.delete(download.path);
    await this.#shelf.giveBack(stageId(this.#context, download.snap));
    this.#context.changed();
  }

  #sources(): { readonly trash: Trash; readonly stages: () => Iterable<Stage> } {
    return { trash: this.#trash, stages: () => this.#shelf.all() };
  }

  async #place(path: RelPath, step: Decided, placing: Placing, stage: Stage): Promise<PlacingOutcome> {
    const entry = winnerToPlace(placing);
    assert(entry.snap.kind === 'file', 'what is staged is a file');
    const { snap } = entry;
    const outcome = await place(this.#context, this.#publisher, { path, row: step.row, placing }, () => stage.finish(snap, step.row?.stat));
    // The staged file has gone to its path; after a failure it is looked at anew.
    if (outcome.kind === 'published') this.#shelf.drop(stage);
    else this.#shelf.doubt(stage);
    await stage.close();
    return outcome;
  }

  async #report(path: RelPath, outcome: PlacingOutcome): Promise<void> {
    if (outcome.kind === 'trouble') {
      if (outcome.trouble.kind === 'disk-full') this.#space.waitForSpace();
      await this.#context.problems.report(path, outcome.trouble);
    }
    // Other paths may have waited for this content.
    if (outcome.kind === 'published') this.#context.changed();
  }
}

/** The decision of `step` where it puts a file in place. */
export function filePlacing(step: Decided): { readonly placing: Placing; readonly snap: FileSnap } | undefined {
  const { decision } = step;
  if (decision.kind !== 'apply' && decision.kind !== 'settle' && decision.kind !== 'displace') return undefined;
  const { snap } = winnerToPlace(decision);
  return snap.kind === 'file' ? { placing: decision, snap } : undefined;
}
