import { assert } from './assert.ts';
import { KIB } from './units.ts';

const capacityBytesMin = 64 * KIB;

/** Copies all of `source` into `target`, from `offset` on. No other thread writes to either meanwhile. */
export type CopyBytes = (target: Uint8Array, source: Uint8Array, offset: number) => void;

/** {@link CopyBytes} with nothing but the language, which goes word by word in memory that threads share. */
export const copyBySet: CopyBytes = (target, source, offset) => target.set(source, offset);

/**
 * Memory for large pieces of content that come and go quickly. Fresh memory for each would cost page faults, and, because it lies outside
 * the heap, one full garbage collection for every few dozen MiB. A buffer that is never given back is left to the garbage collector. The
 * memory can be read by other threads, so that they can hash it where it lies.
 */
export class BufferPool {
  readonly #keptBytesMax: number;
  readonly #copy: CopyBytes;
  /** Unused buffers by capacity, which is a power of two. */
  readonly #unused = new Map<number, SharedArrayBuffer[]>();
  #keptBytes = 0;

  /** Keeps unused buffers of `keptBytesMax` in all. */
  constructor(keptBytesMax: number, copy: CopyBytes) {
    this.#keptBytesMax = keptBytesMax;
    this.#copy = copy;
  }

  /** Exactly `length` bytes with arbitrary content, the caller's alone until it gives them back. */
  take(length: number): Uint8Array {
    const capacity = capacityFor(length);
    const kept = this.#unused.get(capacity)?.pop();
    if (kept) this.#keptBytes -= capacity;
    return new Uint8Array(kept ?? new SharedArrayBuffer(capacity), 0, length);
  }

  /** Copies `source` into `target`, which came from {@link take}, from `offset` on. */
  write(target: Uint8Array, source: Uint8Array, offset: number): void {
    this.#copy(target, source, offset);
  }

  /** `bytes` came from {@link take} and nobody reads or writes them any more. Once per take. */
  give(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const capacity = buffer.byteLength;
    assert(buffer instanceof SharedArrayBuffer && capacity === capacityFor(bytes.length), 'a pool takes back what it gave');
    if (this.#keptBytes + capacity > this.#keptBytesMax) return;
    let unused = this.#unused.get(capacity);
    if (!unused) this.#unused.set(capacity, (unused = []));
    assert(!unused.includes(buffer), 'a buffer is given back once');
    unused.push(buffer);
    this.#keptBytes += capacity;
  }
}

function capacityFor(length: number): number {
  let capacity = capacityBytesMin;
  while (capacity < length) capacity *= 2;
  return capacity;
}
