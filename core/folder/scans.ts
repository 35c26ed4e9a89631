import { deferred, textFromUtf8 } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';
import type { RelPath } from '../model/index.ts';
import { rootPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import { builtInIgnoreRules, ignoreFileBytesMax, ignoreFileName, ignoreRules } from '../reconcile/index.ts';
import type { IgnoreRules } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { LargeReads } from './large-reads.ts';
import { freshnessMs, readSmallFile } from './look.ts';
import { changesWhileRead } from './problems.ts';
import type { LargeFile, Recorder, RecordingTally, Suspect } from './recorder.ts';
import { Scanner } from './scanner.ts';
import type { EngineState, Reading } from './types.ts';

/** Paths to scan. */
type Request = 'all' | ReadonlySet<RelPath>;

/**
 * Runs scans one after another. Requests that come during a scan are gathered for the next. Removals are recorded at the end of a scan,
 * after everything that appeared, and only with the marker in place at its start and its end (FLD-5).
 */
export class Scans {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #onWork: () => void;
  #rules: IgnoreRules = builtInIgnoreRules;
  #all = false;
  readonly #paths = new Set<RelPath>();
  /** Settled when a whole scan that began after the wish has ended. */
  #waiters: Deferred<void>[] = [];
  /** Whole scans that only wait for large files to be read: what is to be done then. */
  #pending: { readonly outdated: number; readonly waiters: readonly Deferred<void>[] }[] = [];
  readonly #large: LargeReads;
  #current: ScanRun | undefined;
  #isScanned = false;
  #isScanning = false;
  /** Counts what makes whole scans outdated. */
  #outdated = 0;
  #scannedPaths = 0;
  #hashedBytes = 0;

  constructor(context: FolderContext, recorder: Recorder, onWork: () => void) {
    this.#context = context;
    this.#recorder = recorder;
    this.#onWork = onWork;
    const onBytes = (bytes: number): void => {
      this.#hashedBytes += bytes;
    };
    this.#large = new LargeReads(context, recorder, onBytes, () => this.#onLargeRead());
  }

  get rules(): IgnoreRules {
    return this.#rules;
  }

  /** What is going on, and what all scans until now have looked at. */
  get progress(): Pick<EngineState, 'scanning' | 'reading' | 'scannedPaths' | 'hashedBytes'> {
    return {
      scanning: this.#isScanning || !this.#large.isIdle,
      reading: this.#reading(),
      scannedPaths: this.#scannedPaths,
      hashedBytes: this.#hashedBytes,
    };
  }

  /** A whole scan has finished since the last {@link markUnscanned}. */
  get isScanned(): boolean {
    return this.#isScanned;
  }

  get hasWork(): boolean {
    return this.#all || this.#paths.size > 0;
  }

  request(paths: readonly RelPath[] | 'all'): void {
    if (paths === 'all') this.#all = true;
    else for (const path of paths) this.#paths.add(path);
    if (this.#paths.has(rootPath) || this.#paths.size > engineLimits.scanPathsMax) this.#all = true;
    if (this.#all) this.#paths.clear();
    this.#onWork();
  }

  /** Whole scans that ended or began before now do not count any more. */
  markUnscanned(): void {
    this.#isScanned = false;
    this.#outdated += 1;
    this.request('all');
  }

  /** Resolves after a whole scan that begins after the call, or when the folder is halted. */
  scanNow(): Promise<void> {
    const done = deferred<void>();
    this.#waiters.push(done);
    this.request('all');
    return done.promise;
  }

  /** Nobody waits for a folder that stands still: its state says why. */
  releaseWaiters(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    for (const { waiters } of this.#pending.splice(0)) for (const waiter of waiters) waiter.resolve();
  }

  #reading(): Reading {
    const large = this.#large.reading;
    let { files } = large;
    for (const path of this.#current?.unrecorded ?? []) if (!this.#large.has(path)) files += 1;
    return { ...large, files };
  }

  /** Nothing is left of the whole scans that came to their end, unless they were cut off. */
  #onLargeRead(): void {
    const isHalted = this.#context.isHalted();
    for (const { outdated, waiters } of this.#pending.splice(0)) {
      if (outdated === this.#outdated && !isHalted) this.#isScanned = true;
      for (const waiter of waiters) waiter.resolve();
    }
    this.#context.changed();
  }

  /** Runs what is requested, until nothing is. */
  async run(): Promise<void> {
    while (this.hasWork && !this.#context.isHalted()) {
      const request: Request = this.#all ? 'all' : new Set(this.#paths);
      const waiters = request === 'all' ? this.#waiters.splice(0) : [];
      const outdated = this.#outdated;
      this.#all = false;
      this.#paths.clear();
      this.#isScanning = true;
      this.#context.changed();
      let isWhole = false;
      try {
        isWhole = (await this.#scan(request)) && request === 'all';
      } finally {
        this.#isScanning = false;
        if (!isWhole && request === 'all') {
          // It was cut off, so it is owed; but nobody waits for a folder that stands still.
          this.#all = true;
          for (const waiter of waiters) waiter.resolve();
        }
      }
      if (isWhole) this.#pending.push({ outdated, waiters });
      if (this.#large.isIdle) this.#onLargeRead();
      else this.#context.changed();
    }
  }

  /** False: cut off, because the folder was halted, or its root could not be read. */
  async #scan(request: Request): Promise<boolean> {
    if (!(await this.#context.guard.check())) return false;
    if (request === 'all' || request.has(ignoreFileName as RelPath)) await this.#loadRules(request === 'all');
    const run = new ScanRun(this.#context, this.#recorder, {
      counted: (paths) => (this.#scannedPaths += paths),
      hashed: (bytes) => (this.#hashedBytes += bytes),
      large: (files) => this.#large.add(files),
    });
    this.#current = run;
    const isComplete = await run.scan(request).finally(() => (this.#current = undefined));
    if (isComplete) return !this.#context.isHalted();
    // Where the trouble lasts, the marker cannot be read either, and the folder stops.
    await delay(this.#context.clock, engineLimits.reopenMs, this.#context.signal());
    if (request !== 'all') this.request([...request]);
    return false;
  }

  async #loadRules(isWholeScan: boolean): Promise<void> {
    const read = await readSmallFile(this.#context, ignoreFileName, ignoreFileBytesMax);
    // What cannot be read now keeps its last meaning: forgetting rules would announce what is ignored.
    if (!read.ok) return;
    const text = read.value ? (textFromUtf8(read.value) ?? '') : '';
    if (text === this.#rules.text) return;
    this.#rules = text === '' ? builtInIgnoreRules : ignoreRules(text);
    if (!isWholeScan) this.request('all');
    this.#context.markDirty('wanted');
  }
}

/** What a scan tells while it runs. */
interface ScanProgress {
  counted(paths: number): void;
  hashed(bytes: number): void;
  /** Changed files that are to be read beside the scan. */
  large(files: readonly LargeFile[]): void;
}

/** One scan. */
class ScanRun {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #progress: ScanProgress;
  #suspects: Suspect[] = [];
  #gone: Suspect[] = [];
  readonly #restless: RelPath[] = [];
  readonly #unrecorded = new Set<RelPath>();

  constructor(context: FolderContext, recorder: Recorder, progress: ScanProgress) {
    this.#context = context;
    this.#recorder = recorder;
    this.#progress = progress;
  }

  /** Changed files that were found and are not recorded. */
  get unrecorded(): Iterable<RelPath> {
    return this.#unrecorded;
  }

  /** False: the root could not be read. */
  async scan(request: Request): Promise<boolean> {
    const scanner = new Scanner(this.#context, {
      counted: (paths) => this.#progress.counted(paths),
      suspect: (suspect) => this.#suspect(suspect),
      gone: (suspect) => this.#goneAt(suspect),
      ignored: (path) => this.#suspect({ path, absent: false }),
    });
    if (request === 'all') {
      await scanner.walk(rootPath);
      await scanner.recheckProblems();
    } else {
      await scanner.paths([...request]);
    }
    await this.#flush();
    await this.#lookAgain();
    await this.#recordGone();
    return !scanner.isRootUnread;
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
    this.#gone.push(suspect);
    // A mass removal is recorded in parts; nothing that moved is sent anew, since bytes are also found in the trash.
    if (this.#gone.length >= engineLimits.removalsMax) {
      await this.#flush();
      await this.#recordGone();
    }
  }

  async #flush(): Promise<void> {
    const suspects = this.#suspects;
    this.#suspects = [];
    if (suspects.length > 0) await this.#record(suspects);
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

  /** The marker proves that it is still the same folder whose listings lacked these paths. */
  async #recordGone(): Promise<void> {
    const gone = this.#gone;
    this.#gone = [];
    if (gone.length === 0 || this.#context.isHalted() || !(await this.#context.guard.check())) return;
    const { caseSensitive } = this.#context.disk.tree.capabilities;
    const stillGone: Suspect[] = [];
    for (const suspect of gone) {
      const stat = await this.#context.disk.stat(suspect.path);
      // On a disk that folds names a new spelling answers to the old one: there the listing alone tells that a path has gone.
      if (!suspect.absent || (stat.ok && (!stat.value || !caseSensitive))) stillGone.push(suspect);
    }
    await this.#record(stillGone);
  }

  async #record(suspects: readonly Suspect[]): Promise<void> {
    const large: LargeFile[] = [];
    const tally: RecordingTally = { restless: this.#restless, large, onBytes: (bytes) => this.#progress.hashed(bytes) };
    await this.#recorder.record(suspects, tally);
    this.#progress.large(large);
    const restless = new Set(this.#restless);
    for (const { path } of suspects) if (!restless.has(path)) this.#unrecorded.delete(path);
  }
}
