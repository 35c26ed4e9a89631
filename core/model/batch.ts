import type { Entry, KnownEntry } from './entry.ts';
import type { FolderId, JournalId } from './ids.ts';

/** What a batch's author signs, besides the entries themselves (JRN-1). */
export interface BatchHeader {
  readonly folder: FolderId;
  readonly journal: JournalId;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** SHA-256 of the whole bytes of the batch before, 64 hex digits; empty at the start of a chain. */
  readonly previousHash: string;
}

/** A decoded batch; `bytes` are the immutable bytes that are stored, relayed and verified. */
export interface Batch {
  readonly header: BatchHeader;
  readonly entries: readonly KnownEntry[];
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, 64 hex digits. */
  readonly hash: string;
}

/** An author's signed word that everything of its journal below `firstSequence` is superseded (JRN-2). */
export interface Floor {
  readonly folder: FolderId;
  readonly journal: JournalId;
  /** The first sequence number that still counts; the first of a batch. */
  readonly firstSequence: number;
  /** The journal's last sequence number when the floor was signed: only who holds all up to here may drop what is below. */
  readonly atSequence: number;
  /** The signed bytes, relayed as they are. */
  readonly bytes: Uint8Array;
}

/** The end of the gap-free prefix that a device holds of one journal (JRN-2), and of a chain begun at a newer floor. */
export interface HaveMark {
  /** Last sequence number held; 0: nothing. */
  readonly end: number;
  /** SHA-256 of the batch that ends there; empty for nothing. */
  readonly endHash: string;
  /** A newer chain that starts at a floor and does not yet reach the floor's own sequence; never empty, of several the farthest. */
  readonly pending?: { readonly firstSequence: number; readonly end: number } | undefined;
  /** First sequence number of the newest floor known: whoever has a newer one passes it on, even to a device that lacks no batch. */
  readonly floor?: number | undefined;
}

/** Per journal, what a device holds. */
export type HaveVector = ReadonlyMap<JournalId, HaveMark>;

/** What a device has applied of one journal (JRN-7): all up to `through`, except the listed sequence numbers. */
export interface AppliedMark {
  readonly through: number;
  readonly exceptions: readonly number[];
}

export type AppliedVector = ReadonlyMap<JournalId, AppliedMark>;

/** A new entry of our own before it has a sequence number; `bump` false is FLD-3's re-announced winner. */
export interface EntryDraft extends Entry {
  readonly bump: boolean;
}
