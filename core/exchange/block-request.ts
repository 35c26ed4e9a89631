import type { BufferPool, Result } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId, FolderId } from '../model/index.ts';
import type { CallError, PeerCalls } from '../ports/index.ts';
import type { Chunks, Hereis, PeerReply } from '../protocol/index.ts';
import { chunksLength } from '../protocol/index.ts';
import type { FetchRequest, RequestOutcome } from '../transfer/index.ts';

export interface BlockRequestHost {
  readonly folder: FolderId;
  /** Blocks are put together in its buffers. */
  readonly memory: BufferPool;
  readonly onPiece: (device: DeviceId, name: BlockName, bytes: number) => void;
  /** All bytes of a block came; not verified yet. The buffer is the host's to give back. */
  readonly onBlock: (device: DeviceId, block: BlockRef, bytes: Uint8Array) => void;
  /** The peer sent pieces that cannot belong to the block. */
  readonly onViolation: (device: DeviceId, block: BlockRef) => void;
  readonly onDenied: (device: DeviceId, name: BlockName, word: 'gone' | 'missing') => void;
}

interface Assembly {
  readonly block: BlockRef;
  bytes: Uint8Array | undefined;
  received: number;
  /** Complete, called off, or spoilt: further pieces are dropped. */
  over: boolean;
}

/** One `sendme` under way: puts pieces together to blocks and tells what came of each. */
export class BlockRequest {
  readonly id: number;
  readonly device: DeviceId;
  readonly #host: BlockRequestHost;
  readonly #assemblies: Assembly[];
  readonly #abort = new AbortController();
  #open: number;

  constructor(request: FetchRequest, host: BlockRequestHost) {
    this.id = request.id;
    this.device = request.device;
    this.#host = host;
    this.#assemblies = request.blocks.map((block) => ({ block, bytes: undefined, received: 0, over: false }));
    this.#open = this.#assemblies.length;
  }

  /** Settles when the peer is done or the call has failed; never rejects. */
  async run(calls: PeerCalls): Promise<RequestOutcome> {
    const blocks = this.#assemblies.map(({ block }) => ({ name: block.name, size: block.size }));
    const result = await calls.call(
      'sendme',
      { folder: this.#host.folder, blocks },
      { signal: this.#abort.signal, onPiece: (piece, payload) => this.#take(piece, payload) },
    );
    if (this.#abort.signal.aborted) return 'cancelled';
    if (result.ok) this.#noteDenials(result.value);
    return outcomeOf(result);
  }

  /** A block is not needed any more. When nothing is left of the request, the peer is told. */
  cancel(name: BlockName): void {
    const assembly = this.#assemblies.find(({ block }) => block.name === name);
    if (!assembly || assembly.over) return;
    this.#close(assembly);
    if (this.#open === 0) this.#abort.abort();
  }

  abort(): void {
    for (const assembly of this.#assemblies) if (!assembly.over) this.#close(assembly);
    this.#abort.abort();
  }

  #take({ index, offset }: Hereis, payload: Chunks): void {
    const assembly = this.#assemblies[index];
    if (!assembly || assembly.over || this.#abort.signal.aborted) return;
    // A call that was repeated on a new link starts its pieces over.
    if (offset === 0) assembly.received = 0;
    const { block } = assembly;
    const length = chunksLength(payload);
    if (length === 0 || offset !== assembly.received || offset + length > block.size) {
      this.#close(assembly);
      this.#host.onViolation(this.device, block);
      return;
    }
    const bytes = (assembly.bytes ??= this.#host.memory.take(block.size));
    for (const chunk of payload) {
      this.#host.memory.write(bytes, chunk, assembly.received);
      assembly.received += chunk.length;
    }
    this.#host.onPiece(this.device, block.name, length);
    if (assembly.received < block.size) return;
    assembly.bytes = undefined;
    this.#close(assembly);
    this.#host.onBlock(this.device, block, bytes);
  }

  #noteDenials(reply: PeerReply<'sendme'>): void {
    for (const word of ['gone', 'missing'] as const) {
      for (const index of reply[word]) {
        const assembly = this.#assemblies[index];
        if (!assembly || assembly.over) continue;
        this.#close(assembly);
        this.#host.onDenied(this.device, assembly.block.name, word);
      }
    }
  }

  #close(assembly: Assembly): void {
    assembly.over = true;
    if (assembly.bytes) this.#host.memory.give(assembly.bytes);
    assembly.bytes = undefined;
    this.#open -= 1;
  }
}

function outcomeOf(result: Result<unknown, CallError>): RequestOutcome {
  if (result.ok) return 'done';
  switch (result.error.kind) {
    case 'busy':
      return 'busy';
    case 'refused':
      return result.error.error.kind === 'busy' ? 'busy' : 'failed';
    case 'peer-gone':
    case 'cancelled':
      return 'cancelled';
    case 'timeout':
    case 'outcome-unknown':
      return 'failed';
  }
}
