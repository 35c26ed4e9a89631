import type { MonoMs } from '../base/index.ts';
import type { BlockName, DeviceId } from '../model/index.ts';
import { fetchTuning as tuning } from './fetch-tuning.ts';
import type { FetchPath } from './fetch-types.ts';
import { LazyQueue } from './lazy-queue.ts';
import { PeerPace } from './peer-pace.ts';
import { TurnSteps } from './turn-steps.ts';

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

/** Why and since when a peer gets no new work (FET-5). */
export interface Suspicion {
  /** From then on what it owes may be asked elsewhere without counting as a hedge. */
  readonly freeAt: number;
  probeAt: number;
  probing: boolean;
}

/** One live peer in one epoch: what it was asked, how it does, how far it is trusted. */
export class FetchPeer {
  readonly device: DeviceId;
  readonly path: FetchPath;
  readonly pace: PeerPace;
  readonly asks = new Map<BlockName, Ask>();
  readonly turns = new TurnSteps();
  /** To be asked first: blocks that were late elsewhere or lost their source. */
  readonly urgent = new LazyQueue<FetchBlock>();
  /** Late at a peer that is not suspect: each costs hedge budget. */
  readonly hedges = new LazyQueue<FetchBlock>();
  readonly wanted = new LazyQueue<FetchBlock>();
  /** Bytes asked and not yet received. */
  unreceivedBytes = 0;
  requestsOpen = 0;
  nextSequence = 0;
  overdueInRow = 0;
  /** The session's word (SES-5). */
  sessionSuspect = false;
  suspicion: Suspicion | undefined;
  /** What it owes has been handed to the others. */
  owesFreely = false;
  /** It was said that it is left to others, and it has delivered nothing since. */
  isLeft = false;
  /** Suspicions in a row during which not one byte came. */
  barren = 0;
  bytesSinceSuspicion = true;
  /** When bytes came last, or when something was asked of it while it owed nothing. */
  heardAt = 0;
  /** Restored after a barren suspicion: gets one block at a time until it delivers. */
  onProbation = false;
  untrusted = false;
  corrupt = 0;
  denied = 0;
  failuresInRow = 0;
  /** No new work before, after failed requests. */
  resumesAt = -Infinity;
  /** No ask of this peer is overdue before: a lower bound, cheap to keep. */
  nextCheckAt = Infinity;

  constructor(device: DeviceId, path: FetchPath) {
    this.device = device;
    this.path = path;
    this.pace = new PeerPace(path);
  }

  get isSuspect(): boolean {
    return this.sessionSuspect || this.suspicion !== undefined;
  }

  isUsable(now: MonoMs): boolean {
    return !this.untrusted && !this.isSuspect && now >= this.resumesAt;
  }

  /** FET-7: how long nothing has come from it although something should; undefined where nothing is wrong. */
  standsStillMs(now: MonoMs): number | undefined {
    const silentMs = now - this.heardAt;
    if (this.untrusted) return silentMs;
    return (this.asks.size > 0 || this.isSuspect) && silentMs >= tuning.standstillMs ? silentMs : undefined;
  }

  /** The instant from which `ask` is counted: its request, or the last byte of what was asked before it (FET-4). */
  turnOf(ask: Ask): number {
    return Math.max(ask.askedAt, this.turns.before(ask.sequence));
  }

  /** FET-8: whether one more block of `size` may be on its way from this peer. Never less than one block. */
  hasRoomFor(size: number): boolean {
    if (this.asks.size === 0) return true;
    return !this.onProbation && this.unreceivedBytes + size <= this.pace.windowBytes;
  }

  /** Whether filling up is worth a request: small refills would make small requests. */
  get isDrained(): boolean {
    const window = this.pace.windowBytes;
    return this.unreceivedBytes <= window - Math.min(tuning.requestBytesMax, window / 4);
  }

  /** Order of asking: nearer first, then faster (FET-3). */
  ranksBefore(other: FetchPeer): number {
    return pathRank[this.path] - pathRank[other.path] || other.pace.bytesPerMs - this.pace.bytesPerMs;
  }
}

const pathRank: Readonly<Record<FetchPath, number>> = { lan: 0, wan: 1, relay: 2 };
