import type { MonoMs } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Timer } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import type { Trash } from './trash.ts';

/** Keeps some of the disk free (FLD-9): what needs more waits, and goes on by itself. */
export class SpaceGuard {
  readonly #context: FolderContext;
  readonly #trash: Trash;
  readonly #onFreed: () => void;
  #known: { readonly freeBytes: number; readonly totalBytes: number; readonly at: MonoMs } | undefined;
  /** Bytes promised to downloads since space was looked at. */
  #promisedBytes = 0;
  #isFull = false;
  #timer: Timer | undefined;

  constructor(context: FolderContext, trash: Trash, onFreed: () => void) {
    this.#context = context;
    this.#trash = trash;
    this.#onFreed = onFreed;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether `bytes` more may be written. Frees old trash first. Where the disk does not tell, it is tried. */
  async allows(bytes: number): Promise<boolean> {
    if (bytes === 0) return true;
    const missing = await this.#missingBytes(bytes, false);
    const isAllowed = missing <= 0 || ((await this.#trash.free(missing)) > 0 && (await this.#missingBytes(bytes, true)) <= 0);
    if (isAllowed) {
      this.#promisedBytes += bytes;
      this.#setFull(false);
    } else {
      this.waitForSpace();
    }
    return isAllowed;
  }

  /** A write failed for want of space. */
  waitForSpace(): void {
    this.#known = undefined;
    this.#setFull(true);
    this.#timer ??= this.#context.clock.setTimer(engineLimits.spaceRecheckMs, () => {
      this.#timer = undefined;
      this.#onFreed();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async totalBytes(): Promise<number> {
    const space = await this.#context.disk.tree.space();
    return space.ok ? space.value.totalBytes : Infinity;
  }

  async #missingBytes(bytes: number, isFresh: boolean): Promise<number> {
    const nowMs = this.#context.clock.monoNow();
    if (isFresh || !this.#known || nowMs - this.#known.at > engineLimits.spaceTrustMs) {
      const space = await this.#context.disk.tree.space();
      if (!space.ok) return 0;
      this.#known = { ...space.value, at: nowMs };
      this.#promisedBytes = 0;
    }
    const { freeBytes, totalBytes } = this.#known;
    const keepFreeBytes =
      this.#context.settings().freeSpaceBytes ?? Math.min(limits.freeSpaceBytesMin, totalBytes * limits.freeSpaceFractionMin);
    return bytes + keepFreeBytes - (freeBytes - this.#promisedBytes);
  }

  #setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#context.changed();
  }
}
