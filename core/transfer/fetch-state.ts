import type { MonoMs } from '../base/index.ts';
import { assert } from '../base/index.ts';
import type { BlockName, DeviceId } from '../model/index.ts';
import type { Ask, FetchBlock, FetchPeer } from './blocks-and-peers.ts';
import type { FetchShare } from './fetch-budget.ts';
import type { FetchCancel, FetchNote } from './fetch-types.ts';
import { HedgeBudget } from './hedge-budget.ts';

interface OpenRequest {
  readonly peer: FetchPeer;
  readonly asks: Set<Ask>;
}

/** The facts that all parts of the scheduler share, and the few steps by which they change. Every step keeps the counters right. */
export class FetchState {
  readonly blocks = new Map<BlockName, FetchBlock>();
  readonly peers = new Map<DeviceId, FetchPeer>();
  readonly requests = new Map<number, OpenRequest>();
  readonly hedges = new HedgeBudget();
  readonly share: FetchShare;
  /** Blocks with a source that nobody was asked for, and their bytes. */
  unaskedCount = 0;
  unaskedBytes = 0;
  /** Decisions not yet handed out. */
  cancels: FetchCancel[] = [];
  notes: FetchNote[] = [];
  #nextRequest = 1;

  constructor(share: FetchShare) {
    this.share = share;
  }

  openRequest(peer: FetchPeer): number {
    const id = this.#nextRequest++;
    this.requests.set(id, { peer, asks: new Set() });
    peer.requestsOpen += 1;
    return id;
  }

  closeRequest(id: number): OpenRequest | undefined {
    const request = this.requests.get(id);
    if (!request) return undefined;
    this.requests.delete(id);
    request.peer.requestsOpen -= 1;
    return request;
  }

  /** Records that `peer` is asked for `block`; its bytes were taken from the budget before. */
  ask(block: FetchBlock, peer: FetchPeer, request: number, now: MonoMs): void {
    assert(!block.askOf(peer), 'no block is asked twice of one source at once');
    const ask: Ask = {
      block,
      peer,
      request,
      sequence: peer.nextSequence++,
      askedAt: now,
      receivedBytes: 0,
      turnAt: undefined,
      overdue: false,
    };
    if (peer.asks.size === 0) {
      peer.pace.becameBusy(now);
      // One that keeps answering probes and never delivers stands still all along.
      if (peer.barren === 0) peer.heardAt = now;
    }
    block.asks.push(ask);
    peer.asks.set(block.name, ask);
    this.requests.get(request)?.asks.add(ask);
    peer.unreceivedBytes += block.size;
    peer.nextCheckAt = Math.min(peer.nextCheckAt, now + peer.pace.overdueAfterMs(block.size));
    this.recount(block);
  }

  /** Takes an ask back; with `cancel` the peer is told. The caller decides what becomes of the block. */
  dropAsk(ask: Ask, now: MonoMs, cancel: boolean): void {
    const { block, peer } = ask;
    block.asks.splice(block.asks.indexOf(ask), 1);
    peer.asks.delete(block.name);
    this.requests.get(ask.request)?.asks.delete(ask);
    peer.unreceivedBytes -= Math.max(0, block.size - ask.receivedBytes);
    if (peer.asks.size === 0) peer.pace.becameIdle(now);
    this.share.give(peer.device, block.size);
    if (cancel) this.cancels.push({ request: ask.request, device: peer.device, name: block.name });
    this.recount(block);
  }

  /** Offers a block to everyone who may be asked now: in front where it has waited, in line otherwise. */
  offer(block: FetchBlock, line: 'urgent' | 'wanted'): void {
    for (const source of block.sources) {
      if (!block.isAskableOf(source)) continue;
      if (block.isOwed) source.hedges.push(block);
      else source[block.avoid === source ? 'wanted' : line].push(block);
    }
  }

  /** Arrived or no longer wanted: nobody owes it any more. */
  forget(block: FetchBlock, now: MonoMs): void {
    for (const ask of [...block.asks]) this.dropAsk(ask, now, true);
    block.done = true;
    this.blocks.delete(block.name);
    this.recount(block);
  }

  addSource(block: FetchBlock, peer: FetchPeer): boolean {
    if (block.sources.includes(peer)) return false;
    block.sources.push(peer);
    this.recount(block);
    return true;
  }

  removeSource(block: FetchBlock, peer: FetchPeer): void {
    const index = block.sources.indexOf(peer);
    if (index >= 0) block.sources.splice(index, 1);
    this.recount(block);
  }

  /** Takes all of a peer's asks back and offers the blocks to others. */
  dropAsksOf(peer: FetchPeer, now: MonoMs, cancel: boolean): void {
    const blocks = [...peer.asks.values()].map((ask) => {
      this.dropAsk(ask, now, cancel);
      return ask.block;
    });
    for (const block of blocks) this.offer(block, 'urgent');
  }

  recount(block: FetchBlock): void {
    const isUnasked = !block.done && block.asks.length === 0 && block.sources.length > 0;
    if (isUnasked === block.countedUnasked) return;
    block.countedUnasked = isUnasked;
    this.unaskedCount += isUnasked ? 1 : -1;
    this.unaskedBytes += isUnasked ? block.size : -block.size;
  }
}
