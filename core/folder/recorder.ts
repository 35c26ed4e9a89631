import type { HistoryChange, PathState } from '../journal/types.ts';
import type { RelPath, Snap } from '../model/index.ts';
import { isLive, parentPath, winnerOf } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import { decide, isWanted } from '../reconcile/index.ts';
import type { Decision, DiskFinding } from '../reconcile/index.ts';
import type { DraftItem } from './commit-group.ts';
import type { FolderContext } from './context.ts';
import { mayAnnounce } from './context.ts';
import { contentOf } from './directory-content.ts';
import { engineLimits } from './engine-limits.ts';
import { eachOf } from './each-of.ts';
import type { Look } from './look.ts';
import { isSameState } from './folder-disk.ts';
import { look } from './look.ts';
import type { HeldMoves, SeenFile } from './moves.ts';
import { troubleOf } from './problems.ts';
import type { Publisher } from './publisher.ts';

/** A path whose disk and history may differ. `absent`: a listing has proven that nothing is there (FLD-5). */
export interface Suspect {
  readonly path: RelPath;
  readonly absent: boolean;
  /** It was seen in another state a moment ago: it is read even if it bears again the stat that history has. */
  readonly reread?: boolean;
  /** A file that surely is not as history says. */
  readonly differs?: boolean;
  /** A new file that was read a moment ago: it is not read again while its stat is the same. */
  readonly seen?: SeenFile;
  /** Where the bytes of an absent path are now: its removal is recorded in one commit with that. */
  readonly movedTo?: RelPath;
}

/** A changed file that is to be read beside the scans. */
export interface LargeFile {
  readonly path: RelPath;
  readonly size: number;
}

/** What a scan learns from recording: paths to look at again soon, and progress. */
export interface RecordingTally {
  readonly restless: RelPath[];
  /** Changed files that are too large to be read now; undefined: everything is read. */
  readonly large: LargeFile[] | undefined;
  /** Takes new files that seem to have moved, of which nothing is recorded then; undefined: none is held back. */
  readonly moves: HeldMoves | undefined;
  onBytes(bytes: number): void;
}

/** One suspect while it is worked on. */
interface Examined {
  readonly suspect: Suspect;
  readonly state: PathState;
  readonly found: Look;
  readonly decision: Decision;
}

/** Paths that are compared, then written to the journal together. */
const windowPaths = 256;

/**
 * Turns differences that a scan found into entries of the own journal and rows of history (the first half of reconciling; what has
 * to be put on the disk is left to the applier). Nothing is recorded of what could not be read whole and still.
 */
export class Recorder {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;

  constructor(context: FolderContext, publisher: Publisher) {
    this.#context = context;
    this.#publisher = publisher;
  }

  /** Records `suspects`, in their order: parents before children where things appeared, children first where they went. */
  async record(suspects: readonly Suspect[], tally: RecordingTally): Promise<void> {
    const gathered = nothingGathered();
    try {
      for (let at = 0; at < suspects.length && !this.#context.isHalted(); at += windowPaths) {
        await this.#examineWindow(suspects.slice(at, at + windowPaths), gathered, tally);
        if (gathered.blocks >= engineLimits.announceBlocksMax || gathered.drafts.length > engineLimits.recordPathsMax - windowPaths) {
          await this.#write(gathered);
        }
      }
      await this.#write(gathered);
    } finally {
      for (const path of gathered.claimed) this.#context.claims.release(path);
    }
  }

  async #examineWindow(suspects: readonly Suspect[], gathered: Gathered, tally: RecordingTally): Promise<void> {
    const claimed = suspects.filter(({ path }) => this.#claim(path));
    gathered.claimed.push(...claimed.map(({ path }) => path));
    const states = await this.#context.journal.pathStates(claimed.map(({ path }) => path));
    const examined: (Examined | undefined)[] = [];
    await eachOf(states, engineLimits.hashConcurrency, async (state, index) => {
      examined[index] = await this.#examine(state, claimed[index] ?? { path: state.path, absent: false }, tally);
    });
    for (const each of examined) if (each) await this.#gather(each, gathered);
  }

  /** A path that is being published is scanned again afterwards. */
  #claim(path: RelPath): boolean {
    const { claims } = this.#context;
    if (claims.tryClaim(path)) return true;
    void claims.whenFree(path).then(() => this.#context.requestScan([path]));
    return false;
  }

