import type { Result } from '../base/index.ts';
import type {
  AppliedVector,
  BlockName,
  BlockRef,
  DeviceId,
  EntryDraft,
  EntryRef,
  FileSnap,
  FolderId,
  HaveMark,
  HaveVector,
  JournalId,
  KnownEntry,
  PathProblem,
  RelPath,
  Roster,
} from '../model/index.ts';
import type { FileStat, StoreChange } from '../ports/index.ts';

/** The stat that was read back after publishing or scanning: what tells an untouched file from a changed one (FLD-1). */
export type DiskStat = Pick<FileStat, 'kind' | 'size' | 'mtimeMs' | 'mode' | 'device' | 'inode'>;

/** History: the entry whose bytes are on this disk at `path` (JRN-3). */
export interface HistoryRow {
  readonly path: RelPath;
  /** The applied entry; its vector may be joined with those of equal or settled concurrent ones. */
  readonly entry: KnownEntry;
  readonly stat: DiskStat;
  /** How the disk spells the last component, where that differs from the path's (FLD-6). */
  readonly spelling?: string;
}

/** Everything known about one path. */
export interface PathState {
  readonly path: RelPath;
  /** Newest known entries, none covered by another; empty: never heard of. */
  readonly heads: readonly KnownEntry[];
  readonly history: HistoryRow | undefined;
}

/** A change of history: a row, or that nothing of the path is on this disk. */
export type HistoryChange = { readonly kind: 'set'; readonly row: HistoryRow } | { readonly kind: 'forget'; readonly path: RelPath };

/**
 * All blocks of a file; or the pages that are missing for knowing them; or `malformed` where the verified pages make no list of the
 * promised size: nothing to fetch again, a permanent trouble of the path.
 */
export type BlockListing =
  | { readonly kind: 'blocks'; readonly blocks: readonly BlockRef[] }
  | { readonly kind: 'missing-pages'; readonly pages: readonly BlockRef[] }
  | { readonly kind: 'malformed'; readonly text: string };

/** Why a wanted path is not to be fetched now: it does not count as wanted. */
export type HeldReason = 'ignored' | 'problem';

export interface WantedRow {
  readonly path: RelPath;
  readonly bytes: number;
  readonly held: HeldReason | undefined;
  /** Newest first decides the order of fetching: mtime of the winner, ms since 1970; the highest value for what has none. */
  readonly recencyMs: number;
}

export interface FileTotals {
  readonly files: number;
  readonly bytes: number;
}

/** Where this device holds a block: `length` bytes at `offset` of the file at `path`, as history says. */
export interface BlockPlace {
  readonly path: RelPath;
  readonly offset: number;
  readonly size: number;
}

/** Why a batch was not taken. `gap`: `mark` says where to go on. */
export type BatchRefusal =
  | { readonly kind: 'malformed'; readonly text: string }
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'not-a-writer' }
  | { readonly kind: 'past-accepted-end' }
  | { readonly kind: 'gap'; readonly mark: HaveMark }
  /**
   * A batch with our own signature that we do not have: our store is older than what we once announced (JRN-5). From `sequence` on
   * the peer's journal is ahead of ours or differs; `agreedThrough` is the last sequence number that is surely the same.
   */
  | { readonly kind: 'own-continuity-lost'; readonly sequence: number; readonly agreedThrough: number }
  /** `ownFork`: it is of a former journal of ours, of which others hold two ways that part after this sequence number (JRN-5). */
  | { readonly kind: 'chain-broken'; readonly ownFork?: { readonly journal: JournalId; readonly after: number } };

export interface JournalChange {
  /** Paths whose heads or history changed; empty where batches or floors came that change none, but are to be passed on. */
  readonly paths: readonly RelPath[];
  readonly kind: 'own' | 'foreign' | 'applied' | 'roster';
}

/**
 * All that is known about one folder: journals, heads, history, wanted paths, pages of block lists, local block index, problems, and
 * what peers have applied. Every method that changes something is one atomic commit; calls that change run one after another.
 */
export interface FolderJournal {
  readonly folder: FolderId;
  /** Our journal. Its first entry makes it exist for others. Changes when a new generation is drawn (JRN-5, ROS-2). */
  readonly own: JournalId;

  pathState(path: RelPath): Promise<PathState>;
  pathStates(paths: readonly RelPath[]): Promise<readonly PathState[]>;
  /** History of the direct children of a directory (rootPath: the top). */
  childHistory(directory: RelPath): Promise<readonly HistoryRow[]>;
  /** Whether a live head exists anywhere below `directory`. */
  hasLiveBelow(directory: RelPath): Promise<boolean>;
  /** Live heads directly in `directory`, for collisions of names. */
  liveChildren(directory: RelPath): Promise<readonly KnownEntry[]>;
  /** Every history row, in key order. */
  allHistory(): AsyncIterable<HistoryRow>;
  historyCount(): Promise<number>;
  /** Files and bytes that are live in the folder by the winners. Kept as counters, cheap. */
  totals(): Promise<FileTotals>;

