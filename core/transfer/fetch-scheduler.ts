import type { MonoMs } from '../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';
import { allot, nextEndGameAt, playEndGame } from './allotment.ts';
import type { Ask } from './blocks-and-peers.ts';
import { FetchBlock, FetchPeer } from './blocks-and-peers.ts';
import type { FetchShare } from './fetch-budget.ts';
import { FetchState } from './fetch-state.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';
import type { FetchBlockState, FetchDecisions, FetchPath, FetchPeerStatus, RequestOutcome } from './fetch-types.ts';
import { handOverDebts, nextLatenessAt, noticeLateness, restore } from './lateness.ts';

/**
 * Decides who is asked for which block of one folder, when an answer is overdue and when a second source is asked (FET-1 to FET-8).
 *
 * Events record facts; {@link decide} alone decides, from all facts at once, and hands its decisions out as data. Pure: no I/O, no
 * clock, no chance; equal events give equal decisions. Every event is to be followed by a `decide`, many events may share one.
 * Instants are of one monotonic clock; {@link stalled} takes time out of it that nobody can be blamed for.
 *
 * A block of several downloads is one block here: the first {@link want} makes it, {@link unwant} or its arrival ends it.
 */
export class FetchScheduler {
  readonly #state: FetchState;
  #ranked: FetchPeer[] = [];
  #rankedAt = -Infinity;
  #moreComing = false;
  #stalledMs = 0;

  /** `share` bounds the memory (FET-8); its `onFreed` should lead to a `decide`. */
  constructor(share: FetchShare) {
    this.#state = new FetchState(share);
  }

  /** Blocks wanted and not yet arrived. */
  get wantedCount(): number {
    return this.#state.blocks.size;
  }

  /** A peer has come up, or has come up anew: what was known of its last epoch is forgotten. */
  addPeer(device: DeviceId, path: FetchPath, now: MonoMs): void {
    this.removePeer(device, now);
    this.#state.peers.set(device, new FetchPeer(device, path));
    this.#rankedAt = -Infinity;
  }

