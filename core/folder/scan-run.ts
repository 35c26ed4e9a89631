import type { RelPath } from '../model/index.ts';
import { parentPath, rootPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { eachOf } from './each-of.ts';
import { engineLimits } from './engine-limits.ts';
import { freshnessMs } from './look.ts';
import { HeldMoves } from './moves.ts';
import type { Move } from './moves.ts';
import { changesWhileRead } from './problems.ts';
import type { LargeFile, Recorder, RecordingTally, Suspect } from './recorder.ts';
import { Scanner } from './scanner.ts';
import { Sights } from './sights.ts';
import type { Sight } from './sights.ts';

/** Paths to scan. */
export type ScanRequest = 'all' | ReadonlySet<RelPath>;

/** What a scan tells while it runs, and what it asks of the reading of large files beside it. */
export interface ScanSurroundings {
  counted(paths: number): void;
  hashed(bytes: number): void;
  /** Changed files that are to be read beside the scan. */
  large(files: readonly LargeFile[]): void;
  /** Takes those that were read and seem to have moved. */
  largeMoves(): readonly Move[];
  /** Files are to be read beside the scan, or were and are not taken yet. */
  awaitsLarge(): boolean;
  /** Whether a removed file of so many bytes may be one of those. */
  mayBeLarge(path: RelPath, size: number): boolean;
  /** The removal of `path` is left to a scan after these were read. */
  postponed(path: RelPath): void;
}

/**
 * One scan. New files whose bytes were at a path that is gone are held back until that is proven, at the longest to the end of the scan, and
 * announced together with the removal (FLD-8). All other removals come at the end, after everything that appeared (FLD-4).
 */
export class ScanRun {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #around: ScanSurroundings;
  readonly #scanner: Scanner;
  readonly #moves: HeldMoves;
  #suspects: Suspect[] = [];
  #gone = new Map<RelPath, Suspect>();
  readonly #restless: RelPath[] = [];
  readonly #unrecorded = new Set<RelPath>();
  /** Directories above removed files that were postponed: theirs is postponed as well. */
  readonly #abovePostponed = new Set<RelPath>();

  constructor(context: FolderContext, recorder: Recorder, around: ScanSurroundings) {
    this.#context = context;
    this.#recorder = recorder;
    this.#around = around;
    this.#moves = new HeldMoves(context);
    this.#scanner = new Scanner(context, {
      counted: (paths) => around.counted(paths),
      suspect: (suspect) => this.#suspect(suspect),
      gone: (suspect) => this.#goneAt(suspect),
      ignored: (path) => this.#suspect({ path, absent: false }),
    });
  }

  /** Changed files that were found and are not recorded. */
  get unrecorded(): Iterable<RelPath> {
    return this.#unrecorded;
  }

  /** False: the root could not be read. */
  async scan(request: ScanRequest): Promise<boolean> {
    if (request === 'all') {
      await this.#scanner.walk(rootPath);
      await this.#scanner.recheckProblems();
    } else {
      await this.#scanner.paths([...request]);
    }
    await this.#flush();
    await this.#lookAgain();
    await this.#endMoves();
    await this.#scanner.tellMissing();
    await this.#recordGone();
    return !this.#scanner.isRootUnread;
  }

  async #suspect(suspect: Suspect): Promise<void> {
    this.#suspects.push(suspect);
    if (suspect.differs === true) {
      this.#unrecorded.add(suspect.path);
      if (this.#unrecorded.size === 1) this.#context.changed();
    }
    if (this.#suspects.length >= engineLimits.recordPathsMax) await this.#flush();
  }

  async #goneAt(suspect: Suspect): Promise<void> {
    this.#gone.set(suspect.path, suspect);
    // A mass removal is recorded in parts.
    if (this.#gone.size >= engineLimits.removalsMax) {
      await this.#flush();
      await this.#recordGone();
    }
  }

  async #flush(): Promise<void> {
    const suspects = this.#suspects;
    this.#suspects = [];
    if (suspects.length > 0) await this.#record(suspects);
    await this.#recordMoves();
  }

  /** Files that were being written are read again a few times; then it is a problem that is tried again later (FLD-1). */
  async #lookAgain(): Promise<void> {
    for (let round = 0; this.#restless.length > 0 && !this.#context.isHalted(); round++) {
      const paths = [...new Set(this.#restless.splice(0))];
      if (round >= engineLimits.rereadsMax) {
        for (const path of paths) await this.#context.problems.reportUnread(path, changesWhileRead(path));
        return paths.forEach((path) => this.#unrecorded.delete(path));
      }
      await delay(this.#context.clock, freshnessMs(this.#context) * (round + 1) + 1, this.#context.signal());
      if (this.#context.isHalted()) return;
      await this.#record(paths.map((path) => ({ path, absent: false, reread: true })));
    }
  }

  /** Nothing is held back any more: whose old path no listing has told of is proven now, or else a new file like any other. */
  async #endMoves(): Promise<void> {
    await this.#recordMoves();
    const unproven = this.#moves.sources();
    if (unproven.length === 0 || this.#context.isHalted()) return;
    await this.#scanner.paths(unproven);
    await this.#flush();
    await this.#recordMoves();
    await this.#recordNew(this.#moves.take(() => true));
  }

  /** Records those whose old path is proven to be gone, each with its removal. */
  async #recordMoves(): Promise<void> {
    const largeMoves = this.#around.largeMoves();
    for (const { path } of largeMoves) this.#unrecorded.add(path);
    await this.#recordNew(largeMoves.filter((move) => !this.#moves.add(move)));
    const isProven = ({ from, fromDevice }: Move): boolean =>
      this.#gone.get(from)?.absent === true || this.#scanner.provesGone(from, fromDevice);
    const moves = this.#moves.take(isProven);
    if (moves.length === 0 || !(await this.#context.guard.check())) return;
    const sights = await this.#look(moves.map(({ from }) => from));
    const suspects = moves.flatMap(({ path, from, seen }, index): Suspect[] => {
      const created = { path, absent: false, seen };
      return sights[index] === 'gone' ? [created, { path: from, absent: true, movedTo: path }] : [created];
    });
    await this.#record(suspects);
    for (const { from } of moves) {
      this.#gone.delete(from);
      this.#scanner.told(from);
    }
  }

  async #recordNew(moves: readonly Move[]): Promise<void> {
    if (moves.length > 0) await this.#record(moves.map(({ path, seen }) => ({ path, absent: false, seen })));
  }

  /** The marker proves that it is still the same folder whose listings lacked these paths. */
  async #recordGone(): Promise<void> {
    const gone = [...this.#gone.values()];
    this.#gone = new Map();
    if (gone.length === 0 || this.#context.isHalted() || !(await this.#context.guard.check())) return;
    const { caseSensitive } = this.#context.disk.tree.capabilities;
    const sights = await this.#look(gone.map(({ path }) => path));
    const stillGone = gone.filter(({ absent }, index) => {
      // On a disk that folds names a new spelling answers to the old one: there the listing alone tells that a path has gone.
      const isTold = sights[index] === 'there' && !caseSensitive;
      return !absent || sights[index] === 'gone' || isTold;
    });
    await this.#record(await this.#withoutPostponed(stillGone));
  }

  /** What has these names now. */
  async #look(paths: readonly RelPath[]): Promise<readonly Sight[]> {
    const looks = new Sights(this.#context);
    const sights: Sight[] = [];
    await eachOf(paths, engineLimits.statConcurrency, async (path, index) => {
      sights[index] = await looks.of(path);
    });
    return sights;
  }

  /**
   * A removed file that may be one of the large ones which are still to be read is announced together with that, and so that no directory
   * goes before what is in it, neither do those above it.
   */
  async #withoutPostponed(gone: readonly Suspect[]): Promise<readonly Suspect[]> {
    if (!this.#around.awaitsLarge() && this.#abovePostponed.size === 0) return gone;
    const states = await this.#context.journal.pathStates(gone.map(({ path }) => path));
    return gone.filter(({ path }, index) => {
      const snap = states[index]?.history?.entry.snap;
      const mayBeLarge = snap?.kind === 'file' && snap.size > engineLimits.readBesideBytes && this.#around.mayBeLarge(path, snap.size);
      if (!mayBeLarge && !this.#abovePostponed.has(path)) return true;
      for (let above = parentPath(path); above !== rootPath; above = parentPath(above)) this.#abovePostponed.add(above);
      this.#around.postponed(path);
      return false;
    });
  }

  async #record(suspects: readonly Suspect[]): Promise<void> {
    const large: LargeFile[] = [];
    const tally: RecordingTally = {
      restless: this.#restless,
      large,
      moves: this.#moves,
      onBytes: (bytes) => this.#around.hashed(bytes),
    };
    await this.#recorder.record(suspects, tally);
    // Where nothing was seen the folder may have been hidden: then it stops, and everything is looked at again when it is back.
    await this.#context.guard.check();
    this.#around.large(large);
    const later = new Set([...this.#restless, ...this.#moves.paths()]);
    for (const { path } of suspects) if (!later.has(path)) this.#unrecorded.delete(path);
  }
}
