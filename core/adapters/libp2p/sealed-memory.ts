import { KIB } from '../../base/index.ts';

/** Noise puts the length of a message, two bytes big-endian, before it. */
const prefixBytes = 2;

/** A full message with its prefix; also the least that is worth keeping. */
const keptBytes = 64 * KIB;
const keptMax = 32;

/** Where there is room before a sealed message: the memory of both. */
const wholes = new WeakMap<Uint8Array, Buffer>();
const unused: ArrayBuffer[] = [];

/**
 * `length` bytes for a sealed message, with room for its prefix before them. Their content is arbitrary. Fresh memory for each message would cost
 * page faults, and much of the garbage collector's work while a file is sent.
 */
export function takeSealedMemory(length: number): Uint8Array {
  const size = prefixBytes + length;
  const kept = size > keptBytes / 2 && size <= keptBytes ? (unused.pop() ?? new ArrayBuffer(keptBytes)) : undefined;
  // Not from Node's pool: a waiting message would keep the pool's whole block alive.
  const whole = kept ? Buffer.from(kept, 0, size) : Buffer.allocUnsafeSlow(size);
  const sealed = whole.subarray(prefixBytes);
  wholes.set(sealed, whole);
  return sealed;
}

/** `prefix` followed by `sealed` as one buffer, without a copy; undefined where there is no room before it. */
export function prefixed(prefix: Uint8Array, sealed: Uint8Array | undefined): Uint8Array | undefined {
  const whole = sealed && wholes.get(sealed);
  if (!whole || prefix.length !== prefixBytes) return undefined;
  whole.set(prefix);
  return whole;
}

/** A message of {@link prefixed} that nobody reads any more. Once per message; one that is never given back is left to the garbage collector. */
export function giveSealedMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === keptBytes && unused.length < keptMax) unused.push(buffer);
}
