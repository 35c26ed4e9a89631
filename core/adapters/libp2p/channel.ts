import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface';
import { assert, deferred, Mutex, type Deferred } from '../../base/index.ts';
import type { Channel } from '../../ports/index.ts';
import { copyBytes } from '../copy-bytes.ts';
import type { LinkWriter } from './link-writer.ts';
import { settings } from './settings.ts';

const nothing = new Uint8Array(0);

class ChannelAbortedError extends Error {
  override name = 'ChannelAbortedError';
}

/**
 * A channel over one libp2p stream.
 *
 * Reading: the stream stays paused unless a read waits and nothing is buffered; while it is paused the sender gets no new window.
 * Bytes are handed on in the pieces in which decryption left them, never copied.
 * Writing: slices of at most one Noise message take their turns in the link's {@link LinkWriter}. A slice that the remote's window
 * has no room for stays in the stream, and no further one of this channel follows it.
 */
export class Libp2pChannel implements Channel {
  /** Empty until it has been read, on a channel that the remote opened. */
  protocol: string;
  readonly #stream: Stream;
  readonly #writer: LinkWriter;

  #chunks: Uint8Array[] = [];
  #nextChunk = 0;
  #reader: Deferred<Uint8Array | undefined> | undefined;
  #pulling = false;
  #readEnded = false;

  readonly #writes = new Mutex();
  #writeEnded = false;
  /** Accepted by `write`, not yet handed to the muxer. */
  #waitingBytes = 0;
  /** Handed to the muxer when the link's writer had counted `#belowSince` drains. */
  #belowBytes = 0;
  #belowSince = -1;
  #job: (() => void) | undefined;
  #sliceDone: ((sent: boolean) => void) | undefined;
  /** Where a slice is put together. */
  #joined: Uint8Array | undefined;
  readonly #recheckSlice = (): void => this.#checkSlice();

