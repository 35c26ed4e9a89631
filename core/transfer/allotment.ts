import type { MonoMs } from '../base/index.ts';
import type { BlockRef, DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Ask, FetchBlock, FetchPeer } from './blocks-and-peers.ts';
import type { FetchState } from './fetch-state.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';
import type { FetchRequest } from './fetch-types.ts';

type Line = 'urgent' | 'hedges' | 'wanted';

/** Blocks that a slow peer leaves to faster ones before it stops looking for work of its own. */
const passedOverMax = 8;

/** Gives work to every peer that has room, fastest first, in grouped requests (FET-3, FET-8). */
export function allot(state: FetchState, ranked: readonly FetchPeer[], now: MonoMs): FetchRequest[] {
  const requests: FetchRequest[] = [];
  state.share.beginRound();
  ranked.forEach((peer, rank) => {
    if (peer.isUsable(now)) requests.push(...fill(state, peer, ranked.slice(0, rank), now));
  });
  return requests;
}

/** FET-4: with nothing left to ask, the last blocks are asked of an idle second source where that promises to be sooner. */
export function playEndGame(state: FetchState, ranked: readonly FetchPeer[], now: MonoMs): FetchRequest[] {
  const requests: FetchRequest[] = [];
  if (state.unaskedCount > 0 || state.blocks.size > tuning.endGameBlocks) return requests;
  for (const block of state.blocks.values()) {
    const [ask, second] = block.asks;
    if (!ask || second || ask.receivedBytes > block.size / 2) continue;
    const helper = ranked.find((peer) => peer !== ask.peer && peer.asks.size === 0 && peer.isUsable(now) && block.sources.includes(peer));
    if (!helper || now < helpAt(helper, ask, block)) continue;
    if (!take(state, block, helper, now)) return requests;
    const grouping = new Grouping(state, helper, now);
    grouping.add(block);
    requests.push(...grouping.requests);
  }
  return requests;
}

/** When waiting alone makes a second source worthwhile for one of the last blocks. */
export function nextEndGameAt(state: FetchState, now: MonoMs): number {
  if (state.unaskedCount > 0 || state.blocks.size > tuning.endGameBlocks) return Infinity;
  let at = Infinity;
  for (const block of state.blocks.values()) {
    const [ask, second] = block.asks;
    if (!ask || second) continue;
    for (const helper of block.sources) {
      const helperAt = helper === ask.peer ? Infinity : helpAt(helper, ask, block);
      if (helperAt > now) at = Math.min(at, helperAt);
    }
  }
  return at;
}

/** From when on `helper` is asked too: very soon where it is clearly faster, else when the owner has taken twice the time that it should have needed. */
function helpAt(helper: FetchPeer, ask: Ask, block: FetchBlock): number {
  const isFaster = helper.pace.expectedMs(block.size) * 1.5 < ask.peer.pace.expectedMs(ask.peer.unreceivedBytes);
  return ask.askedAt + tuning.endGameSlackMs + (isFaster ? 0 : 2 * ask.peer.pace.expectedMs(block.size));
}

function fill(state: FetchState, peer: FetchPeer, faster: readonly FetchPeer[], now: MonoMs): FetchRequest[] {
  const grouping = new Grouping(state, peer, now);
  for (const line of linesOf(peer)) {
    const queue = peer[line];
    let passedOver = 0;
    while (grouping.canAdd) {
      const block = queue.peek((each) => each.isAskableOf(peer) && (line === 'hedges' || !each.isOwed));
      if (!block || !peer.hasRoomFor(block.size)) break;
      if (line === 'wanted' && leaveToOthers(state, block, peer, faster, now)) {
        if (passedOver++ === passedOverMax) break;
        queue.shift();
        queue.push(block);
        continue;
      }
      if (!take(state, block, peer, now)) break;
      queue.shift();
      grouping.add(block);
    }
  }
  return grouping.requests;
}

/** Puts the blocks asked of one peer at one time into as few requests as their bounds allow. */
class Grouping {
  readonly requests: { readonly id: number; readonly device: DeviceId; readonly blocks: BlockRef[] }[] = [];
  readonly #state: FetchState;
  readonly #peer: FetchPeer;
  readonly #now: MonoMs;
  #bytes = 0;

  constructor(state: FetchState, peer: FetchPeer, now: MonoMs) {
    this.#state = state;
    this.#peer = peer;
    this.#now = now;
  }

  /** The request under way may be full while no further one may be opened: stop one block early rather than ask for each. */
  get canAdd(): boolean {
    return this.#peer.requestsOpen < tuning.requestsPerPeerMax;
  }

  add(block: FetchBlock): void {
    let request = this.requests.at(-1);
    if (!request || request.blocks.length === limits.blocksPerRequestMax || this.#bytes + block.size > tuning.requestBytesMax) {
      request = { id: this.#state.openRequest(this.#peer), device: this.#peer.device, blocks: [] };
      this.requests.push(request);
      this.#bytes = 0;
    }
    this.#state.ask(block, this.#peer, request.id, this.#now);
    request.blocks.push({ name: block.name, size: block.size });
    this.#bytes += block.size;
  }
}

/** Late blocks need not wait until a refill is worth a request. */
function linesOf(peer: FetchPeer): readonly Line[] {
  return peer.isDrained || peer.asks.size === 0 ? ['urgent', 'hedges', 'wanted'] : ['urgent', 'hedges'];
}

/** Takes the bytes from the budgets; false, and nothing changes, where one is used up. */
function take(state: FetchState, block: FetchBlock, peer: FetchPeer, now: MonoMs): boolean {
  if (!state.share.tryTake(peer.device, block.size)) return false;
  if (!block.isOwed) return true;
  if (!state.hedges.tryHedge(block.size, now)) {
    state.share.give(peer.device, block.size);
    return false;
  }
  state.notes.push({ kind: 'hedged', device: peer.device, name: block.name });
  return true;
}

/**
 * A slower peer leaves a block to a faster one that would have it sooner even after everything else that is wanted; and a peer that
 * once failed to deliver this block leaves it to anyone.
 */
function leaveToOthers(state: FetchState, block: FetchBlock, peer: FetchPeer, faster: readonly FetchPeer[], now: MonoMs): boolean {
  if (block.avoid === peer && block.hasAlternate(peer, now)) return true;
  if (faster.length === 0) return false;
  const mineMs = peer.pace.expectedMs(peer.unreceivedBytes + block.size);
  return faster.some(
    (other) =>
      other.isUsable(now) &&
      !other.onProbation &&
      block.sources.includes(other) &&
      other.pace.expectedMs(other.unreceivedBytes + state.unaskedBytes) < mineMs,
  );
}
