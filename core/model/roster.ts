import type { DeviceId, FolderId, JournalId } from './ids.ts';

export type Role = 'owner' | 'writer' | 'reader';

/** What one signed roster statement says about one device. */
export type RosterClaim =
  /** The first statement: creates the folder; its author is the first owner. `nonce` makes the FolderId unique. */
  | { readonly kind: 'create'; readonly name: string; readonly nonce: string }
  /** `subject` has `role` from now on. */
  | { readonly kind: 'grant'; readonly subject: DeviceId; readonly subjectName: string; readonly role: Role }
  /**
   * `subject` is out (or, as its own author, has left), or from a writer became a reader by a later grant. `accepted` names
   * per journal of the subject the last sequence number that still counts; a journal not listed counts to 0 (ROS-2).
   */
  | { readonly kind: 'revoke'; readonly subject: DeviceId; readonly accepted: ReadonlyMap<JournalId, number> }
  /**
   * `journal`, one of the author's own, counts to `through` and no further: the author's store was restored from an older copy, and what
   * it announced after that was announced twice, in two ways (JRN-5).
   */
  | { readonly kind: 'end'; readonly journal: JournalId; readonly through: number }
  /** The folder's name for people. */
  | { readonly kind: 'rename'; readonly name: string };

/** One statement of a folder's signed roster log. */
export interface RosterStatement {
  /** SHA-256 of `bytes`, 64 hex digits. */
  readonly hash: string;
  /** Equals the hash of the first statement; that one itself carries none on the wire. */
  readonly folder: FolderId;
  readonly author: DeviceId;
  /** Hashes of the newest statements that the author knew: the order of causes. Empty for the first. */
  readonly after: readonly string[];
  /** When, by the author's wall clock, ms since 1970; for people only. */
  readonly atMs: number;
  readonly claim: RosterClaim;
  /** The signed bytes, stored and relayed as they are. */
  readonly bytes: Uint8Array;
}

export interface RosterMember {
  readonly device: DeviceId;
  readonly role: Role;
  /** The name that was given with the grant; data from a peer. */
  readonly name: string;
  /** Who granted it: "introduced by Anna" (ROS-3). */
  readonly introducedBy: DeviceId;
}

/** What all statements together say. Computed, never stored. */
export interface Roster {
  readonly folder: FolderId;
  readonly name: string;
  readonly members: ReadonlyMap<DeviceId, RosterMember>;
  /** Per journal of a revoked or demoted device, or one that its author ended, the last sequence number that counts; `undefined` in `sealed` means 0. */
  readonly acceptedEnds: ReadonlyMap<JournalId, number>;
  /** Devices that may not write any journal that is not in `acceptedEnds`: revoked ones and readers. */
  readonly sealed: ReadonlySet<DeviceId>;
  /** Hashes of the counting statements that no other one follows: what a new statement names in `after`. */
  readonly heads: readonly string[];
}