  async #examine(state: PathState, suspect: Suspect, tally: RecordingTally): Promise<Examined | undefined> {
    const { path, history } = state;
    const provenAbsent = suspect.absent;
    if (history && this.#context.rules().ignores(path, history.entry.snap.kind === 'directory')) {
      this.#context.problems.wasRead(path);
      return { state, found: { kind: 'absent' }, decision: { kind: 'forget' }, suspect };
    }
    const found = await this.#find(state, suspect, tally);
    const disk = this.#finding(state, found, provenAbsent);
    if (disk.kind === 'unknown') {
      if (found.kind === 'restless') tally.restless.push(path);
      if (found.kind === 'large') tally.large?.push({ path, size: found.size });
      if (found.kind === 'trouble') await this.#context.problems.reportUnread(path, found.trouble);
      // It was there and is not any more, or is hidden: a listing has to tell.
      if (found.kind === 'absent') this.#context.requestScan([path]);
      return undefined;
    }
    if (disk.kind === 'ignored' || !isDirectory(found)) this.#context.problems.wasRead(path);
    if (disk.kind === 'absent' && this.#context.problems.has(path)) {
      // What could not be read is gone. Only a scan that saw no problem proves a removal.
      await this.#context.problems.clear(path);
      this.#context.requestScan([path]);
      return undefined;
    }
    const facts = {
      path,
      heads: state.heads,
      history: state.history?.entry,
      disk,
      liveBelow: false,
      mayAnnounce: mayAnnounce(this.#context),
    };
    const decision = decide(facts);
    const mayHold = decision.kind === 'announce' && !history && !suspect.seen;
    if (mayHold && (await tally.moves?.hold(path, found))) return undefined;
    return { state, found, decision, suspect };
  }

  async #find(state: PathState, { absent, seen, reread = false }: Suspect, tally: RecordingTally): Promise<Look> {
    const { readerChanges, disk, problems } = this.#context;
    if (absent) return { kind: 'absent' };
    if (seen && !state.history) {
      const stat = await disk.stat(state.path);
      if (stat.ok && stat.value && isSameState(stat.value, seen.stat)) return { kind: 'changed', ...seen };
    }
    if (readerChanges.has(state.path)) {
      const stat = await disk.stat(state.path);
      if (stat.ok && stat.value && readerChanges.isNoted(state.path, stat.value) && !mayAnnounce(this.#context)) {
        return { kind: 'unchanged', stat: stat.value };
      }
    }
    const bytesMax = tally.large ? engineLimits.readBesideBytes : Infinity;
    const onBytes = (bytes: number): void => tally.onBytes(bytes);
    return look(this.#context, state, { onBytes, bytesMax, reread: reread || problems.isRestless(state.path) });
  }

  #finding({ path, history }: PathState, found: Look, provenAbsent: boolean): DiskFinding {
    const isDirectory = found.kind === 'changed' ? found.snap.kind === 'directory' : history?.entry.snap.kind === 'directory';
    if (this.#context.rules().ignores(path, isDirectory)) return { kind: 'ignored' };
    switch (found.kind) {
      case 'unchanged':
        return { kind: 'unchanged' };
      case 'changed':
        return { kind: 'changed', snap: found.snap };
      case 'absent':
        return provenAbsent ? { kind: 'absent' } : { kind: 'unknown' };
      case 'restless':
      case 'large':
      case 'trouble':
        return { kind: 'unknown' };
    }
  }

  async #gather({ state, found, decision, suspect }: Examined, gathered: Gathered): Promise<void> {
    const { path } = state;
    const stat = found.kind === 'changed' ? found.stat : undefined;
    switch (decision.kind) {
      case 'announce':
        if (!stat) return this.#leaveToApplier(path, gathered);
        if (decision.snap.kind === 'directory' && (await this.#staysUnannounced(state))) return;
        return this.#gatherDraft(
          state,
          decision.snap,
          { draft: this.#draft(path, decision.snap, decision.vector), onDisk: { stat } },
          gathered,
        );
      case 'announce-removal': {
        const snap: Snap = { kind: 'removed', mtimeMs: this.#context.clock.wallNow() };
        if (suspect.movedTo !== undefined) gathered.partners.set(path, suspect.movedTo);
        return this.#gatherDraft(state, snap, { draft: { path, snap, vector: decision.vector, bump: true }, onDisk: 'absent' }, gathered);
      }
      case 'adopt': {
        if (!stat) return this.#leaveToApplier(path, gathered);
        // What is recorded now may have kept a newer version waiting.
        if (state.heads.length > 1 || isWanted(state.heads, decision.entry)) gathered.dirty.push(path);
        if (decision.setMtimeMs !== undefined || decision.setExecutable !== undefined) {
          await this.#publisher.metadata(path, stat, decision);
          gathered.settled.push(path);
          return;
        }
        gathered.history.push({ kind: 'set', row: { path, entry: decision.entry, stat } });
        gathered.settled.push(path);
        return;
      }
      case 'forget':
        gathered.history.push({ kind: 'forget', path });
        gathered.settled.push(path);
        // A directory that is to go may have waited for this.
        if (path !== parentPath(path)) this.#leaveToApplier(parentPath(path), gathered);
        return this.#leaveToApplier(path, gathered);
      case 'local-change':
        await this.#context.readerChanges.note(path, found.kind === 'changed' ? found.stat : 'absent');
        return;
      case 'displace':
        if (stat) await this.#context.readerChanges.note(path, stat);
        return this.#leaveToApplier(path, gathered);
      case 'nothing':
        if (found.kind === 'unchanged' && !this.#context.readerChanges.has(path)) gathered.settled.push(path);
        return;
      case 'announce-directory':
      case 'apply':
      case 'settle':
      case 'unknown-kind':
        return this.#leaveToApplier(path, gathered);
    }
  }

  #gatherDraft(state: PathState, snap: Snap, item: DraftItem, gathered: Gathered): void {
    gathered.drafts.push(item);
    gathered.settled.push(state.path);
    if (snap.kind === 'file') gathered.blocks += snap.blocks.kind === 'inline' ? snap.blocks.blocks.length : 1;
    // With other versions known there may be a conflict to settle now.
    if (state.heads.length > 0) gathered.dirty.push(state.path);
  }

  #draft(path: RelPath, snap: Snap, vector: DraftItem['draft']['vector']): DraftItem['draft'] {
    const conflictOf = this.#context.copyHints.get(path);
    return { path, snap, vector, bump: true, ...(conflictOf === undefined ? {} : { conflictOf }) };
  }

  #leaveToApplier(path: RelPath, gathered: Gathered): void {
    gathered.dirty.push(path);
  }

  /** A directory that a peer removed stays here for its ignored content, unannounced, until something else is put into it (FLD-4). */
  async #staysUnannounced({ path, heads, history }: PathState): Promise<boolean> {
    const winner = winnerOf(heads);
    if (history || !winner || isLive(winner.snap)) return false;
    return (await contentOf(this.#context, path)) === 'only-ignored';
  }

  /**
   * Makes all of it part of history, the names in their directories first: also of what this program put there itself before it died or a
   * sync failed. Returns the directories that could not be synced, of whose paths nothing is recorded.
   */
  async #commit(parts: ReadonlyMap<RelPath | undefined, Part>): Promise<ReadonlyMap<RelPath, FileError>> {
    const failures = new Map<RelPath, FileError>();
    const added = [...parts].map(async ([directory, part]) => {
      const committed = await this.#context.commits.add({ directories: directory === undefined ? [] : [directory], ...part });
      if (!committed.ok && directory !== undefined) failures.set(directory, committed.error);
    });
    await Promise.all(added);
    return failures;
  }

  async #write(gathered: Gathered): Promise<void> {
    const { drafts, history, claimed, dirty, settled } = gathered;
    try {
      const partners = recordedPartners(gathered);
      const failures = await this.#commit(byDirectory(drafts, history, partners));
      for (const path of settled) {
        const partner = partners.get(path);
        const failure = failures.get(parentPath(partner ?? path));
        if (failure) {
          // What is gone is announced by itself then.
          if (partner !== undefined) this.#context.requestScan([path]);
          else await this.#context.problems.report(path, troubleOf(path, failure, 'write'));
          continue;
        }
        this.#context.copyHints.delete(path);
        await this.#context.problems.clear(path);
        await this.#context.readerChanges.clear(path);
      }
    } finally {
      for (const path of claimed) this.#context.claims.release(path);
      if (dirty.length > 0) this.#context.markDirty([...dirty]);
      Object.assign(gathered, nothingGathered());
    }
  }
}

