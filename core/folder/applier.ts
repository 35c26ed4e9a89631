import type { HistoryRow, PathState } from '../journal/types.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import { isLive, parentPath, rootPath, sameContent, winnerOf } from '../model/index.ts';
import { isWanted } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import type { Downloads } from './downloads.ts';
import { filePlacing } from './downloads.ts';
import { eachOf } from './each-of.ts';
import { engineLimits } from './engine-limits.ts';
import { liveTwinOf, nextStep } from './next-step.ts';
import type { NextStep, WaitsBelow } from './next-step.ts';
import type { Placing, PlacingOutcome } from './placing.ts';
import { clearDirectory, place, winnerToPlace } from './placing.ts';
import { troubleOf } from './problems.ts';
import { prepareLink } from './publisher.ts';
import { moveToConflictName } from './set-aside.ts';
import type { Publisher } from './publisher.ts';
import { isRemoval, wantedPages } from './wanted-pages.ts';

type Decided = Extract<NextStep, { kind: 'decided' }>;

/** Steps that one path may take in one visit. More would be a decision that does not settle. */
const stepsMax = 6;
/** Directories that are known to be on the disk, so that many files in one directory cost one look. */
const readyParentsMax = 4096;

/**
 * Puts on the disk what needs no bytes from peers: directories, links, removals, times and modes, files whose bytes are here already. It
 * also settles conflicts. Creations go before removals, parents before children, children before the removal of their parent (FLD-4).
 */
export class Applier {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  #downloads: Downloads | undefined;
  readonly #readyParents = new Set<RelPath>();
  readonly #heldIgnored = new Set<RelPath>();
  #links = 0;

  constructor(context: FolderContext, publisher: Publisher) {
    this.#context = context;
    this.#publisher = publisher;
  }

  /** The two know each other: downloads need their parents made, and the applier hands over files. */
  connect(downloads: Downloads): void {
    this.#downloads = downloads;
  }

  /** Nothing that was known of the disk holds any more. */
  reset(): void {
    this.#readyParents.clear();
  }

  /** Looks at `paths` and does what they need. */
  async apply(paths: readonly RelPath[]): Promise<void> {
    const creations: PathState[] = [];
    const removals: RelPath[] = [];
    for (const state of await this.#context.journal.pathStates(paths.filter((path) => path !== rootPath))) {
      const winner = winnerOf(state.heads);
      if (winner && isLive(winner.snap)) creations.push(state);
      else removals.push(state.path);
    }
    await this.#visitCreations(creations);
    await this.#visitRemovals(removals);
  }

