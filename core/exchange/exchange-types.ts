import type { BufferPool, Result, WallMs } from '../base/index.ts';
import type { BlockName, DeviceId, FolderId, JournalId, RelPath } from '../model/index.ts';
import type { FolderEngine } from '../folder/types.ts';
import type { FileTotals, FolderJournal } from '../journal/types.ts';
import type { Clock, Hasher, Logger, PeerCalls, Random, StreamFrame } from '../ports/index.ts';
import type { PeerReply, PeerRequest, PeerVerb, WireError } from '../protocol/index.ts';
import type { RecoveryPhase, RecoveryTracker } from '../recovery/index.ts';
import type { FetchBudget } from '../transfer/index.ts';
import type { BlockMap } from './block-map.ts';
import type { TokenBucket } from './token-bucket.ts';

/** What a handler needs to know of the call it serves: part of the session's own context. */
export interface ExchangeContext {
  readonly session: Pick<PeerCalls, 'device'>;
  /** Aborts when the caller cancels or the epoch ends. */
  readonly signal: AbortSignal;
  /** Sends one piece of the reply; false when nobody listens any more. */
  piece(body: unknown, payload: Uint8Array): Promise<boolean>;
  body(): AsyncIterable<StreamFrame>;
}

export type ExchangeHandler<V extends PeerVerb> = (
  request: PeerRequest<V>,
  context: ExchangeContext,
) => Promise<Result<PeerReply<V>, WireError>>;

/** The verbs that carry a folder's journals, history and blocks. */
export type DataVerb = 'roster' | 'have' | 'batches' | 'history' | 'whohas' | 'sendme';
export type DataHandlers = { readonly [V in DataVerb]: ExchangeHandler<V> };

/** What the agent hears of one folder's exchange. */
export type ExchangeEvent =
  /** Something in `status` changed; at most every 50 ms. */
  | { readonly kind: 'changed' }
  /** `sources`: bytes that came from each device; the rest was here already. */
  | {
      readonly kind: 'published';
      readonly path: RelPath;
      readonly bytes: number;
      readonly tookMs: number;
      readonly sources: readonly { readonly device: DeviceId; readonly bytes: number }[];
    }
  /** Blocks of a file went out to a device, and no more were asked for a while. */
  | { readonly kind: 'sent'; readonly device: DeviceId; readonly path: RelPath; readonly bytes: number; readonly tookMs: number }
  /** Neither side wants anything that the other has, for the first time in this epoch. */
  | { readonly kind: 'even'; readonly device: DeviceId }
  /** A device of the roster answered that it does not have the folder, or takes no part in it. */
  | { readonly kind: 'outside'; readonly device: DeviceId }
  /** Three corrupt blocks: nothing is fetched from the device until its next session (FET-6). */
  | { readonly kind: 'untrusted'; readonly device: DeviceId }
  /** We refused a batch (`by` us) or a peer refused ours (`by` them). */
  | {
      readonly kind: 'batch-refused';
      readonly by: 'us' | 'them';
      readonly device: DeviceId;
      readonly journal: JournalId;
      readonly reason: string;
    }
  /** A peer showed a batch of ours that we do not have (JRN-5). */
  | { readonly kind: 'own-continuity-lost'; readonly device: DeviceId; readonly sequence: number };

export interface FolderExchangeOptions {
  readonly folder: FolderId;
  readonly journal: FolderJournal;
  readonly engine: FolderEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly logger: Logger;
  /** Shared by all folders (FET-8). */
  readonly budget: FetchBudget;
  /** Shared by all folders: where blocks lie on their way. */
  readonly memory: BufferPool;
  readonly recovery: RecoveryTracker;
  /** Files without a source that are held aside at a time; absent: as in `exchangeTuning`. */
  readonly waitingFilesMax?: number;
  /** Shared by all folders; absent: blocks are sent as fast as they go. */
  readonly upload?: TokenBucket;
  /** Devices that `upload` does not slow down; absent: none. */
  readonly isExempt?: (device: DeviceId) => boolean;
  readonly onEvent: (event: ExchangeEvent) => void;
}

export interface TransferStatus {
  readonly path: RelPath;
  /** Bytes of the whole file, and of what is here already. */
  readonly bytes: number;
  readonly done: number;
  /** Bytes per second. */
  readonly rate: number;
  readonly hedges: number;
  readonly sources: readonly { readonly device: DeviceId; readonly blocks: number; readonly overdue: number }[];
  /** Worked out when it is asked for: it looks at every block. */
  blocks(): BlockMap;
}

/** A file of which blocks went out to a device in the last moments, and how many bytes of it in this go. */
export interface SendingFile {
  readonly device: DeviceId;
  readonly path: RelPath;
  readonly bytes: number;
}

export interface PeerExchangeStatus {
  readonly device: DeviceId;
  /** The device has the folder on its disk, and it is not paused there. */
  readonly joined: boolean;
  /** Joined, or not asked yet since the link came up. */
  readonly takesPart: boolean;
  readonly evenMetadata: boolean;
  readonly evenData: boolean;
  readonly phase: RecoveryPhase;
}

/** A block that nobody reachable has (JRN-3): its name, the file that needs it, who was asked, who is known to have it. */
export interface MissingBlock {
  readonly name: BlockName;
  readonly path: RelPath;
  readonly asked: readonly DeviceId[];
  readonly knownToHave: readonly DeviceId[];
}

/** To be read at once: some members are worked out when they are asked for. */
export interface ExchangeStatus {
  readonly wanted: FileTotals;
  /** Devices that are known to have what is missing and are not reachable, or do not deliver it, with the begin of the wait (FET-7). */
  readonly waitingFor: readonly { readonly device: DeviceId; readonly since: WallMs }[];
  readonly transfers: readonly TransferStatus[];
  /** A file is being fetched from a device that delivers, or is being put in place. */
  readonly moving: boolean;
  /** Bytes per second that come in. */
  readonly rate: number;
  readonly etaSeconds: number | undefined;
  readonly isSending: boolean;
  /** Those last that were begun last. */
  readonly sending: readonly SendingFile[];
  readonly peers: readonly PeerExchangeStatus[];
}
