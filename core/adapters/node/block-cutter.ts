import * as crypto from 'node:crypto';
import { MIB } from '../../base/index.ts';
import { Chunker, cutSizes } from '../../chunking/index.ts';
import type { BlockName, BlockRef, CutClass } from '../../model/index.ts';

/** Bytes asked of the disk at a time. */
export const cutReadBytes = MIB;

/** SHA-256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): BlockName {
  return crypto.hash('sha256', bytes, 'hex') as BlockName;
}

/** The buffer of the cutter that finished last. Most files are small, and a new buffer costs more than cutting them. */
let spareBuffer: Uint8Array | undefined;

/**
 * Cuts content into named blocks as it comes. The content is read into {@link space}, so that a block lies in one piece and is hashed
 * in one call, whatever the reads were.
 */
export class BlockCutter {
  readonly #chunker: Chunker;
  /** Holds the unfinished block and, behind it, what is read next. */
  readonly #buffer: Uint8Array;
  #filled = 0;
  /** Offset in the content of the first byte of the buffer. */
  #origin = 0;

  constructor(cutClass: CutClass) {
    this.#chunker = new Chunker(cutClass);
    this.#buffer = takeBuffer(cutSizes[cutClass].max + cutReadBytes);
  }

  /** Where the next bytes are to be put; at least {@link cutReadBytes} long. */
  get space(): Uint8Array {
    return this.#buffer.subarray(this.#filled, this.#filled + cutReadBytes);
  }

  /** Takes the first `count` bytes of {@link space}; returns the blocks that ended in them. */
  take(count: number): BlockRef[] {
    const added = this.#buffer.subarray(this.#filled, this.#filled + count);
    this.#filled += count;
    return this.#blocksUntil(this.#chunker.push(added));
  }

  /** The last block, if any, of a content that has come to its end. */
  finish(): BlockRef[] {
    return this.#blocksUntil(this.#chunker.finish());
  }

  /** The cutter is over, and its buffer is another one's. */
  drop(): void {
    spareBuffer = this.#buffer;
  }

  #blocksUntil(cuts: readonly number[]): BlockRef[] {
    let start = 0;
    const blocks = cuts.map((cut) => {
      const end = cut - this.#origin;
      const block = { name: sha256Hex(this.#buffer.subarray(start, end)), size: end - start };
      start = end;
      return block;
    });
    if (start > 0) {
      this.#buffer.copyWithin(0, start, this.#filled);
      this.#filled -= start;
      this.#origin += start;
    }
    return blocks;
  }
}

/** Of at least `bytes`; nobody else has it. */
function takeBuffer(bytes: number): Uint8Array {
  const spare = spareBuffer;
  if (spare === undefined || spare.length < bytes) return new Uint8Array(bytes);
  spareBuffer = undefined;
  return spare;
}
