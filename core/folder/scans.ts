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
import { readSmallFile } from './look.ts';
import { HeldMoves } from './moves.ts';
import type { Recorder } from './recorder.ts';
import { ScanRun } from './scan-run.ts';
import type { ScanRequest } from './scan-run.ts';
import type { EngineState, Reading } from './types.ts';

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
  /** Large files that were read and seem to have moved: the scan of their old paths takes them. */
  readonly #largeMoves: HeldMoves;
  /** Removed files that may be found again among those that are still to be read: not announced before. */
  readonly #postponed = new Set<RelPath>();
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
    this.#largeMoves = new HeldMoves(context);
    this.#large = new LargeReads(context, recorder, this.#largeMoves, {
      bytes: (bytes) => (this.#hashedBytes += bytes),
      read: () => this.#requestOwed(),
      idle: () => this.#onLargeRead(),
    });
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
    let files = large.files + this.#largeMoves.sources().length;
    for (const path of this.#current?.unrecorded ?? []) if (!this.#large.has(path)) files += 1;
    return { ...large, files };
  }

  /** What was read tells of paths that are owed a look, and what was postponed is owed one when nothing more is to be read. */
  #requestOwed(): boolean {
    const owed = [...this.#largeMoves.sources(), ...(this.#large.isIdle ? this.#postponed : [])];
    if (owed.length > 0 && !this.#context.isHalted()) this.request(owed);
    return owed.length > 0;
  }

  /** Nothing is left of the whole scans that came to their end, unless they were cut off. */
  #onLargeRead(): void {
    if (this.#requestOwed()) return;
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
      const request: ScanRequest = this.#all ? 'all' : new Set(this.#paths);
      const waiters = request === 'all' ? this.#waiters.splice(0) : [];
      const outdated = this.#outdated;
      this.#all = false;
      this.#paths.clear();
      for (const path of request === 'all' ? this.#postponed : request) this.#postponed.delete(path);
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
  async #scan(request: ScanRequest): Promise<boolean> {
    if (!(await this.#context.guard.check())) return false;
    if (request === 'all' || request.has(ignoreFileName as RelPath)) await this.#loadRules(request === 'all');
    const run = new ScanRun(this.#context, this.#recorder, {
      counted: (paths) => (this.#scannedPaths += paths),
      hashed: (bytes) => (this.#hashedBytes += bytes),
      large: (files) => this.#large.add(files),
      largeMoves: () => this.#largeMoves.take(() => true),
      awaitsLarge: () => !this.#large.isIdle || this.#largeMoves.sources().length > 0,
      mayBeLarge: (path, size) => this.#large.mayRead(size) || this.#largeMoves.sources().includes(path),
      postponed: (path) => this.#postponed.add(path),
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
