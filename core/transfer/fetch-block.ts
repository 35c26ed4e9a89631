import type { MonoMs } from '../base/index.ts';
import type { BlockName } from '../model/index.ts';
import type { FetchPeer } from './fetch-peer.ts';

/** One block asked of one peer and not yet settled. */
export interface Ask {
  readonly block: FetchBlock;
  readonly peer: FetchPeer;
  readonly request: number;
  /** Place in the order in which this peer was asked. */
  readonly sequence: number;
  readonly askedAt: MonoMs;
  receivedBytes: number;
  /** When its turn came, as known at its first byte. */
  turnAt: number | undefined;
  /** Late; the answer is still welcome. */
  overdue: boolean;
}

/** One wanted block: who has it, who was asked for it. */
export class FetchBlock {
  readonly name: BlockName;
  /** Bytes. */
  readonly size: number;
  /** Live, trusted peers that have it. */
  readonly sources: FetchPeer[] = [];
  readonly asks: Ask[] = [];
  /** Arrived or no longer wanted; queues that still mention it skip it. */
  done = false;
  /** Counted as unasked: has a source and no ask. */
  countedUnasked = false;
  /** Owed it so long that it was asked elsewhere: asked again only if nobody else has it. */
  avoid: FetchPeer | undefined;
  #refusals: { readonly peer: FetchPeer; readonly untilAt: number }[] | undefined;

  constructor(name: BlockName, size: number) {
    this.name = name;
    this.size = size;
  }

  askOf(peer: FetchPeer): Ask | undefined {
    return this.asks.find((ask) => ask.peer === peer);
  }

  /** Until `untilAt` nobody's word makes `peer` a source of this block again. */
  refuse(peer: FetchPeer, untilAt: number): void {
    this.#refusals = [...(this.#refusals ?? []).filter((refusal) => refusal.peer !== peer), { peer, untilAt }];
  }

  isRefused(peer: FetchPeer, now: MonoMs): boolean {
    return this.#refusals?.some((refusal) => refusal.peer === peer && refusal.untilAt > now) ?? false;
  }

  /**
   * Whether `peer` may be asked for it now: it has the block, does not owe it already, and everyone who owes it is late or suspect.
   * A block of which all bytes came and are being verified is nobody's to ask.
   */
  isAskableOf(peer: FetchPeer): boolean {
    if (this.done || !this.sources.includes(peer)) return false;
    for (const ask of this.asks)
      if (ask.peer === peer || ask.receivedBytes >= this.size || !(ask.overdue || ask.peer.owesFreely)) return false;
    return true;
  }

  /** Whether asking one more peer would be a hedge: someone who is not suspect still owes it (FET-4). */
  get isOwed(): boolean {
    return this.asks.some((ask) => !ask.peer.owesFreely);
  }

  /** A source that could take over from `owner`. */
  hasAlternate(owner: FetchPeer, now: MonoMs): boolean {
    return this.sources.some((source) => source !== owner && source.isUsable(now) && !this.askOf(source));
  }
}

/** Blocks in the order in which they are to be asked. Lazy: whoever takes one checks whether it is still to be had. */
export class BlockQueue {
  #items: FetchBlock[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head >= this.#items.length;
  }

  push(block: FetchBlock): void {
    this.#items.push(block);
    if (this.#items.length - this.#head > this.#compactAt) this.#compact();
  }

  /** The first block that `isValid`; those before it are dropped for good. */
  peek(isValid: (block: FetchBlock) => boolean): FetchBlock | undefined {
    for (; this.#head < this.#items.length; this.#head++) {
      const block = this.#items[this.#head];
      if (block && isValid(block)) return block;
    }
    this.#items = [];
    this.#head = 0;
    return undefined;
  }

  shift(): void {
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  #compactAt = 1024;

  /** A queue that nobody takes from (a suspect peer's) must not grow with every change of mind. */
  #compact(): void {
    this.#items = [...new Set(this.#items.slice(this.#head))].filter((block) => !block.done);
    this.#head = 0;
    this.#compactAt = Math.max(1024, this.#items.length * 2);
  }
}