/** Of the removed paths those that are to be recorded together with a new one which is here as well. */
function recordedPartners({ drafts, partners }: Gathered): ReadonlyMap<RelPath, RelPath> {
  const live = new Set(partners.size === 0 ? [] : drafts.filter(({ draft }) => isLive(draft.snap)).map(({ draft }) => draft.path));
  return new Map([...partners].filter(([, partner]) => live.has(partner)));
}

/**
 * What of `drafts` and `history` needs which directory's names to be durable (DUR-1); what has gone needs none, but goes with its
 * partner, right after it.
 */
function byDirectory(
  drafts: readonly DraftItem[],
  history: readonly HistoryChange[],
  partners: ReadonlyMap<RelPath, RelPath>,
): Map<RelPath | undefined, Part> {
  const parts = new Map<RelPath | undefined, Part>();
  const partOf = (path: RelPath | undefined): Part => {
    const directory = path === undefined ? undefined : parentPath(path);
    const part = parts.get(directory) ?? { drafts: [], history: [] };
    parts.set(directory, part);
    return part;
  };
  for (const each of drafts) {
    const { path, snap } = each.draft;
    partOf(isLive(snap) ? path : partners.get(path)).drafts.push(each);
  }
  for (const each of history) {
    if (each.kind === 'set') partOf(each.row.path).history.push(each);
    else partOf(undefined).history.push(each);
  }
  return parts;
}

interface Part {
  readonly drafts: DraftItem[];
  readonly history: HistoryChange[];
}

/** Of which only a listing tells what is in it. */
function isDirectory(found: Look): boolean {
  return found.kind === 'changed' ? found.snap.kind === 'directory' : found.kind === 'unchanged' && found.stat?.kind === 'directory';
}

interface Gathered {
  drafts: DraftItem[];
  history: HistoryChange[];
  claimed: RelPath[];
  dirty: RelPath[];
  /** Paths that agree with the journal from now on: their problems and local changes are over. */
  settled: RelPath[];
  /** For removed paths the new ones that they are to be recorded with. */
  partners: Map<RelPath, RelPath>;
  blocks: number;
}

function nothingGathered(): Gathered {
  return { drafts: [], history: [], claimed: [], dirty: [], settled: [], partners: new Map(), blocks: 0 };
}
