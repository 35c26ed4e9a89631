import { assert } from '../base/index.ts';
import type { Floor, HaveMark } from '../model/index.ts';

/** A gap-free run of batches of one journal. Empty while `end` is `first - 1`. */
export interface Chain {
  readonly first: number;
  readonly end: number;
  /** SHA-256 of the batch that ends at `end`; empty for an empty chain. */
  readonly endHash: string;
  /** The hash that the batch at `first` says the batch before it has; known once that batch is held. */
  readonly beforeHash: string;
  /** The floor that the chain starts at; undefined for one that starts at 1. */
  readonly floor: Floor | undefined;
}

/**
 * What a device holds of one journal (JRN-2): the main chain, which starts at 1 or at a floor that it satisfies, and newer chains that
 * start at floors that they do not satisfy yet. A floor is satisfied by a chain that has everything from it to its `atSequence`.
 */
export interface Chains {
  readonly main: Chain;
  /** By rising `first`, with gaps between. */
  readonly pending: readonly Chain[];
  /** The newest floor known that lies within or behind a chain and is not satisfied. */
  readonly awaited: Floor | undefined;
}

/** A range of sequence numbers whose batches are to be deleted. */
export interface DropRange {
  readonly from: number;
  readonly before: number;
}

/** Chains at unsatisfied floors that are kept at once. More means that the author compacts faster than anything reaches us. */
export const pendingChainsMax = 8;

export const emptyChain: Chain = { first: 1, end: 0, endHash: '', beforeHash: '', floor: undefined };
export const noChains: Chains = { main: emptyChain, pending: [], awaited: undefined };

export function isEmptyChain(chain: Chain): boolean {
  return chain.end < chain.first;
}

/** Everything that is held, main first. */
export function allChains(chains: Chains): readonly Chain[] {
  return [chains.main, ...chains.pending];
}

export type BatchPlace =
  | { readonly kind: 'append'; readonly chain: Chain }
  /** Already held, or below a floor. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'gap' }
  /** Its author's journal has forked: it cannot belong to the same chain as what is held. */
  | { readonly kind: 'broken' };

/** Where a batch from `first` to `last` with hash `hash` belongs; `previousHash` is what it says of the batch before. */
export function placeBatch(chains: Chains, first: number, last: number, previousHash: string, hash: string): BatchPlace {
  const all = allChains(chains);
  if (last < chains.main.first) return { kind: 'duplicate' };
  for (const [index, chain] of all.entries()) {
    if (first > chain.end + 1 || last < chain.first) continue;
    if (first >= chain.first && last <= chain.end) return { kind: 'duplicate' };
    const next = all[index + 1];
    return first === chain.end + 1 && followsOn(chain, previousHash) && leadsTo(next, last, hash)
      ? { kind: 'append', chain }
      : { kind: 'broken' };
  }
  return { kind: 'gap' };
}

function followsOn(chain: Chain, previousHash: string): boolean {
  if (!isEmptyChain(chain)) return previousHash === chain.endHash;
  return chain.floor !== undefined || previousHash === '';
}

function leadsTo(next: Chain | undefined, last: number, hash: string): boolean {
  if (!next || last + 1 < next.first) return true;
  return last + 1 === next.first && (isEmptyChain(next) || next.beforeHash === hash);
}

/** `chains` with a batch appended to `chain`, one of theirs. To be settled. */
export function appendBatch(chains: Chains, chain: Chain, last: number, previousHash: string, hash: string): Chains {
  const beforeHash = isEmptyChain(chain) ? previousHash : chain.beforeHash;
  const longer: Chain = { ...chain, end: last, endHash: hash, beforeHash };
  if (chain === chains.main) return { ...chains, main: longer };
  assert(chains.pending.includes(chain), 'a batch is appended to a chain that exists');
  return { ...chains, pending: chains.pending.map((each) => (each === chain ? longer : each)) };
}

export type FloorPlace =
  /** Nothing new. */
  | { readonly kind: 'known' }
  /** It lies in a chain that is held: `boundary` must be the first of a batch there, or the chain's end + 1. */
  | { readonly kind: 'inside'; readonly chain: Chain }
  /** A new chain begins there. */
  | { readonly kind: 'start' };

export function placeFloor(chains: Chains, floor: Floor): FloorPlace {
  if (floor.firstSequence <= chains.main.first) return { kind: 'known' };
  for (const chain of allChains(chains)) {
    if (chain !== chains.main && chain.first === floor.firstSequence) return { kind: 'known' };
    if (floor.firstSequence >= chain.first && floor.firstSequence <= chain.end + 1) return { kind: 'inside', chain };
  }
  return { kind: 'start' };
}

/** `chains` with a floor that lies inside one of them. To be settled. */
export function awaitFloor(chains: Chains, floor: Floor): Chains {
  return { ...chains, awaited: newerFloor(chains.awaited, floor) };
}

/** `chains` with a new chain that begins at `floor`; chains that are still empty or too many give way. To be settled. */
export function startChain(chains: Chains, floor: Floor): { readonly chains: Chains; readonly drops: readonly DropRange[] } {
  const started: Chain = { first: floor.firstSequence, end: floor.firstSequence - 1, endHash: '', beforeHash: '', floor };
  let awaited = chains.awaited;
  for (const chain of chains.pending) if (isEmptyChain(chain)) awaited = newerFloor(awaited, chain.floor);
  const kept = [...chains.pending.filter((chain) => !isEmptyChain(chain)), started].sort((a, b) => a.first - b.first);
  const surplus = kept.slice(0, Math.max(0, kept.length - pendingChainsMax));
  return {
    chains: { ...chains, pending: kept.slice(surplus.length), awaited },
    drops: surplus.map((chain) => ({ from: chain.first, before: chain.end + 1 })),
  };
}

