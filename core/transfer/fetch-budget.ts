import { assert } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';

/** A bound on what is asked for besides the memory that it takes. Whoever refuses calls {@link FetchBudget.tellRefused} when there is room. */
export interface TakeThrottle {
  /** Counts `bytes` to be asked of `device`, or refuses them for now. */
  tryTake(device: DeviceId, bytes: number): boolean;
}

/**
 * Bytes of blocks that may be in flight or in memory, over all folders and per peer (FET-8). Each folder holds a share. While another
 * share had to go without, a share takes no more than its fair part, so that one busy folder cannot starve the rest.
 */
export class FetchBudget {
  readonly totalMax: number;
  readonly perPeerMax: number;
  #throttle: TakeThrottle | undefined;
  readonly #shares = new Set<FetchShare>();
  readonly #usedByPeer = new Map<DeviceId, number>();
  #used = 0;

  constructor(totalMax: number = limits.blocksInFlightBytesMax, perPeerMax: number = limits.blocksInFlightPerPeerBytesMax) {
    this.totalMax = totalMax;
    this.perPeerMax = perPeerMax;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** At most one; asked after the bounds on memory have allowed the bytes. */
  set throttle(throttle: TakeThrottle) {
    this.#throttle = throttle;
  }

  mayPass(device: DeviceId, bytes: number): boolean {
    return this.#throttle?.tryTake(device, bytes) ?? true;
  }

  usedOf(device: DeviceId): number {
    return this.#usedByPeer.get(device) ?? 0;
  }

  /** A new share. `onFreed` is called once per round in which the share was refused, when bytes came free; it may only take note. */
  share(onFreed: () => void): FetchShare {
    const share = new FetchShare(this, onFreed, (closed) => this.#shares.delete(closed));
    this.#shares.add(share);
    return share;
  }

  /** How many shares may divide the budget now: those that were refused, and `asking`. */
  claimants(asking: FetchShare): number {
    let count = 1;
    for (const share of this.#shares) if (share !== asking && share.refused) count += 1;
    return count;
  }

  add(device: DeviceId | undefined, bytes: number): void {
    this.#used += bytes;
    assert(this.#used >= 0, 'the fetch budget never goes below zero');
    if (device === undefined) return;
    const used = this.usedOf(device) + bytes;
    if (used === 0) this.#usedByPeer.delete(device);
    else this.#usedByPeer.set(device, used);
  }

  tellRefused(): void {
    for (const share of [...this.#shares]) share.freed();
  }
}

/** One folder's part of a {@link FetchBudget}. */
export class FetchShare {
  readonly #budget: FetchBudget;
  readonly #onFreed: () => void;
  readonly #onClose: (share: FetchShare) => void;
  readonly #usedByPeer = new Map<DeviceId, number>();
  #used = 0;
  #held = 0;
  #refused = false;
  #refusedByTotal = false;
  #told = false;

  constructor(budget: FetchBudget, onFreed: () => void, onClose: (share: FetchShare) => void) {
    this.#budget = budget;
    this.#onFreed = onFreed;
    this.#onClose = onClose;
  }

  /** A take was refused since the last {@link beginRound}: this share is waiting for its part. */
  get refused(): boolean {
    return this.#refused;
  }

  /** It was the bound over all peers that refused. */
  get refusedByTotal(): boolean {
    return this.#refusedByTotal;
  }

  /** The owner is about to take what it needs; what was refused before is out of date. */
  beginRound(): void {
    this.#refused = false;
    this.#refusedByTotal = false;
    this.#told = false;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Takes `bytes` for a block asked of `device`; false, and nothing changes, where a bound forbids it. A peer's first block passes its own bound. */
  tryTake(device: DeviceId, bytes: number): boolean {
    const { totalMax, perPeerMax } = this.#budget;
    const claimants = this.#budget.claimants(this);
    const mine = this.#usedByPeer.get(device) ?? 0;
    const usedOfPeer = this.#budget.usedOf(device);
    const fitsPeer = usedOfPeer === 0 || usedOfPeer + bytes <= perPeerMax;
    const fitsTotal = this.#budget.usedBytes === 0 || this.#budget.usedBytes + bytes <= totalMax;
    const isFair = claimants === 1 || mine === 0 || (mine + bytes <= perPeerMax / claimants && this.#used + bytes <= totalMax / claimants);
    if (!fitsPeer || !fitsTotal || !isFair) {
      this.#refused = true;
      if (!fitsTotal) this.#refusedByTotal = true;
      return false;
    }
    if (!this.#budget.mayPass(device, bytes)) {
      this.#refused = true;
      return false;
    }
    this.#change(device, bytes);
    return true;
  }

  give(device: DeviceId, bytes: number): void {
    this.#change(device, -bytes);
    this.#budget.tellRefused();
  }

  /** Counts bytes that are in memory already, on their way to the disk. Never refused. */
  hold(bytes: number): void {
    this.#held += bytes;
    this.#budget.add(undefined, bytes);
  }

  unhold(bytes: number): void {
    this.#held -= bytes;
    this.#budget.add(undefined, -bytes);
    this.#budget.tellRefused();
  }

  /** Gives everything back. */
  close(): void {
    for (const [device, bytes] of this.#usedByPeer) this.#budget.add(device, -bytes);
    this.#usedByPeer.clear();
    this.#used = 0;
    this.#budget.add(undefined, -this.#held);
    this.#held = 0;
    this.#refused = false;
    this.#onClose(this);
    this.#budget.tellRefused();
  }

  freed(): void {
    if (!this.#refused || this.#told) return;
    this.#told = true;
    this.#onFreed();
  }

  #change(device: DeviceId, bytes: number): void {
    const used = (this.#usedByPeer.get(device) ?? 0) + bytes;
    assert(used >= 0, 'a share gives back only what it took');
    if (used === 0) this.#usedByPeer.delete(device);
    else this.#usedByPeer.set(device, used);
    this.#used += bytes;
    this.#budget.add(device, bytes);
  }
}
