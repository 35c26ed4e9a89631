import { GIB, KIB, MIB, MINUTE_MS, DAY_MS, SECOND_MS } from '../base/units.ts';

/**
 * Every bound of the product in one place. A value that crosses one is refused (input) or asserted (our own doing).
 * Names end in their unit.
 */
export const limits = {
  /** One frame on the wire: header and payload together. */
  frameBytesMax: 4 * MIB + 64 * KIB,
  /** The header part of one frame. */
  frameHeaderBytesMax: 4 * MIB,
  pathBytesMax: 4096,
  pathComponentBytesMax: 255,
  linkTargetBytesMax: 4096,
  deviceNameCharsMax: 64,
  folderNameCharsMax: 128,
  batchEntriesMax: 1000,
  batchBytesMax: MIB,
  vectorComponentsMax: 256,
  counterMax: Number.MAX_SAFE_INTEGER,
  /** Concurrent newest entries of one path that are kept apart. */
  headsMax: 128,
  rosterDevicesMax: 64,
  rosterStatementsMax: 4096,
  callsPerPeerMax: 256,
  streamsPerPeerMax: 32,
  blocksInFlightBytesMax: 64 * MIB,
  blocksInFlightPerPeerBytesMax: 16 * MIB,
  /** Memory of blocks that is kept for the next ones. */
  blockMemoryKeptBytesMax: 16 * MIB,
  /** Blocks that one `sendme` may name. */
  blocksPerRequestMax: 64,
  /** Block names that one `whohas` may ask about. */
  blocksPerQuestionMax: 1024,
  /** A `hereis` piece: one block is sent in pieces of at most this much, so that small messages get between. */
  pieceBytesMax: 256 * KIB,
  /** Exceptions that one history report lists per journal. */
  historyExceptionsMax: 1000,
  foldersMax: 256,
  filesPerFolderMax: 10_000_000,
  fileBytesMax: 16 * 1024 * GIB,
  replyCachePerPeerMax: 1024,
  replyCacheAgeMs: 10 * MINUTE_MS,
  incidentsKeptMax: 200,
  incidentsPerHourMax: 12,
  /** Events that led to one incident and came with its repeats. */
  incidentEventsMax: 100,
  /** Recoveries kept per device, and changes of state kept per lane. */
  recoveriesPerDeviceMax: 128,
  laneMarksMax: 512,
  /** Transfers that are over, kept for display. */
  transfersFinishedMax: 200,
  /** Cells of a transfer's map of blocks. */
  blockCellsMax: 128,
  eventsKeptMax: 4096,
  pairedDevicesMax: 256,
  addressesPerDeviceMax: 16,
  addressCharsMax: 256,
  invitesOpenMax: 8,
  inviteLifetimeMs: 10 * MINUTE_MS,
  inviteTextCharsMax: 2048,
  /** The smallest cut (BLK-1): a file of at most so many bytes is one block. */
  blockBytesMin: 64 * KIB,
  /** The largest block of the large cut class; a page of a list is smaller, a page of pages is fetched as one block too. */
  blockBytesMax: 4 * MIB,
  /** A block list with more blocks than this is stored as pages. */
  inlineBlocksMax: 1024,
  blocksPerPageMax: 1024,
  /** Pages of one file: 16 TiB of large-class blocks at their minimum size. */
  pagesMax: 65_536,
  stagingAgeMs: 7 * DAY_MS,
  trashRemovalAgeMs: 30 * DAY_MS,
  trashFractionOfDisk: 0.1,
  freeSpaceBytesMin: GIB,
  freeSpaceFractionMin: 0.05,
  stopMs: 5 * SECOND_MS,
  apiBodyBytesMax: MIB,
  apiEventQueueMax: 10_000,
} as const;
