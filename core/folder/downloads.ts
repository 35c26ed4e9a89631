import { Mutex, assert } from '../base/index.ts';
import type { WantedRow } from '../journal/types.ts';
import type { FileSnap, KnownEntry, RelPath } from '../model/index.ts';
import { sameContent, winnerOf } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import { isWanted } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import type { Blocks, DownloadOwner } from './file-download.ts';
import { FileDownload } from './file-download.ts';
import { fillLocally, seemsLocal } from './local-blocks.ts';
import { nextStep } from './next-step.ts';
import type { NextStep } from './next-step.ts';
import { place, winnerToPlace } from './placing.ts';
import type { Placing, PlacingOutcome } from './placing.ts';
import { troubleOf } from './problems.ts';
import type { Publisher } from './publisher.ts';
import type { SpaceGuard } from './space-guard.ts';
import { Stage, stageId } from './stage.ts';
import type { Trash } from './trash.ts';
import type { Download } from './types.ts';

/** What the queue asks of the applier. */
export interface ParentKeeper {
  /** Makes the directories above `path`; false where one of them cannot be had yet. */
  ensureParents(path: RelPath): Promise<boolean>;
}

type Decided = Extract<NextStep, { kind: 'decided' }>;

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
  /** Stages that someone works on, and idle ones whose verified blocks are remembered. */
  readonly #stages = new Map<string, Stage>();
  readonly #busyStages = new Set<string>();
  readonly #queue = new Mutex();
  /** Paths that failed and are due: first in line. */
  readonly #retries = new Set<RelPath>();
  #cursor: WantedRow | undefined;
  #page: WantedRow[] = [];
  #isExhausted = false;
  /** A path was passed over because its content was being worked on for another path. */
  #hasPassedOver = false;

  constructor(context: FolderContext, publisher: Publisher, trash: Trash, space: SpaceGuard, parents: ParentKeeper) {
    this.#context = context;
    this.#publisher = publisher;
    this.#trash = trash;
    this.#space = space;
    this.#parents = parents;
  }

  /** The list of wanted paths may have changed: begin at its top again. */
  restart(retries: readonly RelPath[] = []): void {
    for (const path of retries) if (this.#retries.size < engineLimits.dirtyPathsMax) this.#retries.add(path);
    this.#cursor = undefined;
    this.#page = [];
    this.#isExhausted = false;
  }

  noteChanged(paths: readonly RelPath[]): void {
    for (const path of paths) this.#handed.get(path)?.noteChanged();
  }

  next(): Promise<Download | undefined> {
    return this.#queue.run(async () => {
      while (!this.#context.isHalted()) {
        const path = await this.#nextPath();
        if (path === undefined) return undefined;
        const download = await this.#prepare(path);
        if (download) return download;
      }
      return undefined;
    });
  }

  /** Publishes a file whose bytes are all on this device; otherwise does nothing. The caller has the claim of the path. */
  async tryLocal(path: RelPath, step: Decided, placing: Placing, snap: FileSnap): Promise<PlacingOutcome> {
    const id = stageId(this.#context, snap);
    if (this.#handed.has(path) || this.#busyStages.has(id)) return { kind: 'waits' };
    this.#busyStages.add(id);
    try {
      const moved = await this.#tryMove(path, step, placing, snap);
      if (moved) return moved;
      const stage = await this.#stageFor(id, snap);
      if (!stage) return { kind: 'waits' };
      if (!stage.isComplete && !(await seemsLocal(this.#context, stage, this.#sources()))) return { kind: 'waits' };
      if (!(await this.#space.allows(snap.size - stage.doneBytes))) return { kind: 'waits' };
      await fillLocally(this.#context, stage, this.#sources());
      if (!stage.isComplete) return { kind: 'waits' };
      return await this.#place(path, step, placing, stage);
    } finally {
      await this.#idle(id);
    }
  }

  async #nextPath(): Promise<RelPath | undefined> {
    for (const path of this.#retries) {
      this.#retries.delete(path);
      if (!this.#handed.has(path)) return path;
    }
    for (;;) {
      const row = this.#page.shift();
      if (!row) {
        if (this.#isExhausted || !(await this.#loadPage())) return undefined;
        continue;
      }
      this.#cursor = row;
      // Held paths come last: behind the first one nothing is to be fetched.
      if (row.held) {
        this.#isExhausted = true;
        this.#page = [];
        return undefined;
      }
      if (!this.#handed.has(row.path) && !this.#context.problems.isWaiting(row.path)) return row.path;
    }
  }

  async #loadPage(): Promise<boolean> {
    const after = this.#cursor ? { after: this.#cursor } : {};
    const rows = await this.#context.journal.wanted({ ...after, limit: engineLimits.wantedPageRows });
    this.#page = [...rows];
    this.#isExhausted = rows.length < engineLimits.wantedPageRows;
    return rows.length > 0;
  }

  /** Undefined: nothing to hand out for this path (now). */
  async #prepare(path: RelPath): Promise<FileDownload | undefined> {
    const { claims, journal, problems } = this.#context;
    const winner = winnerOf((await journal.pathState(path)).heads);
    if (winner?.snap.kind !== 'file') {
      this.#context.markDirty([path]);
      return undefined;
    }
    if (!(await this.#parents.ensureParents(path))) return undefined;
    await claims.claim(path);
    try {
      const step = await nextStep(this.#context, path);
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
    if (this.#busyStages.has(id)) {
      this.#hasPassedOver = true;
      return undefined;
    }
    this.#busyStages.add(id);
    let isHanded = false;
    try {
      const moved = await this.#tryMove(path, step, placing, snap);
      if (moved) return void (await this.#report(path, moved));
      const known = this.#stages.get(id);
      if (!(await this.#space.allows(snap.size - (known?.doneBytes ?? 0)))) return undefined;
      const blocks = await this.blocksOf(snap);
      if (blocks.kind === 'malformed') {
        await this.#context.problems.report(path, { kind: 'read-error', permanent: true, text: blocks.text });
        return undefined;
      }
      if (blocks.kind === 'stage' && blocks.stage.isComplete) return void (await this.#report(path, await this.#place(path, step, placing, blocks.stage)));
      const download = new FileDownload(this.#context, this, winnerToPlace(placing), snap, blocks);
      this.#handed.set(path, download);
      isHanded = true;
      return download;
    } finally {
      if (!isHanded) await this.#idle(id);
    }
  }

  async blocksOf(snap: FileSnap): Promise<Blocks> {
    const listing = await this.#context.journal.blocksOf(snap);
    if (listing.kind === 'missing-pages') return { kind: 'pages', pages: listing.pages };
    if (listing.kind === 'malformed') return listing;
    const bytes = listing.blocks.reduce((sum, block) => sum + block.size, 0);
    if (bytes !== snap.size) return { kind: 'malformed', text: `the list of blocks of this version does not fit its size; save the file again on the device that has it` };
    const id = stageId(this.#context, snap);
    const stage = this.#stages.get(id) ?? new Stage(this.#context, id, snap, listing.blocks);
    this.#stages.set(id, stage);
    const checked = await stage.check();
    if (checked.ok) await fillLocally(this.#context, stage, this.#sources());
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
      const step = await nextStep(this.#context, path);
      if (step.kind === 'changed') this.#context.requestScan([path]);
      const placing = step.kind === 'decided' ? filePlacing(step) : undefined;
      if (step.kind !== 'decided' || !placing || !sameContent(placing.snap, snap)) {
        this.#context.markDirty([path]);
        return 'changed';
      }
      const outcome = await this.#place(path, step, placing.placing, stage);
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
    if (download.stage) this.#stages.delete(download.stage.id);
  }

  /** Closes what is open; used when the folder stops. */
  async stop(): Promise<void> {
    for (const download of this.#handed.values()) download.release();
    for (const stage of this.#stages.values()) await stage.close();
    this.#handed.clear();
    this.#busyStages.clear();
    this.#stages.clear();
  }

  isStaged(id: string): boolean {
    return this.#stages.has(id);
  }

  async #over(download: FileDownload): Promise<void> {
    if (this.#handed.get(download.path) === download) this.#handed.delete(download.path);
    await this.#idle(stageId(this.#context, download.snap));
    this.#context.changed();
  }

  /** Nobody works on the stage any more; the newest of these are remembered. */
  async #idle(id: string): Promise<void> {
    this.#busyStages.delete(id);
    if (this.#hasPassedOver) {
      this.#hasPassedOver = false;
      this.restart();
      this.#context.changed();
    }
    const stage = this.#stages.get(id);
    if (!stage) return;
    await stage.close();
    this.#stages.delete(id);
    this.#stages.set(id, stage);
    for (const oldest of this.#stages.keys()) {
      if (this.#stages.size - this.#busyStages.size <= engineLimits.idleStagesMax) break;
      if (!this.#busyStages.has(oldest)) this.#stages.delete(oldest);
    }
  }

  async #stageFor(id: string, snap: FileSnap): Promise<Stage | undefined> {
    const known = this.#stages.get(id);
    if (known) return known;
    const listing = await this.#context.journal.blocksOf(snap);
    if (listing.kind !== 'blocks') return undefined;
    const stage = new Stage(this.#context, id, snap, listing.blocks);
    if (!(await stage.check()).ok) return undefined;
    this.#stages.set(id, stage);
    return stage;
  }

  #sources(): { readonly trash: Trash; readonly stages: () => Iterable<Stage> } {
    return { trash: this.#trash, stages: () => this.#stages.values() };
  }

  async #place(path: RelPath, step: Decided, placing: Placing, stage: Stage): Promise<PlacingOutcome> {
    const entry = winnerToPlace(placing);
    assert(entry.snap.kind === 'file', 'what is staged is a file');
    const { snap } = entry;
    const outcome = await place(this.#context, this.#publisher, { path, row: step.row, placing }, () => stage.finish(snap, step.row?.stat));
    // The staged file has gone to its path; after a failure it is looked at anew.
    this.#stages.delete(stage.id);
    await stage.close();
    return outcome;
  }

  /** The same bytes lie at a path that is to be removed: they move (FLD-8). */
  async #tryMove(path: RelPath, step: Decided, placing: Placing, snap: FileSnap): Promise<PlacingOutcome | undefined> {
    if (step.row || placing.kind !== 'apply' || snap.size === 0) return undefined;
    const { journal, claims } = this.#context;
    const listing = await journal.blocksOf(snap);
    const first = listing.kind === 'blocks' ? listing.blocks[0] : undefined;
    if (!first) return undefined;
    for (const candidate of await journal.blockPlaces(first.name)) {
      if (candidate.offset !== 0 || candidate.path === path || !claims.tryClaim(candidate.path)) continue;
      try {
        const { heads, history } = await journal.pathState(candidate.path);
        const winner = winnerOf(heads);
        if (!history || winner?.snap.kind !== 'removed' || !isWanted(heads, history.entry) || !sameContent(history.entry.snap, snap)) continue;
        const moved = await this.#publisher.move(candidate.path, history, path, placing.entry);
        if (moved.kind !== 'changed') return moved;
      } finally {
        claims.release(candidate.path);
      }
    }
    return undefined;
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