  /**
   * Announces entries in our journal: with `bump` the vector gets our new sequence number (JRN-4), without it the entry keeps
   * the given vector. History changes and `extra` rows are part of the same durable commit. `historyOf` of a draft that becomes history at once:
   * the row's entry is replaced by the entry as announced. Resolves when durable (DUR-1).
   */
  announce(
    drafts: readonly {
      readonly draft: EntryDraft;
      /** Set: the entry is also what is on this disk, with this stat. */ readonly onDisk?:
        { readonly stat: DiskStat; readonly spelling?: string } | 'absent';
    }[],
    also?: { readonly history?: readonly HistoryChange[]; readonly extra?: readonly StoreChange[] },
  ): Promise<readonly KnownEntry[]>;
  /** Records what was published or forgotten, with rows of the caller in the same commit. Durable unless told otherwise. */
  recordHistory(changes: readonly HistoryChange[], extra?: readonly StoreChange[], options?: { readonly durable: boolean }): Promise<void>;

  /** Takes a batch of any device after checking signature, chain and the author's rights; durable before it resolves. Repeating is harmless. */
  mergeBatch(bytes: Uint8Array): Promise<Result<HaveMark, BatchRefusal>>;
  mergeFloor(bytes: Uint8Array): Promise<Result<HaveMark, BatchRefusal>>;
  have(): HaveVector;
  /** What someone at `mark` lacks of `journal`, oldest first, at most about `bytesMax`; a floor first where the chain starts at one. Empty: nothing. */
  batchesAfter(
    journal: JournalId,
    mark: HaveMark | undefined,
    bytesMax: number,
  ): Promise<readonly { readonly kind: 'batch' | 'floor'; readonly bytes: Uint8Array; readonly lastSequence: number }[]>;
  /** SHA-256 of the batch of `journal` that ends at `sequence`, or undefined where none that is held does: for comparing with a peer's mark (JRN-5). */
  endHashAt(journal: JournalId, sequence: number): Promise<string | undefined>;
  /**
   * Rewrites sparse old batches and signs a floor when our journal is over its bound (JRN-2). True if it did. `announce` calls it by
   * itself; further need arises only when others supersede our entries.
   */
  compact(): Promise<boolean>;
  /**
   * Draws a new generation after `own-continuity-lost` (JRN-5): of the journal until now only what agrees with the peers' is kept, and
   * history of what was announced beyond that is forgotten, so that a scan announces it again as concurrent. Without a lost continuity
   * nothing is forgotten. `announce` does it by itself where it must.
   */
  startGeneration(): Promise<JournalId>;

  /** What we have applied (JRN-7). */
  applied(): Promise<AppliedVector>;
  recordPeerApplied(device: DeviceId, applied: AppliedVector): Promise<void>;
  /** Devices whose last word is that they have applied the entry. */
  devicesThatApplied(ref: EntryRef): readonly DeviceId[];
  /** Whether the device has ever told what it applied: it keeps this folder. */
  hasHeardFrom(device: DeviceId): boolean;
  /** Live files (newest versions) that `device` has not applied. */
  needsOf(device: DeviceId): Promise<FileTotals>;
  /** Live files whose newest version is applied here and by no device of `among` (STA-3). */
  onlyHere(among: readonly DeviceId[]): Promise<FileTotals>;
  /** Whether there are any such files: costs no more than finding the first. */
  isAnyOnlyHere(among: readonly DeviceId[]): Promise<boolean>;

  /** Paths whose winner is not applied here: held ones last, else newest first, directories and links before files; `after` continues. */
  wanted(options: { readonly after?: WantedRow; readonly limit: number }): Promise<readonly WantedRow[]>;
  /** Not counting held ones. `files` counts paths of every kind, so that 0 means nothing is wanted; `bytes` are those of files. */
  wantedTotals(): FileTotals;
  setHeld(path: RelPath, reason: HeldReason | undefined): Promise<void>;

  problems(): readonly PathProblem[];
  /** A permanent problem holds its path by itself until it is cleared. */
  setProblem(problem: PathProblem): Promise<void>;
  clearProblem(path: RelPath): Promise<void>;

  /** Live entries that are conflict copies (FLD-3). */
  conflicts(): Promise<readonly KnownEntry[]>;

  /** Per block the files of history that hold it. */
  blockPlaces(names: readonly BlockName[]): Promise<readonly (readonly BlockPlace[])[]>;
  /** Bytes of a page of a block list that this device keeps (BLK-4). */
  page(name: BlockName): Promise<Uint8Array | undefined>;
  /** Keeps verified pages. */
  putPages(pages: readonly { readonly name: BlockName; readonly bytes: Uint8Array }[]): Promise<void>;
  /** All blocks of a file, or the pages that are missing for knowing them. */
  blocksOf(snap: FileSnap): Promise<BlockListing>;
  /** Whether a known entry of this folder names the block or page (BLK-5). */
  isNamed(name: BlockName): Promise<boolean>;
  /** Looks at up to `limit` pages and drops those, older than a day, that no known entry names. Call now and then. Returns how many went. */
  collectPages(limit: number): Promise<number>;

  /** The roster, computed from the statements. */
  roster(): Roster;
  rosterStatements(): readonly { readonly hash: string; readonly bytes: Uint8Array }[];
  /** Adds statements (any order; ones whose predecessors are missing are refused); returns how many were new. */
  mergeStatements(
    statements: readonly Uint8Array[],
  ): Promise<Result<number, { readonly kind: 'malformed' | 'bad-signature' | 'missing-predecessor' | 'too-many'; readonly text: string }>>;

  /**
   * Paths whose version on this disk came from entries that a revocation has cut off (ROS-2): announce the bytes on disk as our own.
   * A path leaves the list when it is announced or its history is forgotten or replaced.
   */
  disownedPaths(): Promise<readonly RelPath[]>;

  onChange(listener: (change: JournalChange) => void): () => void;
  close(): Promise<void>;
}
