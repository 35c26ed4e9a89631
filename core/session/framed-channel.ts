import type { Channel } from '../ports/index.ts';
import type { Frame } from '../protocol/index.ts';
import { FrameReader } from '../protocol/index.ts';

/** Why no frame came: the channel is over, its bytes are no frames, or more of them came than were welcome. */
export type FrameEnd = 'ended' | 'malformed' | 'too-large';

/** Reads a channel frame by frame. One reader at a time; frames that came with an earlier chunk are kept for the next call. */
export class FramedChannel {
  readonly channel: Channel;
  readonly #reader = new FrameReader();
  readonly #frames: Frame[] = [];
  #bytesLeft: number;
  #listener: ((bytes: number) => void) | undefined;

  /** `bytesMax` bounds what is read in all until {@link unbound}. */
  constructor(channel: Channel, bytesMax = Infinity) {
    this.channel = channel;
    this.#bytesLeft = bytesMax;
  }

  /** From now on any amount may come: the other side has shown who it is. */
  unbound(): void {
    this.#bytesLeft = Infinity;
  }

  /** Hears the size of every chunk as it is read, also of parts of a frame (any bytes are life). */
  onBytes(listener: (bytes: number) => void): void {
    this.#listener = listener;
  }

  async next(): Promise<Frame | FrameEnd> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      const chunk = await this.channel.read();
      if (!chunk) return 'ended';
      this.#listener?.(chunk.length);
      this.#bytesLeft -= chunk.length;
      if (this.#bytesLeft < 0) return 'too-large';
      const frames = this.#reader.push(chunk);
      if (!frames.ok) return 'malformed';
      this.#frames.push(...frames.value);
    }
  }
}
