import type { Result } from '../base/index.ts';
import { assert, concatBytes, err, ok } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { MalformedError } from './codec.ts';

/** One unit on a channel: a CBOR header and raw bytes that belong to it. */
export interface Frame {
  readonly header: Uint8Array;
  /** In the pieces in which it came: whoever puts it somewhere else copies it once. */
  readonly payload: Chunks;
}

/** Bytes in several pieces, none of them empty. */
export type Chunks = readonly Uint8Array[];

export function chunksLength(chunks: Chunks): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

/** All bytes in one piece; copied only if there is more than one. */
export function joinChunks(chunks: Chunks): Uint8Array {
  const [first = noBytes] = chunks;
  return chunks.length <= 1 ? first : concatBytes(chunks);
}

/** Two big-endian 32-bit lengths: header, payload. */
const prefixBytes = 8;
const noBytes = new Uint8Array(0);

/** So many chunks below this size are joined: a peer that sends single bytes must not cost an object for each. */
const smallChunkBytes = 4096;
const smallChunksMax = 64;

/** The bytes of a frame: its prefix and header in one piece, and the payload untouched, so that no payload is copied. */
export function encodeFrame(header: Uint8Array, payload: Uint8Array = noBytes): readonly [Uint8Array, Uint8Array] {
  assert(header.length <= limits.frameHeaderBytesMax, 'frame header within its limit');
  assert(header.length + payload.length <= limits.frameBytesMax, 'frame within its limit');
  const head = new Uint8Array(prefixBytes + header.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, header.length);
  view.setUint32(4, payload.length);
  head.set(header, prefixBytes);
  return [head, payload];
}

/**
 * Cuts a stream of chunks into frames. Lengths are checked before anything is kept for them (RPC-5); after a malformed frame
 * the reader is useless and its epoch ends.
 */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** Bytes received that do not make a whole frame yet; at most one frame and one chunk. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** Adds the next chunk and returns the frames that are whole now, in order. */
  push(chunk: Uint8Array): Result<Frame[], MalformedError> {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#joinSmall();
    const frames: Frame[] = [];
    for (;;) {
      if (this.#length < prefixBytes) return ok(frames);
      const prefix = this.#peek(prefixBytes);
      const view = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes);
      const headerBytes = view.getUint32(0);
      const payloadBytes = view.getUint32(4);
      if (headerBytes > limits.frameHeaderBytesMax || headerBytes + payloadBytes > limits.frameBytesMax) {
        return err({ kind: 'malformed', text: `frame of ${headerBytes} + ${payloadBytes} bytes is over the limit` });
      }
      if (this.#length < prefixBytes + headerBytes + payloadBytes) return ok(frames);
      this.#take(prefixBytes);
      frames.push({ header: joinChunks(this.#take(headerBytes)), payload: this.#take(payloadBytes) });
    }
  }

  #joinSmall(): void {
    if (this.#chunks.length < smallChunksMax) return;
    const tail = this.#chunks.slice(-smallChunksMax);
    if (tail.every((chunk) => chunk.length < smallChunkBytes)) this.#chunks.splice(-smallChunksMax, smallChunksMax, concatBytes(tail));
  }

  #peek(length: number): Uint8Array {
    const first = this.#chunks[0] ?? noBytes;
    if (first.length >= length) return first;
    this.#chunks = [concatBytes(this.#chunks)];
    return this.#chunks[0] ?? noBytes;
  }

  #take(length: number): Uint8Array[] {
    this.#length -= length;
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const first = this.#chunks[0] ?? noBytes;
      if (first.length <= missing) {
        parts.push(first);
        this.#chunks.shift();
        missing -= first.length;
      } else {
        parts.push(first.subarray(0, missing));
        this.#chunks[0] = first.subarray(missing);
        missing = 0;
      }
    }
    return parts;
  }
}
