import type { RelPath } from '../model/index.ts';
import { delay } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { freshnessMs } from './look.ts';
import { changesWhileRead } from './problems.ts';
import type { Recorder } from './recorder.ts';

/**
 * Reads large changed files beside the scans, one after another: a scan goes on without them, and small changes do not wait for hours of
 * reading. A whole scan counts as finished only when they were read too.
 */
export class LargeReads {
  readonly #context: FolderContext;
  readonly #recorder: Recorder;
  readonly #onBytes: (bytes: number) => void;
  readonly #onIdle: () => void;
  readonly #paths = new Set<RelPath>();
  #isRunning = false;

  constructor(context: FolderContext, recorder: Recorder, onBytes: (bytes: number) => void, onIdle: () => void) {
    this.#context = context;
    this.#recorder = recorder;
    this.#onBytes = onBytes;
    this.#onIdle = onIdle;
  }

  get isIdle(): boolean {
    return !this.#isRunning && this.#paths.size === 0;
  }

  add(paths: readonly RelPath[]): void {
    for (const path of paths) this.#paths.add(path);
    if (!this.#isRunning && this.#paths.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#paths.size > 0 && !this.#context.isHalted()) {
      const [path] = this.#paths;
      if (path === undefined) break;
      this.#paths.delete(path);
      await this.#context.guarded(() => this.#read(path), undefined);
    }
    // What a folder that stands still owes is found by its next scan.
    this.#paths.clear();
    this.#isRunning = false;
    this.#onIdle();
  }

  async #read(path: RelPath): Promise<void> {
    for (let round = 0; !this.#context.isHalted(); round++) {
      const restless: RelPath[] = [];
      await this.#recorder.record([{ path, absent: false, reread: true }], { restless, large: undefined, onBytes: this.#onBytes });
      if (restless.length === 0 || this.#context.isHalted()) return;
      if (round >= engineLimits.rereadsMax) return this.#context.problems.reportUnread(path, changesWhileRead(path));
      await delay(this.#context.clock, freshnessMs(this.#context) * (round + 1) + 1, this.#context.signal());
    }
  }
}
