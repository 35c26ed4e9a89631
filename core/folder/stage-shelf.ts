import type { BlockRef, FileSnap } from '../model/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { Stage } from './stage.ts';

/**
 * The stages of this run: those that somebody works on, and the newest idle ones, whose verified blocks are remembered. One worker at a
 * time has the content of an id, because two paths with equal content would fill one file.
 */
export class StageShelf {
  readonly #context: FolderContext;
  readonly #onFree: () => void;
  readonly #stages = new Map<string, Stage>();
  readonly #taken = new Set<string>();
  /** Files that lie in staging although no stage knows what is in them: left by an earlier run, or given up by this one. */
  readonly #unknown = new Set<string>();
  #wasRefused = false;

  /** `onFree` hears when a content becomes free that somebody was refused. */
  constructor(context: FolderContext, onFree: () => void) {
    this.#context = context;
    this.#onFree = onFree;
  }

  /** `leftovers`: the names of what is in staging. */
  begin(leftovers: Iterable<string>): void {
    this.#unknown.clear();
    for (const name of leftovers) this.#unknown.add(name);
  }

  /** True: the caller has the content of `id` until it gives it back. */
  tryTake(id: string): boolean {
    if (this.#taken.has(id)) this.#wasRefused = true;
    else {
      this.#taken.add(id);
      return true;
    }
    return false;
  }

  /** Ends {@link StageShelf.tryTake}. What is staged stays. */
  async giveBack(id: string): Promise<void> {
    this.#taken.delete(id);
    const stage = this.#stages.get(id);
    if (stage) {
      await stage.close();
      this.#stages.delete(id);
      this.#stages.set(id, stage);
      this.#trim();
    }
    if (!this.#wasRefused) return;
    this.#wasRefused = false;
    this.#onFree();
  }

  /** Some of the content may be in place already. */
  mayHold(id: string): boolean {
    return this.#unknown.has(id) || this.doneBytes(id) > 0;
  }

  doneBytes(id: string): number {
    return this.#stages.get(id)?.doneBytes ?? 0;
  }

  /** The stage of `id`, with what an earlier run left in it looked through. Undefined where the disk does not let us. */
  async obtain(id: string, snap: FileSnap, blocks: readonly BlockRef[]): Promise<Stage | undefined> {
    const stage = this.#stages.get(id) ?? new Stage(this.#context, id, snap, blocks, this.#unknown.has(id));
    if (!(await stage.check()).ok) return undefined;
    this.#unknown.delete(id);
    this.#stages.set(id, stage);
    return stage;
  }

  /** The stage's file has gone to its path. */
  drop(stage: Stage): void {
    this.#stages.delete(stage.id);
  }

  /** What is in the stage's file is not known for certain any more: it is looked through before it counts again. */
  doubt(stage: Stage): void {
    this.#stages.delete(stage.id);
    this.#unknown.add(stage.id);
  }

  all(): Iterable<Stage> {
    return this.#stages.values();
  }

  isInUse(id: string): boolean {
    return this.#stages.has(id) || this.#taken.has(id);
  }

  /** Closes all files; used when the folder stops. */
  async stop(): Promise<void> {
    for (const stage of this.#stages.values()) {
      await stage.close();
      this.#unknown.add(stage.id);
    }
    this.#stages.clear();
    this.#taken.clear();
  }

  #trim(): void {
    for (const [id, stage] of this.#stages) {
      if (this.#stages.size - this.#taken.size <= engineLimits.idleStagesMax) return;
      if (!this.#taken.has(id)) this.doubt(stage);
    }
  }
}
