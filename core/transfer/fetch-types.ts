import type { BlockName, BlockRef, DeviceId } from '../model/index.ts';

/** Where a link runs, nearest first: what is asked of a LAN peer need not cross a WAN (FET-3). */
export type FetchPath = 'lan' | 'wan' | 'relay';

/** Blocks to ask of one peer in one `sendme`, in this order. */
export interface FetchRequest {
  /** Names the request in every later event; never reused by one scheduler. */
  readonly id: number;
  readonly device: DeviceId;
  readonly blocks: readonly BlockRef[];
}

/** A block of a request that is no longer needed from that device. A request of which nothing is left may be called off. */
export interface FetchCancel {
  readonly request: number;
  readonly device: DeviceId;
  readonly name: BlockName;
}

/** What happened, for counters and logs; nothing has to be done about it. */
export type FetchNote =
  | { readonly kind: 'overdue'; readonly device: DeviceId; readonly name: BlockName }
  /** Asked of `device` although someone else still owes it; counts against the hedge budget. */
  | { readonly kind: 'hedged'; readonly device: DeviceId; readonly name: BlockName }
  | { readonly kind: 'suspect'; readonly device: DeviceId }
  | { readonly kind: 'restored'; readonly device: DeviceId }
  /** It did not answer the probe in time, or answers probes and does not deliver: what it owes is asked of others. Said once until `back`. */
  | { readonly kind: 'left'; readonly device: DeviceId }
  /** It delivers again. */
  | { readonly kind: 'back'; readonly device: DeviceId }
  | { readonly kind: 'untrusted'; readonly device: DeviceId };

/** Everything that is to be done now. */
export interface FetchDecisions {
  readonly requests: readonly FetchRequest[];
  readonly cancels: readonly FetchCancel[];
  /** Devices to send one `probe` to; its fate comes back as `probeAnswered` or `probeFailed`. */
  readonly probes: readonly DeviceId[];
  readonly notes: readonly FetchNote[];
  /** Ms until time alone can change a decision; undefined: only an event can. */
  readonly nextWakeMs: number | undefined;
}

/** Where a wanted block stands (FET-1); blocks that arrived are forgotten. `waiting`: nobody live and trusted is known to have it. */
export type FetchBlockState = 'waiting' | 'wanted' | 'asked' | 'overdue';

/** How a request ended for the side that made it. */
export type RequestOutcome =
  /** The peer's reply came; what it left out without a word counts as denied. */
  | 'done'
  /** The peer answered with an error or not in time. */
  | 'failed'
  /** It could not be sent just now; not the peer's fault. */
  | 'busy'
  | 'cancelled';

/** One peer as the scheduler sees it, for status. */
export interface FetchPeerStatus {
  readonly device: DeviceId;
  readonly path: FetchPath;
  readonly bytesPerSecond: number;
  readonly latencyMs: number;
  readonly blocksInFlight: number;
  readonly bytesInFlight: number;
  readonly overdue: number;
  readonly suspect: boolean;
  readonly untrusted: boolean;
  /** Ms since which nothing comes from it although something should (FET-7); undefined where nothing is wrong. */
  readonly standsStillMs: number | undefined;
}
