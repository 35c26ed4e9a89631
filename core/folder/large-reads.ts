import type { RelPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { freshnessMs } from './look.ts';
import { changesWhileRead } from './problems.ts';
import type { LargeFile, Recorder } from './recorder.ts';
import type { Reading } from './types.ts';

/**
 * Reads large changed files beside the scans, one after another: a scan goes on without them, and small changes do not wait for hours of
 * reading. A whole scan counts as finished only when they were read too.
 */
export class LargeReads {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #onBytes: (bytes: number) => void;
  readonly #onIdle: () => void;
  /** Sizes by path; of what is to be read after the current one. */
  readonly #waiting = new Map<RelPath, number>();
  #current: (LargeFile & { done: number }) | undefined;
  #isRunning = false;

  constructor(context: FolderContext, recorder: Recorder, onBytes: (bytes: number) => void, onIdle: () => void) {
    this.#context = context;
    this.#recorder = recorder;
    this.#onBytes = onBytes;
    this.#onIdle = onIdle;
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

  add(files: readonly LargeFile[]): void {
    for (const { path, size } of files) this.#waiting.set(path, size);
    if (!this.#isRunning && this.#waiting.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0 && !this.#context.isHalted()) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      const [path, size] = next;
      this.#waiting.delete(path);
      const current = (this.#current = { path, size, done: 0 });
      await this.#context.guarded(() => this.#read(current), undefined);
    }
    // What a folder that stands still owes is found by its next scan.
    this.#waiting.clear();
    this.#current = undefined;
    this.#isRunning = false;
    this.#onIdle();
  }

  async #read(file: LargeFile & { done: number }): Promise<void> {
    const { path } = file;
    const onBytes = (bytes: number): void => {
      file.done += bytes;
      this.#onBytes(bytes);
    };
    for (let round = 0; !this.#context.isHalted(); round++) {
      const restless: RelPath[] = [];
      file.done = 0;
      await this.#recorder.record([{ path, absent: false, reread: true }], { restless, large: undefined, onBytes });
      if (restless.length === 0 || this.#context.isHalted()) return;
      if (round >= engineLimits.rereadsMax) return this.#context.problems.reportUnread(path, changesWhileRead(path));
      await delay(this.#context.clock, freshnessMs(this.#context) * (round + 1) + 1, this.#context.signal());
    }
  }
}
