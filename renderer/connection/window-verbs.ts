import type { ApiReply, ApiRequest, ApiVerb, Status, TransferStatus } from '../../core/api/index.ts';

// What the window shows beyond the first version of the API. An agent that does not have it answers `unknown-verb`, or leaves a member
// out; the window then leaves the part out that shows it.

export type LaneState = 'awake' | 'asleep' | 'recovering' | 'offline' | 'off' | 'unknown';

export interface LaneSegment {
  readonly state: LaneState;
  readonly from: string;
  /** Null: it lasts. */
  readonly to: string | null;
}

/** A recovery; durations in ms from its begin, null where that point was not reached. */
export interface Wake {
  readonly at: string;
  readonly cause: string;
  readonly asleepSince: string | null;
  readonly referencesCleared: number;
  readonly clearedAfterMs: number | null;
  readonly liveAfterMs: number | null;
  readonly metadataEvenAfterMs: number | null;
  readonly dataEvenAfterMs: number | null;
  readonly ended: 'even' | 'interrupted' | null;
}

export interface Lane {
  readonly device: string;
  readonly name: string;
  readonly segments: readonly LaneSegment[];
  readonly wakes: readonly Wake[];
}

export interface Lanes {
  readonly now: string;
  readonly self: Lane;
  readonly devices: readonly Lane[];
}

export type BlockState = 'missing' | 'asked' | 'overdue' | 'hedged' | 'arrived';

/** Run-length coded in the order of the file; `share` is the part of all blocks, 0 to 1. */
export interface BlockCell {
  readonly device: string | null;
  readonly state: BlockState;
  readonly share: number;
}

export interface BlockMap {
  readonly count: number;
  readonly cells: readonly BlockCell[];
}

export interface FinishedTransfer {
  readonly folder: string;
  readonly path: string;
  readonly bytes: number;
  readonly at: string;
  readonly tookMs: number;
  readonly sources: readonly { readonly device: string; readonly bytes: number }[];
  readonly kind: 'fetched' | 'sent' | 'local';
}

export type WindowTransfer = TransferStatus & { readonly blocks?: BlockMap };
export type WindowStatus = Omit<Status, 'transfers'> & { readonly transfers: readonly WindowTransfer[] };

interface LaterVerbs {
  readonly status: { readonly request: object; readonly reply: WindowStatus };
  readonly lanes: { readonly request: { readonly hours?: number }; readonly reply: Lanes };
  readonly activity: { readonly request: object; readonly reply: { readonly finished: readonly FinishedTransfer[] } };
}

export type WindowVerb = ApiVerb | keyof LaterVerbs;
export type WindowRequestOf<V extends WindowVerb> = V extends keyof LaterVerbs
  ? LaterVerbs[V]['request']
  : V extends ApiVerb
    ? ApiRequest<V>
    : never;
export type WindowReplyOf<V extends WindowVerb> = V extends keyof LaterVerbs
  ? LaterVerbs[V]['reply']
  : V extends ApiVerb
    ? ApiReply<V>
    : never;
