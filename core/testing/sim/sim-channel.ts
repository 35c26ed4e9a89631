import { assert } from '../../base/index.ts';
import type { Channel } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import { segmentHeaderBytes } from './sim-wire.ts';
import type { Segment } from './sim-wire.ts';

/** Bytes that one side may send on one channel before the other side's reader has taken them. */
export const channelWindowBytes = 256 * 1024;
/** Read bytes are reported back once they make so much. */
const creditStepBytes = channelWindowBytes / 4;

/** The link as its channels see it. */
export interface ChannelLink {
  readonly lane: Lane;
  readonly over: boolean;
  sendControl(segment: Segment): void;
  /** `channel` has something to send. */
  markReady(channel: SimChannel): void;
  forget(channel: SimChannel): void;
}

interface PendingWrite {
  readonly bytes: Uint8Array;
  sent: number;
  readonly settle: (accepted: boolean) => void;
}

/** One end of a channel. A write settles once all its bytes have gone to the kernel. */
export class SimChannel implements Channel {
  readonly id: number;
  readonly protocol: string;
  readonly #link: ChannelLink;
  #writes: PendingWrite[] = [];
  #queuedBytes = 0;
  #credit = channelWindowBytes;
  #closing: (() => void) | undefined;
  #writeOver = false;
  #closeSent = false;
  #chunks: Uint8Array[] = [];
  #readOver = false;
  #over = false;
  #reader: ((chunk: Uint8Array | undefined) => void) | undefined;
  #unreported = 0;

  constructor(link: ChannelLink, id: number, protocol: string) {
    this.#link = link;
    this.id = id;
    this.protocol = protocol;
  }

  async write(bytes: Uint8Array, more?: Uint8Array): Promise<boolean> {
    const both = await Promise.all([this.#write(bytes), more ? this.#write(more) : true]);
    return both.every(Boolean);
  }

  #write(bytes: Uint8Array): Promise<boolean> {
    if (this.#link.lane.dead) return this.#link.lane.never();
    if (this.#writeOver) return Promise.resolve(false);
    if (bytes.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#writes.push({ bytes, sent: 0, settle: resolve });
      this.#queuedBytes += bytes.length;
      this.#link.markReady(this);
    });
  }

  read(): Promise<Uint8Array | undefined> {
    assert(!this.#reader, 'a channel has one reader at a time');
    if (this.#link.lane.dead) return this.#link.lane.never();
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#reportRead(chunk.length);
      return Promise.resolve(chunk);
    }
    if (this.#readOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  queuedBytes(): number {
    return this.#queuedBytes;
  }

  closeWrite(): Promise<void> {
    if (this.#link.lane.dead) return this.#link.lane.never();
    if (this.#writeOver) return Promise.resolve();
    this.#writeOver = true;
    return new Promise((resolve) => {
      this.#closing = resolve;
      this.#link.markReady(this);
    });
  }

  abort(): void {
    if (this.#link.lane.dead || this.#over) return;
    this.#link.sendControl({ kind: 'abort', channel: this.id, bytes: segmentHeaderBytes });
    this.end();
  }

  /** What goes to the kernel next: content as far as the other side has room, then the end of writing. */
  takeSegment(bytesMax: number): Segment | undefined {
    const write = this.#writes[0];
    if (write) {
      const size = Math.min(bytesMax, this.#credit, write.bytes.length - write.sent);
      if (size === 0) return undefined;
      const content = write.bytes.slice(write.sent, write.sent + size);
      write.sent += size;
      this.#credit -= size;
      this.#queuedBytes -= size;
      if (write.sent === write.bytes.length) {
        this.#writes.shift();
        write.settle(true);
      }
      return { kind: 'data', channel: this.id, content, bytes: segmentHeaderBytes + size };
    }
    if (!this.#closing || this.#closeSent) return undefined;
    this.#closeSent = true;
    this.#closing();
    this.#forgetIfOver();
    return { kind: 'close-write', channel: this.id, bytes: segmentHeaderBytes };
  }

  receive(content: Uint8Array): void {
    if (this.#over) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (!reader) {
      this.#chunks.push(content);
      return;
    }
    this.#reportRead(content.length);
    reader(content);
  }

  addCredit(bytes: number): void {
    this.#credit += bytes;
    this.#link.markReady(this);
  }

  remoteClosed(): void {
    this.#readOver = true;
    this.#settleReader();
    this.#forgetIfOver();
  }

  /** Over on both sides, for whatever reason: nothing is read or written any more. Idempotent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#writeOver = true;
    this.#readOver = true;
    this.#chunks = [];
    this.#queuedBytes = 0;
    const writes = this.#writes;
    this.#writes = [];
    for (const write of writes) write.settle(false);
    this.#closing?.();
    this.#settleReader();
    this.#link.forget(this);
  }

  #settleReader(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(undefined);
  }

  /** Gives the other side room for what was read. */
  #reportRead(bytes: number): void {
    this.#unreported += bytes;
    if (this.#unreported < creditStepBytes || this.#readOver || this.#link.over) return;
    const credit = this.#unreported;
    this.#unreported = 0;
    this.#link.sendControl({ kind: 'window', channel: this.id, credit, bytes: segmentHeaderBytes });
  }

  #forgetIfOver(): void {
    if (this.#closeSent && this.#readOver) this.#link.forget(this);
  }
}
