import type { MonoMs } from '../../base/index.ts';
import { KIB, assert, monoMs } from '../../base/index.ts';
import type { BlockName, BlockRef, DeviceId } from '../../model/index.ts';
import type { FetchBudget, FetchDecisions, FetchNote, FetchPath, FetchRequest } from '../../transfer/index.ts';
import { FetchScheduler } from '../../transfer/index.ts';

const pieceBytes = 64 * KIB;

/** How a simulated source behaves; may be changed at any time. */
export interface FarmPeer {
  readonly device: DeviceId;
  readonly path: FetchPath;
  readonly latencyMs: number;
  bytesPerMs: number;
  /** Nothing comes from it; its kernel takes everything. */
  hung: boolean;
  /** Answers probes even while nothing else comes. */
  answersProbes: boolean;
}

interface Order {
  readonly request: FetchRequest;
  readonly block: BlockRef;
  receivedBytes: number;
  /** When its next piece comes; undefined until its turn. */
  nextAt: number | undefined;
  readonly askedAt: number;
}

/**
 * Sources with latency, rate and faults around a scheduler: does what it decides, serves blocks in the order asked, one after another,
 * and keeps its own books. Time jumps from event to event.
 */
export class PeerFarm {
  readonly scheduler: FetchScheduler;
  readonly budget: FetchBudget;
  readonly peers = new Map<DeviceId, FarmPeer>();
  readonly notes: FetchNote[] = [];
  /** How often each block was asked, and of whom last. */
  readonly askedCount = new Map<BlockName, number>();
  readonly receivedBytesOf = new Map<DeviceId, number>();
  probes = 0;
  hedgedBytes = 0;
  arrivedBytes = 0;
  longestGapMs = 0;
  now: MonoMs = monoMs(0);
  readonly #orders = new Map<DeviceId, Order[]>();
  readonly #sizes = new Map<BlockName, number>();
  /** Probes that are answered when the peer can. */
  readonly #openProbes = new Set<DeviceId>();
  #wakeAt = Infinity;
  #progressAt = 0;

