import type { RelPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { freshnessMs } from './look.ts';
import { changesWhileRead } from './problems.ts';
import type { HeldMoves } from './moves.ts';
import type { LargeFile, Recorder } from './recorder.ts';

/** Hears of the progress in bytes, of each file that was read, and when nothing is left to be read. */
export interface LargeReadsListener {
  bytes(bytes: number): void;
  read(): void;
  idle(): void;
}

/**
 * Reads large changed files beside the scans, one after another: a scan goes on without them, and small changes do not wait for hours of
 * reading. A whole scan counts as finished only when they were read too.
 */
export class LargeReads {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #moves: HeldMoves;
  readonly #on: LargeReadsListener;
  /** Bytes by path. */
  readonly #waiting = new Map<RelPath, number>();
  #reading: LargeFile | undefined;
  #isRunning = false;

  /** `moves` takes those that seem to have moved. */
  constructor(context: FolderContext, recorder: Recorder, moves: HeldMoves, on: LargeReadsListener) {
    this.#context = context;
    this.#recorder = recorder;
    this.#moves = moves;
    this.#on = on;
  }

  get isIdle(): boolean {
    return !this.#isRunning && this.#waiting.size === 0;
  }

  /** Whether a file of so many bytes was not read yet. */
  mayRead(size: number): boolean {
    return this.#reading?.size === size || [...this.#waiting.values()].includes(size);
  }

  add(files: readonly LargeFile[]): void {
    for (const { path, size } of files) this.#waiting.set(path, size);
    if (!this.#isRunning && this.#waiting.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (const [path, size] of this.#waiting) {
      if (this.#context.isHalted()) break;
      this.#waiting.delete(path);
      this.#reading = { path, size };
      await this.#context.guarded(() => this.#read(path), undefined);
      this.#reading = undefined;
      this.#on.read();
    }
    // What a folder that stands still owes is found by its next scan.
    this.#waiting.clear();
    this.#isRunning = false;
    this.#on.idle();
  }

  async #read(path: RelPath): Promise<void> {
    for (let round = 0; !this.#context.isHalted(); round++) {
      const restless: RelPath[] = [];
      const tally = { restless, large: undefined, moves: this.#moves, onBytes: (bytes: number): void => this.#on.bytes(bytes) };
      await this.#recorder.record([{ path, absent: false, reread: true }], tally);
      if (restless.length === 0 || this.#context.isHalted()) return;
      if (round >= engineLimits.rereadsMax) return this.#context.problems.reportUnread(path, changesWhileRead(path));
      await delay(this.#context.clock, freshnessMs(this.#context) * (round + 1) + 1, this.#context.signal());
    }
  }
}