  /** The epoch has ended: the peer leaves every block at once (SES-2). */
  removePeer(device: DeviceId, now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (!peer) return;
    this.#state.peers.delete(device);
    this.#rankedAt = -Infinity;
    this.#expel(peer, this.#at(now), false);
    for (const [id, request] of this.#state.requests) if (request.peer === peer) this.#state.closeRequest(id);
  }

  /** The session's word on a peer that is silent although something is outstanding (SES-5): no new work, and what it owes is asked elsewhere. */
  setPeerSuspect(device: DeviceId, suspect: boolean, now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (!peer || peer.sessionSuspect === suspect) return;
    peer.sessionSuspect = suspect;
    if (suspect) handOverDebts(this.#state, peer);
    else restore(this.#state, peer, this.#at(now));
  }

  /** A round trip of a small message, in ms. */
  latencyMeasured(device: DeviceId, ms: number): void {
    this.#state.peers.get(device)?.pace.latencyMeasured(ms);
  }

  /** A block is wanted. Wanting it again only adds sources. Unknown devices among `sources` are ignored. */
  want(block: BlockRef, sources: Iterable<DeviceId>, now: MonoMs): void {
    let known = this.#state.blocks.get(block.name);
    if (!known) this.#state.blocks.set(block.name, (known = new FetchBlock(block.name, block.size)));
    for (const device of sources) this.#addSource(known, device, this.#at(now));
  }

  /** Nobody wants the block any more. */
  unwant(name: BlockName, now: MonoMs): void {
    const block = this.#state.blocks.get(name);
    if (block) this.#state.forget(block, this.#at(now));
  }

  /** `device` is known to have a wanted block; late `ihave`s too (FET-2). Ignored shortly after it denied the block, and for good after it sent it corrupt. */
  addSource(name: BlockName, device: DeviceId, now: MonoMs): void {
    const block = this.#state.blocks.get(name);
    if (block) this.#addSource(block, device, this.#at(now));
  }

  /** `bytes` more of a block came. */
  pieceArrived(device: DeviceId, name: BlockName, bytes: number, now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (!peer) return;
    const at = this.#at(now);
    peer.bytesSinceSuspicion = true;
    peer.failuresInRow = 0;
    peer.heardAt = at;
    peer.pace.bytesArrived(bytes, at);
    const ask = peer.asks.get(name);
    if (!ask) return;
    ask.turnAt ??= peer.turnOf(ask);
    const accepted = Math.min(bytes, ask.block.size - ask.receivedBytes);
    ask.receivedBytes += accepted;
    peer.unreceivedBytes -= accepted;
    const [oldest] = peer.asks.values();
    peer.turns.bytesCame(ask.sequence, at, oldest?.sequence ?? ask.sequence);
    if (ask.receivedBytes === ask.block.size) peer.pace.served(ask.block.size, at - ask.turnAt);
  }

  /** A whole block came and was verified, or its hash was wrong (FET-6). The first good one settles the block, whoever sent it. */
  blockArrived(device: DeviceId, name: BlockName, verdict: 'verified' | 'corrupt', now: MonoMs): void {
    const at = this.#at(now);
    const peer = this.#state.peers.get(device);
    const block = this.#state.blocks.get(name);
    const ask = peer?.asks.get(name);
    if (verdict === 'corrupt') {
      if (peer) this.#chargeCorrupt(peer, block, ask, at);
      return;
    }
    if (block) this.#state.hedges.cameIn(block.size, at);
    if (ask) this.#state.dropAsk(ask, at, false);
    if (block) this.#state.forget(block, at);
    if (!peer) return;
    peer.denied = Math.max(0, peer.denied - 0.5);
    peer.barren = 0;
    peer.onProbation = false;
    peer.overdueInRow = 0;
    if (peer.suspicion) restore(this.#state, peer, at);
    if (peer.isLeft) this.#state.notes.push({ kind: 'back', device: peer.device });
    peer.isLeft = false;
  }

  /** The peer cannot send the block: `gone` is free of charge, `missing` is a denial of what it was said to have (FET-6). */
  denied(device: DeviceId, name: BlockName, word: 'gone' | 'missing', now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (!peer) return;
    const at = this.#at(now);
    const block = this.#state.blocks.get(name);
    if (block) this.#withdraw(peer, block, at, at + tuning.denialMs);
    if (word === 'gone') return;
    peer.denied += 1;
    this.#judge(peer, at);
  }

  /** A request is over; what it left open goes back to the queue. Arrivals and denials are to be told before. */
  requestEnded(id: number, outcome: RequestOutcome, now: MonoMs): void {
    const at = this.#at(now);
    const request = this.#state.closeRequest(id);
    if (!request) return;
    const { peer } = request;
    for (const ask of [...request.asks]) {
      if (ask.receivedBytes >= ask.block.size) continue;
      if (outcome === 'done') {
        this.denied(peer.device, ask.block.name, 'missing', now);
        continue;
      }
      this.#state.dropAsk(ask, at, false);
      this.#state.offer(ask.block, 'urgent');
    }
    if (outcome === 'busy') peer.resumesAt = at + tuning.busyPauseMs;
    if (outcome !== 'failed') return;
    peer.resumesAt = at + Math.min(tuning.failurePauseMsMax, tuning.failurePauseMs * 2 ** Math.min(peer.failuresInRow, 10));
    peer.failuresInRow += 1;
  }

  /** The probe of a suspect peer was answered: one is enough (FET-5). */
  probeAnswered(device: DeviceId, now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (peer?.suspicion) restore(this.#state, peer, this.#at(now));
  }

  /** The probe failed other than by the end of the epoch: another one follows after a pause. */
  probeFailed(device: DeviceId, now: MonoMs): void {
    const suspicion = this.#state.peers.get(device)?.suspicion;
    if (!suspicion) return;
    suspicion.probing = false;
    suspicion.probeAt = this.#at(now) + tuning.probeBackoffMs;
  }

  /** This host did not run for `ms` (asleep, or its event loop was busy): no deadline counts that time. */
  stalled(ms: number): void {
    this.#stalledMs += ms;
  }

  /** Whether blocks that were not wanted yet will follow soon; the end game waits for the end of the whole queue. */
  setMoreComing(moreComing: boolean): void {
    this.#moreComing = moreComing;
  }

  decide(now: MonoMs): FetchDecisions {
    const at = this.#at(now);
    const state = this.#state;
    const probes = noticeLateness(state, at);
    this.#rank(at);
    const requests = allot(state, this.#ranked, at);
    const isShort = state.share.refusedByTotal || state.share.othersGoWithout;
    if (isShort && this.#freeFromSuspects(at)) requests.push(...allot(state, this.#ranked, at));
    if (!this.#moreComing) requests.push(...playEndGame(state, this.#ranked, at));
    const { cancels, notes } = state;
    state.cancels = [];
    state.notes = [];
    return { requests, cancels, probes, notes, nextWakeMs: this.#nextWakeMs(at) };
  }

  stateOf(name: BlockName): FetchBlockState | undefined {
    const block = this.#state.blocks.get(name);
    if (!block) return undefined;
    if (block.asks.length > 0) return block.asks.every((ask) => ask.overdue) ? 'overdue' : 'asked';
    return block.sources.length > 0 ? 'wanted' : 'waiting';
  }

  /** Who owes the block now, in the order of asking. */
  asksOf(name: BlockName): readonly { readonly device: DeviceId; readonly overdue: boolean }[] {
    return this.#state.blocks.get(name)?.asks.map(({ peer, overdue }) => ({ device: peer.device, overdue })) ?? [];
  }

  /** Wanted blocks that nobody live and trusted is known to have (FET-7). */
  waiting(): BlockName[] {
    return [...this.#state.blocks.values()]
      .filter((block) => block.asks.length === 0 && block.sources.length === 0)
      .map((block) => block.name);
  }

  /** How long nothing has come from `device` although something should (FET-7); undefined where nothing is wrong. */
  standsStillMs(device: DeviceId, now: MonoMs): number | undefined {
    return this.#state.peers.get(device)?.standsStillMs(this.#at(now));
  }

  peers(now: MonoMs): FetchPeerStatus[] {
    const at = this.#at(now);
    return [...this.#state.peers.values()].map((peer) => ({
      device: peer.device,
      path: peer.path,
      bytesPerSecond: peer.pace.bytesPerMs * 1000,
      latencyMs: peer.pace.latencyMs,
      blocksInFlight: peer.asks.size,
      bytesInFlight: peer.unreceivedBytes,
      overdue: [...peer.asks.values()].filter((ask) => ask.overdue).length,
      suspect: peer.isSuspect,
      untrusted: peer.untrusted,
      standsStillMs: peer.standsStillMs(at),
    }));
  }

  #at(now: MonoMs): MonoMs {
    return (now - this.#stalledMs) as MonoMs;
  }

  #addSource(block: FetchBlock, device: DeviceId, now: MonoMs): void {
    const peer = this.#state.peers.get(device);
    if (!peer || peer.untrusted || block.isRefused(peer, now) || !this.#state.addSource(block, peer)) return;
    if (block.isAskableOf(peer)) peer[block.isOwed ? 'hedges' : 'wanted'].push(block);
    // An alternate now exists: the bound on the whole wait begins to hold for whoever owes the block.
    for (const ask of block.asks) ask.peer.nextCheckAt = Math.min(ask.peer.nextCheckAt, ask.askedAt + tuning.overdueTotalMsMax);
  }

  #chargeCorrupt(peer: FetchPeer, block: FetchBlock | undefined, ask: Ask | undefined, now: MonoMs): void {
    peer.corrupt += 1;
    if (block) this.#withdraw(peer, block, now, Infinity);
    else if (ask) this.#state.dropAsk(ask, now, false);
    this.#judge(peer, now);
  }

  /** `peer` no longer counts as a source of `block`, and nobody's word changes that before `untilAt`. */
  #withdraw(peer: FetchPeer, block: FetchBlock, now: MonoMs, untilAt: number): void {
    const ask = block.askOf(peer);
    if (ask) this.#state.dropAsk(ask, now, false);
    block.refuse(peer, untilAt);
    this.#state.removeSource(block, peer);
    this.#state.offer(block, 'urgent');
  }

  #judge(peer: FetchPeer, now: MonoMs): void {
    if (peer.untrusted || peer.corrupt + tuning.denialWeight * peer.denied < tuning.corruptMax) return;
    peer.untrusted = true;
    this.#state.notes.push({ kind: 'untrusted', device: peer.device });
    this.#expel(peer, now, true);
  }

  #expel(peer: FetchPeer, now: MonoMs, cancel: boolean): void {
    for (const block of this.#state.blocks.values()) this.#state.removeSource(block, peer);
    this.#state.dropAsksOf(peer, now, cancel);
  }

  /** The memory is promised away to peers that are silent: what they owe is called off, so that others can use it (FET-8). */
  #freeFromSuspects(now: MonoMs): boolean {
    let freed = false;
    for (const peer of this.#state.peers.values()) {
      if (!peer.owesFreely || peer.asks.size === 0) continue;
      this.#state.dropAsksOf(peer, now, true);
      freed = true;
    }
    return freed;
  }

  #rank(now: MonoMs): void {
    if (now - this.#rankedAt < tuning.rankingMs) return;
    this.#rankedAt = now;
    this.#ranked = [...this.#state.peers.values()].sort((a, b) => a.ranksBefore(b));
  }

  #nextWakeMs(now: MonoMs): number | undefined {
    let at = nextLatenessAt(this.#state);
    if (!this.#moreComing) at = Math.min(at, nextEndGameAt(this.#state, now));
    for (const peer of this.#state.peers.values()) if (peer.resumesAt > now) at = Math.min(at, peer.resumesAt);
    return at === Infinity ? undefined : Math.max(0, at - now);
  }
}