  constructor(budget: FetchBudget) {
    this.budget = budget;
    this.scheduler = new FetchScheduler(budget.share(() => (this.#wakeAt = this.now)));
  }

  addPeer(device: string, options: Partial<Omit<FarmPeer, 'device'>> = {}): FarmPeer {
    const peer: FarmPeer = {
      device: device as DeviceId,
      path: 'lan',
      latencyMs: 2,
      bytesPerMs: 10 * KIB,
      hung: false,
      answersProbes: !options.hung,
      ...options,
    };
    this.peers.set(peer.device, peer);
    this.#orders.set(peer.device, []);
    this.scheduler.addPeer(peer.device, peer.path, this.now);
    this.#wakeAt = this.now;
    return peer;
  }

  /** The epoch ends; what was on its way is lost. */
  dropPeer(device: DeviceId): void {
    this.peers.delete(device);
    this.#orders.delete(device);
    this.#openProbes.delete(device);
    this.scheduler.removePeer(device, this.now);
    this.#wakeAt = this.now;
  }

  want(refs: readonly BlockRef[], sources: readonly FarmPeer[]): void {
    for (const ref of refs) {
      this.#sizes.set(ref.name, ref.size);
      this.scheduler.want(
        ref,
        sources.map(({ device }) => device),
        this.now,
      );
    }
    this.#progressAt = this.now;
    this.#wakeAt = this.now;
  }

  addSource(refs: readonly BlockRef[], peer: FarmPeer): void {
    for (const { name } of refs) this.scheduler.addSource(name, peer.device, this.now);
    this.#wakeAt = this.now;
  }

  /** Until nothing is wanted; fails after `withinMs`. Returns how long it took. */
  finish(withinMs: number): number {
    const startedAt = this.now;
    this.runUntil(() => this.scheduler.wantedCount === 0, withinMs);
    return this.now - startedAt;
  }

  runFor(ms: number): void {
    const endsAt = this.now + ms;
    while (this.#step(endsAt));
    this.now = monoMs(endsAt);
  }

  runUntil(condition: () => boolean, withinMs: number): void {
    const endsAt = this.now + withinMs;
    while (!condition()) {
      if (!this.#step(endsAt)) throw new Error(`not within ${withinMs} ms: ${this.scheduler.wantedCount} blocks are missing`);
    }
  }

  /** The next event up to `endsAt`; false where there is none. */
  #step(endsAt: number): boolean {
    const at = Math.min(this.#wakeAt, ...[...this.peers.values()].map((peer) => this.#nextOf(peer)));
    if (at > endsAt) return false;
    this.now = monoMs(Math.max(this.now, at));
    for (const peer of this.peers.values()) if (this.#nextOf(peer) <= this.now) this.#serve(peer);
    this.#answerProbes();
    this.#carryOut(this.scheduler.decide(this.now));
    return true;
  }

  /** When the next piece of `peer` comes. */
  #nextOf(peer: FarmPeer): number {
    const [first] = this.#orders.get(peer.device) ?? [];
    if (!first || peer.hung) return Infinity;
    const bytes = Math.min(pieceBytes, first.block.size - first.receivedBytes);
    first.nextAt ??= Math.max(this.now, first.askedAt + 2 * peer.latencyMs) + bytes / peer.bytesPerMs;
    return first.nextAt;
  }

  #serve(peer: FarmPeer): void {
    const orders = this.#orders.get(peer.device) ?? [];
    const [first] = orders;
    if (!first) return;
    const { block, request } = first;
    const bytes = Math.min(pieceBytes, block.size - first.receivedBytes);
    first.receivedBytes += bytes;
    first.nextAt = undefined;
    this.receivedBytesOf.set(peer.device, (this.receivedBytesOf.get(peer.device) ?? 0) + bytes);
    this.longestGapMs = Math.max(this.longestGapMs, this.now - this.#progressAt);
    this.#progressAt = this.now;
    this.scheduler.pieceArrived(peer.device, block.name, bytes, this.now);
    if (first.receivedBytes < block.size) return;
    orders.shift();
    this.arrivedBytes += block.size;
    this.scheduler.blockArrived(peer.device, block.name, 'verified', this.now);
    this.#endIfOver(peer.device, request);
  }

  #endIfOver(device: DeviceId, request: FetchRequest): void {
    if ((this.#orders.get(device) ?? []).some((order) => order.request === request)) return;
    this.scheduler.requestEnded(request.id, 'done', this.now);
  }

  #answerProbes(): void {
    for (const device of this.#openProbes) {
      const peer = this.peers.get(device);
      if (!peer || (peer.hung && !peer.answersProbes)) continue;
      this.#openProbes.delete(device);
      this.scheduler.probeAnswered(device, this.now);
    }
  }

  #carryOut({ requests, cancels, probes, notes, nextWakeMs }: FetchDecisions): void {
    this.notes.push(...notes);
    for (const note of notes) if (note.kind === 'hedged') this.hedgedBytes += this.#sizes.get(note.name) ?? 0;
    for (const { device, name, request } of cancels) this.#cancel(device, name, request);
    for (const request of requests) this.#take(request);
    for (const device of probes) this.#openProbes.add(device);
    this.probes += probes.length;
    this.#checkBudget();
    const probesDue = [...this.#openProbes].some((device) => {
      const peer = this.peers.get(device);
      return peer && (!peer.hung || peer.answersProbes);
    });
    this.#wakeAt = probesDue ? this.now + 1 : this.now + Math.max(nextWakeMs ?? Infinity, 0.001);
  }

  #take(request: FetchRequest): void {
    const orders = this.#orders.get(request.device);
    assert(orders, 'only live peers are asked');
    for (const block of request.blocks) {
      this.askedCount.set(block.name, (this.askedCount.get(block.name) ?? 0) + 1);
      orders.push({ request, block, receivedBytes: 0, nextAt: undefined, askedAt: this.now });
    }
  }

  #cancel(device: DeviceId, name: BlockName, request: number): void {
    const orders = this.#orders.get(device) ?? [];
    const index = orders.findIndex((order) => order.block.name === name && order.request.id === request);
    const [order] = index < 0 ? [] : orders.splice(index, 1);
    if (order) this.#endIfOver(device, order.request);
  }

  /** FET-8, after every decision. */
  #checkBudget(): void {
    const { totalMax, perPeerMax } = this.budget;
    assert(this.budget.usedBytes <= totalMax, 'the memory is bounded in all');
    for (const device of this.peers.keys()) assert(this.budget.usedOf(device) <= perPeerMax, 'the memory is bounded per peer');
  }
}
