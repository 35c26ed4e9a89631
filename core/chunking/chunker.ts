import { assert } from '../base/index.ts';
import type { CutClass } from '../model/index.ts';
import { cutSizes } from './cut-class.ts';
import type { CutSizes } from './cut-class.ts';
import { gearTable } from './gear.ts';

/**
 * Content-defined chunking with FastCDC: gear hash, skipped minimum, normalised chunking of level 2. Source: Xia et al., "FastCDC: a
 * Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016, and "The Design of Fast
 * Content-Defined Chunking …", IEEE TPDS 2020.
 *
 * The hash is h = (h << 1) + gear[byte] modulo 2^32, begun at 0 after the minimum of each block; a cut falls behind a byte where
 * the upper bits of h are zero: two bits more than log2(average) before the average size is reached, two fewer after it. The upper
 * bits are taken because bit i of h depends on the last i + 1 bytes. Bit arithmetic stays within int32, which V8 keeps in registers.
 */
export class Chunker {
  readonly #sizes: CutSizes;
  /** The bits of the hash which must be zero, before and after the average. */
  readonly #maskBefore: number;
  readonly #maskAfter: number;
  /** Bytes seen in all, and since the last cut. */
  #offset = 0;
  #blockBytes = 0;
  /** The rolling hash: one int32 in memory that {@link findCut} takes up and leaves behind. */
  readonly #hash = new Int32Array(1);
  #finished = false;

  constructor(cutClass: CutClass) {
    this.#sizes = cutSizes[cutClass];
    const bits = Math.log2(this.#sizes.average);
    assert(Number.isInteger(bits), 'the average block size is a power of two');
    this.#maskBefore = upperBits(bits + normalisationBits);
    this.#maskAfter = upperBits(bits - normalisationBits);
  }

  /**
   * Takes the next bytes of the content; returns the offsets of the cuts they decided, counted from the start of the content.
   * Where the cuts fall does not depend on how the content is split into pushes.
   */
  push(bytes: Uint8Array): number[] {
    assert(!this.#finished, 'nothing is pushed after finish()');
    const cuts: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      const taken = this.#takeUntilCut(bytes, at);
      at += taken;
      this.#offset += taken;
      if (this.#blockBytes === 0) cuts.push(this.#offset);
    }
    return cuts;
  }

  /** Ends the content: the last cut, or none where the content is empty or ended at one. */
  finish(): number[] {
    this.#finished = true;
    return this.#blockBytes > 0 ? [this.#offset] : [];
  }

  /** Consumes bytes from `start` on, up to and with the next cut or all of them; after a cut `#blockBytes` is 0. */
  #takeUntilCut(bytes: Uint8Array, start: number): number {
    const { min, average, max } = this.#sizes;
    const available = bytes.length - start;
    const skipped = Math.min(available, Math.max(0, min - this.#blockBytes));
    this.#blockBytes += skipped;
    let at = start + skipped;

    const beforeEnd = Math.min(bytes.length, at + Math.max(0, average - this.#blockBytes));
    const beforeCut = findCut(bytes, at, beforeEnd, this.#maskBefore, this.#hash);
    if (beforeCut > 0) return this.#cut(beforeCut - start);
    this.#blockBytes += beforeEnd - at;
    at = beforeEnd;

    const afterEnd = Math.min(bytes.length, at + (max - this.#blockBytes));
    const afterCut = findCut(bytes, at, afterEnd, this.#maskAfter, this.#hash);
    if (afterCut > 0) return this.#cut(afterCut - start);
    this.#blockBytes += afterEnd - at;
    return this.#blockBytes === max ? this.#cut(afterEnd - start) : available;
  }

  #cut(taken: number): number {
    this.#blockBytes = 0;
    this.#hash[0] = 0;
    return taken;
  }
}

/**
 * Rolls the hash over bytes[from, to); returns the index behind the byte that asks for a cut, or 0.
 *
 * Eight bytes a turn, written out: a little faster, and above all too big to be inlined. V8's middle tier (Maglev) would inline it, never
 * count the turns of the inlined loop, and stay at a quarter of the speed for gigabytes.
 */
function findCut(bytes: Uint8Array, from: number, to: number, mask: number, hash: Int32Array): number {
  const gear = gearTable;
  let rolled = hash[0]!;
  let i = from;
  for (; i + 8 <= to; i += 8) {
    rolled = ((rolled << 1) + gear[bytes[i]!]!) | 0;
    if ((rolled & mask) === 0) return i + 1;
    rolled = ((rolled << 1) + gear[bytes[i + 1]!]!) | 0;
    if ((rolled & mask) === 0) return i + 2;
    rolled = ((rolled << 1) + gear[bytes[i + 2]!]!) | 0;
    if ((rolled & mask) === 0) return i + 3;
    rolled = ((rolled << 1) + gear[bytes[i + 3]!]!) | 0;
    if ((rolled & mask) === 0) return i + 4;
    rolled = ((rolled << 1) + gear[bytes[i + 4]!]!) | 0;
    if ((rolled & mask) === 0) return i + 5;
    rolled = ((rolled << 1) + gear[bytes[i + 5]!]!) | 0;
    if ((rolled & mask) === 0) return i + 6;
    rolled = ((rolled << 1) + gear[bytes[i + 6]!]!) | 0;
    if ((rolled & mask) === 0) return i + 7;
    rolled = ((rolled << 1) + gear[bytes[i + 7]!]!) | 0;
    if ((rolled & mask) === 0) return i + 8;
  }
  for (; i < to; i++) {
    rolled = ((rolled << 1) + gear[bytes[i]!]!) | 0;
    if ((rolled & mask) === 0) return i + 1;
  }
  hash[0] = rolled;
  return 0;
}

/** A mask of the `count` uppermost of 32 bits. */
function upperBits(count: number): number {
  return -1 << (32 - count);
}

/** Level of normalised chunking: bits added to and taken from the mask around the average. The paper's level 2. */
const normalisationBits = 2;

/** The offsets of all cuts of `bytes`, in order; the last one is its length. None for empty content. */
export function cutOffsets(bytes: Uint8Array, cutClass: CutClass): number[] {
  const chunker = new Chunker(cutClass);
  return [...chunker.push(bytes), ...chunker.finish()];
}