  constructor(protocol: string, stream: Stream, writer: LinkWriter) {
    this.protocol = protocol;
    this.#stream = stream;
    this.#writer = writer;
    stream.addEventListener('message', (event) => this.#onMessage(event));
    stream.addEventListener('end', () => this.#endReading());
    // The stream continues its own queue in a microtask that was queued before this one.
    stream.addEventListener('drain', () => queueMicrotask(() => this.#checkSlice()));
    stream.addEventListener('close', (event) => this.#onClose(event));
    this.#pause();
    if (stream.readableEnded) this.#endReading();
    if (stream.status !== 'open') this.#endWriting();
  }

  read(): Promise<Uint8Array | undefined> {
    assert(!this.#reader, 'a channel has one reader at a time');
    if (!this.#hasChunk() && !this.#readEnded) this.#pull();
    if (this.#hasChunk()) return Promise.resolve(this.#takeChunk());
    if (this.#readEnded) return Promise.resolve(undefined);
    this.#reader = deferred();
    return this.#reader.promise;
  }

  /** Gives back bytes that were read too far; the next `read` returns them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.splice(this.#nextChunk, 0, bytes);
  }

  write(bytes: Uint8Array, more = nothing): Promise<boolean> {
    if (this.#writeEnded) return Promise.resolve(false);
    this.#waitingBytes += bytes.length + more.length;
    return this.#writes.run(() => this.#writeSlices(bytes, more));
  }

  queuedBytes(): number {
    const isBelow = this.#writer.isSaturated && this.#belowSince === this.#writer.drains;
    return this.#waitingBytes + this.#stream.writeBufferLength + (isBelow ? this.#belowBytes : 0);
  }

  async closeWrite(): Promise<void> {
    await this.#writes.run(async () => {
      if (this.#writeEnded) return;
      this.#writeEnded = true;
      try {
        await this.#stream.close();
      } catch {
        // The stream ended first: there is nobody left to tell.
      }
    });
  }

  abort(): void {
    this.#discard();
    this.#stream.abort(new ChannelAbortedError('aborted by this side'));
  }

  async #writeSlices(bytes: Uint8Array, more: Uint8Array): Promise<boolean> {
    let unsentBytes = bytes.length + more.length;
    for (const slice of this.#slices(bytes, more)) {
      if (this.#writeEnded || !(await this.#writeSlice(slice))) break;
      unsentBytes -= slice.length;
    }
    this.#waitingBytes -= unsentBytes;
    return unsentBytes === 0;
  }

  /** `bytes` and `more` in slices; the end of the one and the beginning of the other travel in one. Each may be used until the next is taken. */
  *#slices(bytes: Uint8Array, more: Uint8Array): Generator<Uint8Array> {
    const { sliceBytes } = settings;
    const endBytes = bytes.length % sliceBytes;
    const joinedBytes = endBytes === 0 ? 0 : Math.min(more.length, sliceBytes - endBytes);
    const wholeBytes = joinedBytes === 0 ? bytes.length : bytes.length - endBytes;
    for (let at = 0; at < wholeBytes; at += sliceBytes) yield bytes.subarray(at, Math.min(at + sliceBytes, wholeBytes));
    if (joinedBytes > 0) yield this.#join(bytes.subarray(wholeBytes), more.subarray(0, joinedBytes));
    for (let at = joinedBytes; at < more.length; at += sliceBytes) yield more.subarray(at, at + sliceBytes);
  }

  #join(end: Uint8Array, beginning: Uint8Array): Uint8Array {
    this.#joined ??= new Uint8Array(settings.sliceBytes);
    copyBytes(this.#joined, end, 0);
    copyBytes(this.#joined, beginning, end.length);
    return this.#joined.subarray(0, end.length + beginning.length);
  }

  /** Resolves once the muxer has taken all of `slice`, or false when the channel ended first. */
  #writeSlice(slice: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      this.#sliceDone = resolve;
      this.#job = () => {
        this.#job = undefined;
        if (this.#writeEnded) return this.#finishSlice(false);
        try {
          this.#stream.send(slice);
        } catch {
          return this.#finishSlice(false);
        }
        this.#waitingBytes -= slice.length;
        if (this.#belowSince !== this.#writer.drains) this.#belowBytes = 0;
        this.#belowSince = this.#writer.drains;
        this.#belowBytes += slice.length;
        this.#checkSlice();
      };
      this.#writer.enqueue(this.#job);
    });
  }

  /** A slice is done when everything of it was encrypted: until then its bytes are still read from the caller's memory. */
  #checkSlice(): void {
    if (!this.#sliceDone || this.#job || this.#stream.writeBufferLength > 0) return;
    if (this.#writer.holdsPlaintext) this.#writer.onceLessHeld(this.#recheckSlice);
    else this.#finishSlice(true);
  }

  #finishSlice(sent: boolean): void {
    const done = this.#sliceDone;
    this.#sliceDone = undefined;
    done?.(sent);
  }

  #onMessage(event: StreamMessageEvent): void {
    for (const chunk of event.data instanceof Uint8Array ? [event.data] : event.data) {
      if (chunk.length > 0) this.#chunks.push(plainBytes(chunk));
    }
    if (this.#pulling) return;
    this.#pause();
    this.#settleReader();
  }

  /** Takes what the stream has buffered and lets the sender go on; stays resumed if there was nothing. */
  #pull(): void {
    this.#pulling = true;
    try {
      this.#stream.resume();
    } catch {
      // A stream that is over throws here, possibly after it handed out the last of its bytes.
      if (!this.#hasChunk()) this.#readEnded = true;
    } finally {
      this.#pulling = false;
    }
    // Only now: `resume` reopens the window as its last act, so a pause from within it would be undone.
    if (this.#hasChunk()) this.#pause();
  }

  #pause(): void {
    try {
      this.#stream.pause();
    } catch {
      // Its reading side is over; there is nothing to hold back.
    }
  }

  #onClose(event: StreamCloseEvent): void {
    if (event.error) return this.#discard();
    this.#endWriting();
    // Closed in good order: what arrived before is still to be read, and 'end' follows it.
    if (this.#stream.readBufferLength === 0) this.#endReading();
  }

  #discard(): void {
    this.#chunks = [];
    this.#nextChunk = 0;
    this.#endReading();
    this.#endWriting();
  }

  #endReading(): void {
    this.#readEnded = true;
    this.#settleReader();
  }

  #endWriting(): void {
    this.#writeEnded = true;
    if (this.#job) this.#writer.cancel(this.#job);
    this.#job = undefined;
    this.#finishSlice(false);
  }

  #settleReader(): void {
    const reader = this.#reader;
    if (!reader || (!this.#hasChunk() && !this.#readEnded)) return;
    this.#reader = undefined;
    reader.resolve(this.#takeChunk());
  }

  #hasChunk(): boolean {
    return this.#nextChunk < this.#chunks.length;
  }

  #takeChunk(): Uint8Array | undefined {
    if (!this.#hasChunk()) return undefined;
    const chunk = this.#chunks[this.#nextChunk];
    this.#nextChunk += 1;
    if (!this.#hasChunk()) {
      this.#chunks = [];
      this.#nextChunk = 0;
    }
    return chunk;
  }
}

/** A view without the ways of `Buffer`, whose `slice` shares memory where that of a Uint8Array copies. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}
