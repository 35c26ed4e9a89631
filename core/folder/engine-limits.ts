import { DAY_MS, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from '../base/index.ts';
import type { Backoff } from '../base/index.ts';

/** Bounds and times of the folder engine that are nobody else's concern. */
export const engineLimits = {
  /** Paths that are put in place at the same time, so that they share reads, commits and syncs of directories. */
  publishConcurrency: 256,
  /** Files that are read at the same time. */
  hashConcurrency: 16,
  statConcurrency: 32,
  /** Larger files are read beside the scans, one after another, so that nothing small waits for them. */
  readBesideBytes: 64 * MIB,
  /** Suspicious paths that are compared with the journal in one go. */
  recordPathsMax: 1000,
  /** Blocks in the drafts of one announcement, so that memory stays bounded whatever the files' sizes. */
  announceBlocksMax: 32_768,
  /** Proven removals that one scan collects before it announces them. */
  removalsMax: 50_000,
  /** New files that one scan holds back because they seem to have moved. */
  heldMovesMax: 20_000,
  /** Old paths that are looked at for one of them, of those that had its first block. */
  moveSourcesMax: 16,
  /** Paths waiting to be applied; beyond it all wanted paths are looked at. */
  dirtyPathsMax: 20_000,
  /** Paths waiting to be scanned; beyond it everything is scanned. */
  scanPathsMax: 10_000,
  /** This many queued paths of one directory are scanned as one listing of it. */
  scanDirectoryFrom: 64,
  /** Paths applied in one pass. */
  applyPathsMax: 512,
  wantedPageRows: 64,
  wantedSweepRows: 1000,
  /** Entries that one durable commit of published paths takes. */
  commitItemsMax: 512,
  /** How long such a commit waits for paths that are being published at the same time. */
  commitGatherMs: 40,
  /** Events of the watcher are gathered for this long, and never longer than the second figure. */
  debounceMs: 80,
  debounceMsMax: 1000,
  rescanMs: 60 * MINUTE_MS,
  rescanJitter: 0.2,
  /** A file that changes while it is read is tried again in the same scan this often. */
  rereadsMax: 4,
  /** Systems stamp files with a clock that ticks this coarsely, whatever their disks could keep. */
  clockTickMs: 20,
  /** Retries of a stopped folder. */
  reopenMs: 2 * SECOND_MS,
  spaceRecheckMs: 5 * SECOND_MS,
  /** How long a figure of free space is trusted. */
  spaceTrustMs: SECOND_MS,
  sweepMs: HOUR_MS,
  firstSweepMs: 10 * MINUTE_MS,
  replacedHourlyMs: DAY_MS,
  trashProtectedMs: DAY_MS,
  /** Blocks of the trash that are known by name for reuse. */
  trashBlocksMax: 65_536,
  /** Blocks that one row of the trash remembers. */
  trashRowBlocksMax: 256,
  /** Journals that are on their way are here after so long, in all but the longest interruptions. */
  orphanAfterMs: 20 * SECOND_MS,
  /** Stages of this run whose verified blocks are remembered while nobody works on them. */
  idleStagesMax: 64,
  /** Blocks are copied from other files in jobs of about so many bytes, so many jobs of one file at a time. */
  copyJobBytes: 16 * MIB,
  copyLanes: 2,
  /** Blocks whose places are looked up together. */
  lookUpBlocks: 256,
  /** Sizes up to which a file whose time was set is read once more, to be sure that no edit fell between. */
  copyPieceBytes: 256 * KIB,
  linkTargetBytesMax: 4 * KIB,
  ignoreFileBytesMax: MIB,
} as const;

/** How a path that failed is tried again. */
export const retryBackoff: Backoff = {
  stepsMs: [SECOND_MS, 5 * SECOND_MS, 15 * SECOND_MS, MINUTE_MS, 5 * MINUTE_MS],
  slowAfterMs: 30 * MINUTE_MS,
  slowMs: 10 * MINUTE_MS,
  jitter: 0.2,
};
