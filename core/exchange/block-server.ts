import type { BufferPool, Result } from '../base/index.ts';
import { Mutex, Semaphore, assert, err, ok } from '../base/index.ts';
import type { BlockRef, DeviceId, RelPath } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { BlockReading, BlockReads, FolderEngine } from '../folder/types.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { PeerReply, PeerRequest, WireError } from '../protocol/index.ts';
import type { DataHandlers, ExchangeContext } from './exchange-types.ts';
import { exchangeTuning as tuning } from './exchange-tuning.ts';
import type { TokenBucket } from './token-bucket.ts';

export interface BlockServerHost {
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly memory: BufferPool;
  readonly upload: TokenBucket | undefined;
  /** A whole block of a file went out. */
  readonly onSent: (device: DeviceId, path: RelPath, bytes: number) => void;
  readonly isExempt: ((device: DeviceId) => boolean) | undefined;
}

/** One device's place in the queue of `sendme`. */
interface Desk {
  /** Calls that read, one of which sends. */
  readonly reading: Semaphore;
  /** Blocks leave in the order in which they were asked: the receiver's deadlines count on it (FET-4). */
  readonly sending: Mutex;
  calls: number;
}

/** Answers for blocks and pages that a known entry of the folder names, and sends them (BLK-5). */
export class BlockServer {
  readonly #host: BlockServerHost;
  readonly #desks = new Map<DeviceId, Desk>();

  constructor(host: BlockServerHost) {
    this.#host = host;
  }

  readonly handlers: Pick<DataHandlers, 'whohas' | 'sendme'> = {
    whohas: (request) => this.#whohas(request),
    sendme: (request, context) => this.#sendme(request, context),
  };

  async #whohas(request: PeerRequest<'whohas'>): Promise<Result<PeerReply<'whohas'>, WireError>> {
    const { journal, engine } = this.#host;
    const answers = await Promise.all(request.blocks.map(async (name) => (await journal.isNamed(name)) && engine.hasBlock(name)));
    return ok({ ihave: answers.flatMap((hasIt, index) => (hasIt ? [index] : [])) });
  }

  async #sendme(request: PeerRequest<'sendme'>, context: ExchangeContext): Promise<Result<PeerReply<'sendme'>, WireError>> {
    const { device } = context.session;
    let desk = this.#desks.get(device);
    if (!desk) this.#desks.set(device, (desk = { reading: new Semaphore(tuning.servingPerDevice), sending: new Mutex(), calls: 0 }));
    if (desk.calls >= tuning.servingQueueMax) return err({ kind: 'busy', text: 'too many requests for blocks' });
    desk.calls += 1;
    try {
      const { sending } = desk;
      return await desk.reading.run(() => this.#serve(request.blocks, context, sending));
    } finally {
      desk.calls -= 1;
      if (desk.calls === 0) this.#desks.delete(device);
    }
  }

  /**
   * Reads ahead while waiting for the turn to send and while sending. A block that no entry names any more is gone, not denied: whoever is
   * still reading older entries knows from our history that we had it, or something newer (JRN-7).
   */
  async #serve(blocks: readonly BlockRef[], context: ExchangeContext, sending: Mutex): Promise<Result<PeerReply<'sendme'>, WireError>> {
    const { engine, memory } = this.#host;
    const ahead = new ReadAhead(blocks, engine.openBlocks(), memory);
    ahead.fill();
    const gone: number[] = [];
    const missing: number[] = [];
    try {
      await sending.run(async () => {
        for (let index = 0; index < blocks.length; index++) {
          if (context.signal.aborted) return;
          const { reading, space } = await ahead.next();
          if (reading.kind !== 'bytes') gone.push(index);
          else if (reading.bytes.length !== blocks[index]?.size) missing.push(index);
          // The link may still hold what it did not send.
          else if (!(await this.#send(index, reading.bytes, context))) return;
          else if (reading.path !== undefined) this.#host.onSent(context.session.device, reading.path, reading.bytes.length);
          memory.give(space);
        }
      });
    } finally {
      await ahead.end();
    }
    return ok({ gone, missing });
  }

  async #send(index: number, bytes: Uint8Array, context: ExchangeContext): Promise<boolean> {
    const { upload, isExempt } = this.#host;
    for (let offset = 0; offset < bytes.length; offset += limits.pieceBytesMax) {
      const piece = bytes.subarray(offset, offset + limits.pieceBytesMax);
      if (upload && isExempt?.(context.session.device) !== true) await upload.take(piece.length, context.signal);
      if (context.signal.aborted || !(await context.piece({ index, offset }, piece))) return false;
    }
    return true;
  }
}

interface StartedRead {
  /** Where the block's bytes come to lie. */
  readonly space: Uint8Array;
  readonly reading: Promise<BlockReading>;
}

/** Keeps a bounded number of reads under way ahead of the one that is taken. */
class ReadAhead {
  readonly #blocks: readonly BlockRef[];
  readonly #reads: BlockReads;
  readonly #memory: BufferPool;
  readonly #started: StartedRead[] = [];
  #next = 0;
  #bytes = 0;

  constructor(blocks: readonly BlockRef[], reads: BlockReads, memory: BufferPool) {
    this.#blocks = blocks;
    this.#reads = reads;
    this.#memory = memory;
  }

  fill(): void {
    for (;;) {
      const block = this.#blocks[this.#next];
      if (!block || this.#started.length >= tuning.readAheadBlocks) return;
      if (this.#started.length > 0 && this.#bytes + block.size > tuning.readAheadBytes) return;
      const space = this.#memory.take(block.size);
      const reading = this.#reads.read(block, space);
      // Nobody may come to take it, when the caller goes away; whoever takes it still sees the failure.
      reading.catch(() => undefined);
      this.#started.push({ space, reading });
      this.#bytes += block.size;
      this.#next += 1;
    }
  }

  /** The next block in order; reads on behind it. Called once per block. The space is the caller's to give back. */
  async next(): Promise<{ readonly reading: BlockReading; readonly space: Uint8Array }> {
    this.fill();
    const first = this.#started[0];
    assert(first, 'no more blocks are taken than were asked for');
    const reading = await first.reading;
    this.#started.shift();
    this.#bytes -= first.space.length;
    this.fill();
    return { reading, space: first.space };
  }

  async end(): Promise<void> {
    await this.#reads.close();
    for (const { space } of this.#started.splice(0)) this.#memory.give(space);
  }
}