/**
 * Joins chains that touch, and drops what lies below a satisfied floor; `drops` are the batches that are not needed any more. Before a
 * floor is satisfied nothing is dropped: what is above it may never arrive.
 */
export function settleChains(chains: Chains): { readonly chains: Chains; readonly drops: readonly DropRange[] } {
  const joined = joinTouching(chains);
  const floors = [joined.awaited, ...joined.pending.map((chain) => chain.floor)].filter((floor) => floor !== undefined);
  floors.sort((a, b) => b.firstSequence - a.firstSequence);
  for (const floor of floors) {
    const satisfied = allChains(joined).find(
      (chain) => chain.first <= floor.firstSequence && chain.end >= floor.atSequence && chain.end >= floor.firstSequence,
    );
    if (satisfied) return { chains: raiseTo(joined, satisfied, floor), drops: [{ from: 1, before: floor.firstSequence }] };
  }
  return { chains: joined, drops: [] };
}

function raiseTo(chains: Chains, chain: Chain, floor: Floor): Chains {
  const isAhead = chains.awaited !== undefined && chains.awaited.firstSequence > floor.firstSequence;
  return {
    main: { ...chain, first: floor.firstSequence, beforeHash: '', floor },
    pending: chains.pending.filter((each) => each.first > chain.first),
    awaited: isAhead ? chains.awaited : undefined,
  };
}

function joinTouching(chains: Chains): Chains {
  const [next, ...others] = chains.pending;
  if (next && chains.main.end + 1 === next.first) {
    const main: Chain = isEmptyChain(next) ? chains.main : { ...chains.main, end: next.end, endHash: next.endHash };
    return joinTouching({ main, pending: others, awaited: newerFloor(chains.awaited, next.floor) });
  }
  for (const [index, chain] of chains.pending.entries()) {
    const after = chains.pending[index + 1];
    if (!after || chain.end + 1 !== after.first) continue;
    const longer: Chain = isEmptyChain(after) ? chain : { ...chain, end: after.end, endHash: after.endHash };
    const pending = chains.pending.toSpliced(index, 2, longer);
    return joinTouching({ ...chains, pending, awaited: newerFloor(chains.awaited, after.floor) });
  }
  return chains;
}

function newerFloor(a: Floor | undefined, b: Floor | undefined): Floor | undefined {
  if (!a || !b) return a ?? b;
  return b.firstSequence > a.firstSequence ? b : a;
}

export function newestFloor(chains: Chains): Floor | undefined {
  return allChains(chains).reduce((newest, chain) => newerFloor(newest, chain.floor), chains.awaited);
}

/** What a device tells others that it holds: of several waiting chains the farthest, which makes the others needless once it is whole. */
export function markOf(chains: Chains): HaveMark {
  const pending = chains.pending.findLast((chain) => !isEmptyChain(chain));
  const floor = newestFloor(chains);
  return {
    end: chains.main.end,
    endHash: chains.main.endHash,
    ...(pending ? { pending: { firstSequence: pending.first, end: pending.end } } : {}),
    ...(floor ? { floor: floor.firstSequence } : {}),
  };
}

/** What to send to someone: a floor first or not, then the batches from `from` to `to` (none where `to` < `from`). */
export interface SendPlan {
  readonly floor: Floor | undefined;
  readonly from: number;
  readonly to: number;
}

/** What a device with `mark` can use of `chains`, its oldest need first; undefined: nothing. */
export function planSending(chains: Chains, mark: HaveMark | undefined): SendPlan | undefined {
  const held = allChains(chains).filter((chain) => !isEmptyChain(chain));
  const end = mark?.end ?? 0;
  const pending = mark?.pending;
  for (const theirEnd of pending ? [end, pending.end] : [end]) {
    const chain = held.find((each) => each.first <= theirEnd + 1 && theirEnd + 1 <= each.end);
    if (!chain) continue;
    // What they hold beyond is joined as soon as the gap is closed.
    const isGap =
      pending !== undefined &&
      theirEnd + 1 < pending.firstSequence &&
      pending.firstSequence <= chain.end &&
      pending.end >= pending.firstSequence;
    return { floor: undefined, from: theirEnd + 1, to: isGap ? pending.firstSequence - 1 : chain.end };
  }
  const farthest = Math.max(end, pending?.end ?? 0);
  const ahead = held.find((chain) => chain.floor !== undefined && chain.first > end + 1 && chain.end > farthest);
  if (ahead) return { floor: ahead.floor, from: ahead.first, to: ahead.end };
  const floor = newestFloor(chains);
  if (!floor || floor.firstSequence <= (mark?.floor ?? 0)) return undefined;
  const isInside =
    floor.firstSequence <= end + 1 ||
    (pending !== undefined && floor.firstSequence >= pending.firstSequence && floor.firstSequence <= pending.end + 1);
  return isInside ? { floor, from: 1, to: 0 } : undefined;
}
