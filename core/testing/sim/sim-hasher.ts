import { createHash } from 'node:crypto';
import { KIB, concatBytes, err, ok } from '../../base/index.ts';
import type { Result } from '../../base/index.ts';
import { Chunker } from '../../chunking/index.ts';
import type { BlockName, BlockRef, CutClass } from '../../model/index.ts';
import { copyBlocksThroughPorts } from '../../ports/index.ts';
import type { BlockCopy, FileError, Hasher, ReadHandle, WriteHandle } from '../../ports/index.ts';
import type { Lane } from './lane.ts';

/** How fast the simulated threads hash, bytes per ms. */
const bytesPerMs = 500 * KIB;
const pieceBytes = 256 * KIB;

/** {@link Hasher} of one run of one program: the real cuts and names, in virtual time. */
export class SimHasher implements Hasher {
  readonly #lane: Lane;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  async hash(bytes: Uint8Array): Promise<BlockName> {
    const name = nameOf(bytes);
    await this.#lane.wait(bytes.length / bytesPerMs, `${this.#lane.name}:hash`);
    return name;
  }

  async cut(
    handle: ReadHandle,
    cutClass: CutClass,
    options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
  ): Promise<Result<readonly BlockRef[], FileError>> {
    const cutting = new Cutting(cutClass);
    for (let offset = 0; ;) {
      if (options.signal?.aborted) return err({ kind: 'io', path: '', code: 'ABORTED' });
      const piece = await handle.read(offset, pieceBytes);
      if (!piece.ok) return piece;
      if (piece.value.length === 0) return ok(cutting.finish());
      cutting.push(piece.value);
      offset += piece.value.length;
      options.onBytes?.(piece.value.length);
    }
  }

  copyBlocks(
    source: ReadHandle,
    target: WriteHandle,
    copies: readonly BlockCopy[],
    signal: AbortSignal,
  ): Promise<Result<readonly boolean[], FileError>> {
    return copyBlocksThroughPorts((bytes) => this.hash(bytes), source, target, copies, signal);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

/** Cuts content that comes in pieces and names its blocks. */
class Cutting {
  readonly #chunker: Chunker;
  readonly #blocks: BlockRef[] = [];
  /** Bytes behind the last cut. */
  #rest: Uint8Array = new Uint8Array(0);
  #restOffset = 0;

  constructor(cutClass: CutClass) {
    this.#chunker = new Chunker(cutClass);
  }

  push(bytes: Uint8Array): void {
    this.#rest = concatBytes([this.#rest, bytes]);
    this.#take(this.#chunker.push(bytes));
  }

  finish(): readonly BlockRef[] {
    this.#take(this.#chunker.finish());
    return this.#blocks;
  }

  #take(cuts: readonly number[]): void {
    for (const cut of cuts) {
      const block = this.#rest.subarray(0, cut - this.#restOffset);
      this.#blocks.push({ name: nameOf(block), size: block.length });
      this.#rest = this.#rest.subarray(block.length);
      this.#restOffset = cut;
    }
  }
}

function nameOf(bytes: Uint8Array): BlockName {
  return createHash('sha256').update(bytes).digest('hex') as BlockName;
}
