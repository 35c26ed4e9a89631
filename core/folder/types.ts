import type { Result } from '../base/index.ts';
import type { BlockName, BlockRef, FolderId, KnownEntry, RelPath } from '../model/index.ts';

/** Why a folder stands still. Each text names the thing, the cause and what to do. It goes on by itself when the cause is gone. */
export interface FolderStop {
  readonly kind:
    'root-missing' | 'root-not-directory' | 'marker-missing' | 'marker-foreign' | 'root-read-only' | 'permission' | 'disk-error';
  readonly text: string;
}

/** Changed files that were found and are not recorded yet. `bytes`, `done`: of the large ones among them, which take long to read. */
export interface Reading {
  readonly files: number;
  readonly bytes: number;
  readonly done: number;
}

/** What the engine is doing, for status. */
export interface EngineState {
  readonly stop: FolderStop | undefined;
  readonly scanning: boolean;
  readonly reading: Reading;
  /** Paths that could not be read or listed, and are tried again: what changed there is not known. */
  readonly unread: number;
  /** A scan of the whole folder finished since the last start or resume (STA-1). */
  readonly scanned: boolean;
  readonly scannedPaths: number;
  readonly hashedBytes: number;
  /** Set while only files that need space wait (FLD-9). */
  readonly diskFull: boolean;
  /** The watcher does not see everything. */
  readonly watchIncomplete: boolean;
}

/** A file that is being put together in staging. Verified blocks survive a crash and a restart (BLK-3). */
export interface Download {
  readonly path: RelPath;
  readonly entry: KnownEntry;
  /** Bytes of the whole file. */
  readonly totalBytes: number;
  /** Bytes that are already staged, found on this device or received. */
  doneBytes(): number;
  /** Blocks still needed from peers, without repetition, in file order. First the pages of the block list, where those are missing. */
  missing(): readonly BlockRef[];
  /** Its different blocks in the order of the file and whether each is staged; nothing while pages of the list are missing. */
  eachBlock(): Iterable<{ readonly name: BlockName; readonly isHere: boolean }>;
  /** Takes bytes whose hash the caller has verified to be `name`. Writes them wherever the file has that block. Repeats are harmless. */
  put(
    name: BlockName,
    bytes: Uint8Array,
  ): Promise<Result<void, { readonly kind: 'disk-full' | 'io' | 'superseded'; readonly text: string }>>;
  /** With nothing missing: publishes (FLD-2). `changed`: the path or its winner changed meanwhile; it will come up again. */
  finish(): Promise<{ readonly kind: 'published' | 'changed' | 'problem' }>;
  /** Gives the work up for now; what is staged stays. */
  release(): void;
}

export type BlockReading =
  /** `path`: the file that it was read from; a page of a block list has none. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly path?: RelPath }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' };

/** Reads blocks and pages, each verified by its hash. Files stay open between neighbouring blocks. */
export interface BlockReads {
  /** Several may be under way at once. The bytes of a block lie in `memory`, which is large enough. */
  read(block: BlockRef, memory: Uint8Array): Promise<BlockReading>;
  /** Waits for the reads under way. */
  close(): Promise<void>;
}

/** A verified block that was found elsewhere on this device. */
export interface FoundBlock {
  readonly name: BlockName;
  readonly bytes: Uint8Array;
}

/** Finds those of `wanted` that other folders of this device have and that may be used here (BLK-2). */
export type OtherFolders = (wanted: readonly BlockRef[]) => AsyncIterable<FoundBlock>;

/** A file or directory in the trash. */
export interface TrashItem {
  readonly id: string;
  readonly path: RelPath;
  readonly reason: 'removed' | 'replaced';
  readonly bytes: number;
  readonly atMs: number;
}

/** Which files are to be handed out. */
export interface DownloadWish {
  /** Versions of which it says no are passed over; without it all are handed out. */
  readonly mayFetch?: (entry: KnownEntry) => boolean;
  /** What was passed over before comes into question again. */
  readonly anew?: boolean;
}

/** One synced folder on this disk: scans, applies, serves. */
export interface FolderEngine {
  readonly folder: FolderId;
  /** Opens the root, checks the marker, finishes or undoes intents, then watches and queues a scan. A stop is a state, not an error. */
  start(): Promise<void>;
  /** Lets running work come to a safe point (bounded) and releases everything. */
  stop(): Promise<void>;
  pause(paused: boolean): void;
  /** Marks scans done before now as outdated and queues a whole one (resume). */
  markUnscanned(): void;
  requestScan(paths: readonly RelPath[] | 'all'): void;
  /** Scans everything and waits for it; used by `up`. */
  scanNow(signal?: AbortSignal): Promise<void>;
  state(): EngineState;
  /** The next file that needs bytes from peers, or undefined where there is none now. Each is handed out once until released or finished. */
  nextDownload(wish?: DownloadWish): Promise<Download | undefined>;
  /** Something to download, or the state, may have changed. */
  onChange(listener: () => void): () => void;
  /** For the blocks and pages of one request of a peer (BLK-5); to be closed. */
  openBlocks(): BlockReads;
  hasBlock(name: BlockName): Promise<boolean>;
  trash(): Promise<readonly TrashItem[]>;
  restore(id: string): Promise<Result<RelPath, { readonly kind: string; readonly text: string }>>;
  resolveConflict(path: RelPath, keep: 'this' | 'that' | 'both'): Promise<Result<void, { readonly kind: string; readonly text: string }>>;
  /** Undoes the local changes of a reader (ROS-4). */
  revert(path: RelPath | undefined): Promise<Result<number, { readonly kind: string; readonly text: string }>>;
  /** A reader's own changes, never announced. */
  localChanges(): Promise<readonly RelPath[]>;
}
