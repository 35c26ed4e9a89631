import type { Channel } from '../ports/index.ts';
import { encodeFrame } from '../protocol/index.ts';

export interface SendOptions {
  readonly payload?: Uint8Array;
  /** Before everything that waits (probes and their replies). */
  readonly first?: boolean;
  /** Called when the first byte is about to be handed to the channel. */
  readonly onStart?: () => void;
}

interface QueuedFrame {
  readonly head: Uint8Array;
  readonly payload: Uint8Array;
  readonly onStart: (() => void) | undefined;
  readonly settle: (sent: boolean) => void;
}

/**
 * Writes frames to one channel, one after the other, each when the channel can take it (backpressure). What waits is bounded by the
 * callers: every frame belongs to a call, calls are counted, and those with much to send await each frame before the next.
 */
export class FrameWriter {
  readonly #channel: Channel;
  readonly #now: () => number;
  readonly #onSent: (bytes: number, waitedMs: number) => void;
  #queue: QueuedFrame[] = [];
  #queuedBytes = 0;
  #writing = false;
  #over = false;
  #room: (() => void)[] = [];

  /** `onSent` hears of bytes when the channel has taken them and asks for more, and how long that took by `now` (ms). */
  constructor(channel: Channel, now: () => number, onSent: (bytes: number, waitedMs: number) => void) {
    this.#channel = channel;
    this.#now = now;
    this.#onSent = onSent;
  }

  /** Bytes that wait here or in the channel: what a new frame has ahead of it. */
  queuedBytes(): number {
    return this.#queuedBytes + this.#channel.queuedBytes();
  }

  /** Resolves true when the channel has taken the whole frame, false when it is over. */
  send(header: Uint8Array, options: SendOptions = {}): Promise<boolean> {
    const [head, payload] = encodeFrame(header, options.payload);
    if (this.#over) return Promise.resolve(false);
    return new Promise((settle) => {
      const frame: QueuedFrame = { head, payload, onStart: options.onStart, settle };
      if (options.first === true) this.#queue.unshift(frame);
      else this.#queue.push(frame);
      this.#queuedBytes += head.length + payload.length;
      if (!this.#writing) void this.#writeAll();
    });
  }

  /** Resolves when at most `bytes` wait here, or the writer is over. */
  async untilQueuedAtMost(bytes: number): Promise<void> {
    while (!this.#over && this.#queuedBytes > bytes) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Drops what waits; from now on nothing is sent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    const dropped = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const frame of dropped) frame.settle(false);
    this.#tellRoom();
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    for (let frame = this.#queue.shift(); frame; frame = this.#queue.shift()) {
      frame.onStart?.();
      const startedAtMs = this.#now();
      const size = frame.head.length + frame.payload.length;
      const sent = await this.#channel.write(frame.head, frame.payload);
      frame.settle(sent && !this.#over);
      if (this.#over) break;
      this.#queuedBytes -= size;
      if (sent) this.#onSent(size, this.#now() - startedAtMs);
      else this.end();
      this.#tellRoom();
    }
    this.#writing = false;
  }

  #tellRoom(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }
}
