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
    this.#buffer = new Uint8Array(cutSizes[cutClass].max + cutReadBytes);
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

  /** The last block, if any. */
  finish(): BlockRef[] {
    return this.#blocksUntil(this.#chunker.finish());
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
