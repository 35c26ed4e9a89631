/** Source of the layout: Yamux specification, "Framing": version, type, flags (2), stream (4), length (4), big-endian. */
const headerBytes = 12;
const dataType = 0;

/**
 * Watches the headers of a muxed byte stream. The muxer's decoder keeps a frame until it is whole and checks it against the
 * window only then, so a header that announces gigabytes would have them buffered; this sees the header first.
 */
export class FrameGuard {
  readonly #payloadBytesMax: number;
  readonly #header = new Uint8Array(headerBytes);
  #headerLength = 0;
  #payloadLeft = 0;

  constructor(payloadBytesMax: number) {
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** False when a frame in `bytes`, the next of the stream, announces more than is allowed. */
  accepts(bytes: Uint8Array): boolean {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, bytes.length - offset);
        this.#payloadLeft -= skipped;
        offset += skipped;
        continue;
      }
      const part = bytes.subarray(offset, offset + headerBytes - this.#headerLength);
      this.#header.set(part, this.#headerLength);
      this.#headerLength += part.length;
      offset += part.length;
      if (this.#headerLength < headerBytes) return true;
      this.#headerLength = 0;
      if (this.#header[1] !== dataType) continue;
      this.#payloadLeft = new DataView(this.#header.buffer).getUint32(8);
      if (this.#payloadLeft > this.#payloadBytesMax) return false;
    }
    return true;
  }
}
