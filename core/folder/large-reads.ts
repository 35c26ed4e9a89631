import type { RelPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { freshnessMs } from './look.ts';
import { changesWhileRead } from './problems.ts';
import type { HeldMoves } from './moves.ts';
import type { LargeFile, Recorder } from './recorder.ts';
import type { Reading } from './types.ts';

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
  /** Sizes by path; of what is to be read after the current one. */
  readonly #waiting = new Map<RelPath, number>();
  #current: (LargeFile & { done: number }) | undefined;
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

  get reading(): Reading {
    const current = this.#current;
    // What was found again while it is read is read once more.
    const sizes = [...this.#waiting].filter(([path]) => path !== current?.path).map(([, size]) => size);
    const bytes = sizes.reduce((sum, size) => sum + size, current?.size ?? 0);
    return { files: sizes.length + (current ? 1 : 0), bytes, done: Math.min(current?.done ?? 0, current?.size ?? 0) };
  }

  has(path: RelPath): boolean {
    return this.#waiting.has(path) || this.#current?.path === path;
  }

  /** Whether a file of so many bytes was not read yet. */
  mayRead(size: number): boolean {
    return this.#current?.size === size || [...this.#waiting.values()].includes(size);
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
      const current = (this.#current = { path, size, done: 0 });
      await this.#context.guarded(() => this.#read(current), undefined);
      this.#current = undefined;
      this.#on.read();
    }
    // What a folder that stands still owes is found by its next scan.
    this.#waiting.clear();
    this.#isRunning = false;
    this.#on.idle();
  }

  async #read(file: LargeFile & { done: number }): Promise<void> {
    const { path } = file;
    const onBytes = (bytes: number): void => {
      file.done += bytes;
      this.#on.bytes(bytes);
    };
    for (let round = 0; !this.#context.isHalted(); round++) {
      const restless: RelPath[] = [];
      file.done = 0;
      const tally = { restless, large: undefined, moves: this.#moves, onBytes };
      await this.#recorder.record([{ path, absent: false, reread: true }], tally);
      if (restless.length === 0 || this.#context.isHalted()) return;
      if (round >= engineLimits.rereadsMax) return this.#context.problems.reportUnread(path, changesWhileRead(path));
      await delay(this.#context.clock, freshnessMs(this.#context) * (round + 1) + 1, this.#context.signal());
    }
  }
}