  /** Looks at everything that is wanted, held paths too. Of removals only those that were seen before the new paths were looked at. */
  async applyWanted(): Promise<void> {
    const removals: RelPath[] = [];
    let areMore = false;
    for await (const { rows, states } of wantedPages(this.#context)) {
      for (const { path, held } of rows) if (held === 'ignored') this.#heldIgnored.add(path);
      await this.#visitCreations(states.filter((state) => !isRemoval(state)));
      if (removals.length < engineLimits.removalsMax) removals.push(...states.filter(isRemoval).map(({ path }) => path));
      else areMore ||= states.some(isRemoval);
    }
    const wantedBefore = this.#context.journal.wantedTotals().files;
    await this.#visitRemovals(removals);
    // The others have their turn when these are gone from the list; those that cannot go are tried again by themselves.
    if (areMore && this.#context.journal.wantedTotals().files < wantedBefore) this.#context.markDirty('wanted');
  }

  /** New files of which nothing is on this device are left to the downloads, which do for them all that there is to be done. */
  async #visitCreations(states: readonly PathState[]): Promise<void> {
    const paths = await Promise.all(states.map(async (state) => ((await this.#isNewContent(state)) ? [] : [state.path])));
    const rest = paths.flat();
    if (rest.length < states.length) this.#downloads?.restart();
    await this.#visit(rest);
  }

  async #isNewContent({ path, heads, history }: PathState): Promise<boolean> {
    const [winner] = heads;
    if (history || heads.length !== 1 || winner?.snap.kind !== 'file' || winner.snap.size === 0 || !this.#downloads) return false;
    const { problems, readerChanges } = this.#context;
    if (problems.has(path) || readerChanges.has(path) || this.#heldIgnored.has(path) || this.#isIgnored(winner)) return false;
    return !(await this.#downloads.mayBeLocal(winner.snap));
  }

  /** What may yet move to a new path that the downloads are preparing is not taken away before; what has moved is gone. */
  async #visitRemovals(paths: readonly RelPath[]): Promise<void> {
    if (paths.length === 0) return;
    await this.#downloads?.movesDecided();
    // Who has a path now may be about to put there what is to go.
    const busy = new Set(paths.filter((path) => this.#context.claims.isClaimed(path)));
    const states = await this.#context.journal.pathStates(paths);
    await this.#visit(states.filter((state) => busy.has(state.path) || !this.#isGone(state)).map(({ path }) => path));
  }

  #isGone(state: PathState): boolean {
    const noted = [this.#context.problems, this.#context.readerChanges, this.#heldIgnored];
    return isRemoval(state) && !state.history && !noted.some((each) => each.has(state.path));
  }

  async #visit(paths: readonly RelPath[]): Promise<void> {
    await eachOf(paths, engineLimits.publishConcurrency, async (path) => {
      if (!this.#context.isHalted()) await this.settle(path);
    });
  }

  /** Takes `path` as far as it can go now. `below`: what waits below it for it to be a directory. */
  async settle(path: RelPath, below?: WaitsBelow): Promise<void> {
    const { heads, history } = await this.#context.journal.pathState(path);
    const winner = winnerOf(heads);
    if (winner && isLive(winner.snap) && isWanted(heads, history?.entry) && !this.#isIgnored(winner) && !(await this.ensureParents(path)))
      return;
    if (!(await this.#claim(path, below !== undefined))) return;
    try {
      for (let step = 0; step < stepsMax && !this.#context.isHalted(); step++) {
        if (!(await this.#step(path, below))) return;
      }
    } finally {
      this.#context.claims.release(path);
    }
  }

  /** A path that is being worked on, such as a large file that is being read, comes up again afterwards; it keeps no other one waiting. */
  async #claim(path: RelPath, mustWait: boolean): Promise<boolean> {
    const { claims } = this.#context;
    if (mustWait) await claims.claim(path);
    else if (!claims.tryClaim(path)) {
      void claims.whenFree(path).then(() => this.#context.markDirty([path]));
      return false;
    }
    return true;
  }

  #isIgnored({ path, snap }: KnownEntry): boolean {
    return this.#context.rules().ignores(path, snap.kind === 'directory');
  }

  /** Makes the directories above `path`, topmost first. False: one of them cannot be had; the path is tried again with it. */
  async ensureParents(path: RelPath, below = this.#waitsAs(path)): Promise<boolean> {
    const parent = parentPath(path);
    // A directory that was there a while ago may have been taken away by the user.
    if (this.#context.problems.kindOf(path) === 'parent-failed') this.#readyParents.clear();
    if (parent === rootPath || this.#readyParents.has(parent)) return true;
    if (!(await this.#isDirectoryHere(parent))) {
      if (!(await this.ensureParents(parent, below))) return this.#waitForParent(path, parent);
      await this.settle(parent, below);
      if (!(await this.#isDirectoryHere(parent))) return this.#waitForParent(path, parent);
    }
    if (this.#readyParents.size >= readyParentsMax) this.#readyParents.clear();
    this.#readyParents.add(parent);
    return true;
  }

  /**
   * Where journals were cut off (ROS-2, JRN-5), the entry of a directory may be gone and that of its child count again. Before it is
   * believed to be an orphan, journals that are on their way get time to come.
   */
  #waitsAs(path: RelPath): WaitsBelow {
    const { journal, problems } = this.#context;
    const wasCut = journal.roster().acceptedEnds.size > 0;
    const hasWaited = problems.kindOf(path) === 'parent-failed' && problems.lastsMs(path) >= engineLimits.orphanAfterMs;
    return wasCut && hasWaited ? 'orphan' : 'child';
  }

  async #isDirectoryHere(path: RelPath): Promise<boolean> {
    return (await this.#context.journal.pathState(path)).history?.entry.snap.kind === 'directory';
  }

  async #waitForParent(path: RelPath, parent: RelPath): Promise<false> {
    const text = `"${path}" waits for its directory "${parent}"`;
    await this.#context.problems.report(path, { kind: 'parent-failed', permanent: false, text });
    return false;
  }

  /** One step; true: look again. */
  async #step(path: RelPath, below: WaitsBelow | undefined): Promise<boolean> {
    const step = await nextStep(this.#context, path, { below });
    switch (step.kind) {
      case 'changed':
        this.#context.requestScan([path]);
        return false;
      case 'trouble':
        await this.#context.problems.report(path, step.trouble);
        return false;
      case 'ignored':
        return this.#hold(path, step.state.history, isWanted(step.state.heads, step.state.history?.entry));
      case 'twin':
        return this.#replaceTwin(path, step);
      case 'decided':
        if (this.#heldIgnored.delete(path)) await this.#context.journal.setHeld(path, undefined);
        return this.#carryOut(path, step);
    }
  }

  /** Ignored here: not wanted, and its history is forgotten; the disk is left alone (FLD-9). */
  async #hold(path: RelPath, history: HistoryRow | undefined, wanted: boolean): Promise<boolean> {
    if (history) {
      await this.#context.commits.add({ directories: [], history: [{ kind: 'forget', path }] });
      return true;
    }
    if (wanted && !this.#heldIgnored.has(path)) {
      this.#heldIgnored.add(path);
      await this.#context.journal.setHeld(path, 'ignored');
    }
    return false;
  }

  async #carryOut(path: RelPath, step: Decided): Promise<boolean> {
    const { decision, stat, row } = step;
    const { commits, problems } = this.#context;
    switch (decision.kind) {
      case 'nothing':
        await problems.clear(path);
        return false;
      case 'local-change':
        return false;
      case 'forget':
        await commits.add({ directories: [], history: [{ kind: 'forget', path }] });
        return true;
      case 'announce':
      case 'announce-removal': {
        if (!stat || decision.kind !== 'announce') return false;
        const draft = { path, snap: decision.snap, vector: decision.vector, bump: true };
        await commits.add({ directories: [], history: [], drafts: [{ draft, onDisk: { stat } }] });
        return true;
      }
      case 'announce-directory': {
        const isOursAlone = row && [...row.entry.vector.keys()].every((journal) => journal === this.#context.journal.own);
        if (isOursAlone && row.stat.kind !== 'directory') {
          await moveToConflictName(this.#context, row);
          return false;
        }
        const draft = { path, snap: { kind: 'directory' } as const, vector: decision.vector, bump: true };
        const isHere = stat?.kind === 'directory' && row;
        await commits.add({ directories: [], history: [], drafts: [isHere ? { draft, onDisk: { stat } } : { draft }] });
        return true;
      }
      case 'adopt':
        return stat !== undefined && this.#report(path, await this.#publisher.metadata(path, stat, decision));
      case 'unknown-kind':
        await problems.report(path, {
          kind: 'unknown-kind',
          permanent: true,
          text: `"${path}" was written by a newer Dormouse; update this device to get it`,
        });
        return false;
      case 'apply':
      case 'settle':
      case 'displace':
        return this.#put(path, step, decision);
    }
  }

  async #put(path: RelPath, step: Decided, placing: Placing): Promise<boolean> {
    const { row } = step;
    const entry = winnerToPlace(placing);
    const { snap } = entry;
    switch (snap.kind) {
      case 'file':
        return this.#putFile(path, step);
      case 'directory':
      case 'link': {
        const name = `link-${++this.#links}-${this.#context.random.bytes(4).join('')}`;
        const prepare = (): ReturnType<typeof prepareLink> => prepareLink(this.#context, name, snap.kind === 'link' ? snap.target : '');
        return this.#report(path, await place(this.#context, this.#publisher, { path, row, placing }, prepare));
      }
      case 'removed':
        return row !== undefined && this.#remove(path, row);
      case 'unknown':
        return false;
    }
  }

  async #putFile(path: RelPath, step: Decided): Promise<boolean> {
    const placing = filePlacing(step);
    if (!placing || !this.#downloads) return false;
    const outcome = await this.#downloads.tryLocal(path, step, placing.placing, placing.snap);
    if (outcome.kind === 'waits') this.#downloads.restart();
    return this.#report(path, outcome);
  }

  /**
   * A removal never touches an object that, under this disk's folding, also carries a live path (FLD-6). The other path stays claimed
   * meanwhile, so that nobody takes the object over while it is taken away.
   */
  async #remove(path: RelPath, row: HistoryRow): Promise<boolean> {
    const { claims } = this.#context;
    const twin = await liveTwinOf(this.#context, path);
    if (twin === undefined) return this.#removeObject(path, row);
    if (!claims.tryClaim(twin)) {
      void claims.whenFree(twin).then(() => this.#context.markDirty([path]));
      return false;
    }
    try {
      return await this.#leaveToTwin(path, row, twin);
    } finally {
      claims.release(twin);
    }
  }

  async #removeObject(path: RelPath, row: HistoryRow): Promise<boolean> {
    if (row.stat.kind !== 'directory')
      return this.#removed(path, await this.#context.commits.awaited(() => this.#publisher.removal(path, row)));
    this.#readyParents.clear();
    const outcome = await clearDirectory(this.#context, this.#publisher, path, row);
    if (outcome.kind === 'trouble' && outcome.trouble.kind === 'in-use') {
      // It stays on this disk only, for its ignored content (FLD-4).
      await this.#context.commits.add({ directories: [], history: [{ kind: 'forget', path }] });
      return this.#removed(path, { kind: 'published' });
    }
    return this.#removed(path, outcome);
  }

  /**
   * The object that `path` shares its name with is that of `twin`: it is here already, or gets the bytes that are here, and with them its own
   * spelling. Left under the old one it would be taken for a rename by the user, back to what is to go.
   */
  async #leaveToTwin(path: RelPath, row: HistoryRow, twin: RelPath): Promise<boolean> {
    const { heads, history } = await this.#context.journal.pathState(twin);
    const winner = winnerOf(heads);
    const isShared = winner !== undefined && row.stat.kind !== 'directory' && sameContent(winner.snap, row.entry.snap);
    if (!history && !isShared) return this.#removeObject(path, row);
    this.#context.requestScan([twin]);
    this.#context.markDirty([twin]);
    if (!history && winner) return this.#report(twin, await this.#publisher.move(path, row, twin, winner));
    await this.#context.commits.add({ directories: [], history: [{ kind: 'forget', path }] });
    return true;
  }

  /** A directory that is to go as well goes when its last child has gone; a name may have become free. */
  #removed(path: RelPath, outcome: PlacingOutcome): Promise<boolean> {
    if (outcome.kind === 'published') {
      this.#context.markDirty([parentPath(path)]);
      this.#context.problems.retryIn(parentPath(path), ['name-collides-here', 'in-use']);
    }
    return this.#report(path, outcome);
  }

  async #report(path: RelPath, outcome: PlacingOutcome): Promise<boolean> {
    if (outcome.kind === 'trouble') await this.#context.problems.report(path, outcome.trouble);
    return outcome.kind === 'published';
  }

  /** On this disk `path` and the path of `row`, which is to go, are one name: a new spelling is one rename (FLD-6). */
  async #replaceTwin(path: RelPath, { row, state }: Extract<NextStep, { kind: 'twin' }>): Promise<boolean> {
    const winner = winnerOf(state.heads);
    if (!winner || !isLive(winner.snap)) return false;
    const { claims } = this.#context;
    if (!claims.tryClaim(row.path)) {
      this.#context.markDirty([path]);
      return false;
    }
    try {
      if (sameContent(winner.snap, row.entry.snap)) {
        if (row.stat.kind === 'directory') return await this.#respellDirectory(path, row, winner);
        return await this.#report(path, await this.#publisher.move(row.path, row, path, winner));
      }
      return await this.#removeTwin(path, row);
    } finally {
      claims.release(row.path);
    }
  }

  async #removeTwin(path: RelPath, row: HistoryRow): Promise<boolean> {
    if (row.stat.kind !== 'directory') return this.#report(path, await this.#publisher.removal(row.path, row));
    return this.#report(path, await clearDirectory(this.#context, this.#publisher, row.path, row));
  }

  /** What is in it keeps its bytes; its paths are adopted by the scan that follows. */
  async #respellDirectory(path: RelPath, row: HistoryRow, winner: KnownEntry): Promise<boolean> {
    const { disk, commits } = this.#context;
    const renamed = await disk.tree.rename(row.path, path, { replace: false });
    if (!renamed.ok) return this.#report(path, { kind: 'trouble', trouble: troubleOf(path, renamed.error, 'write') });
    await commits.add({
      directories: [parentPath(path)],
      history: [
        { kind: 'forget', path: row.path },
        { kind: 'set', row: { path, entry: winner, stat: row.stat } },
      ],
    });
    this.#context.requestScan([path]);
    return true;
  }
}
