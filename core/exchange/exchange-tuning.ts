import { KIB, MIB, SECOND_MS } from '../base/index.ts';

/** The constants of the exchange. Units last. */
export const exchangeTuning = {
  /** What one `batches` call carries at most, about: the receiver makes it durable before the next begins (JRN-2). */
  pushWindowBytes: MIB,
  /** Roster statements in one message; the rest follows in the next. */
  rosterBytesMax: MIB,
  /** Changes of history are told together, so long after the first and so far apart. */
  historyDelayMs: 50,
  historyIntervalMs: 250,
  /** After a failed call: the first pause, doubled each time. */
  retryMs: SECOND_MS,
  retryMsMax: 60 * SECOND_MS,
  /** After a failure of the store: it may have been full. */
  storeRetryMs: 5 * SECOND_MS,
  /** Someone else is just sending the receiver the same journal: look again after this. */
  busyRetryMs: 300,
  /** A sender that makes no progress for so long no longer keeps others from sending the same journal. */
  leaseMs: SECOND_MS,
  /** Files being fetched or published at once, and bytes that they still need: enough for thousands of tiny files. */
  openFilesMax: 512,
  openBytesMax: 64 * MIB,
  /** Files that are being opened at the same time. */
  openingLanes: 32,
  /** More files are opened when so much of the bounds is in use. */
  openAgainFraction: 0.75,
  /** While files are being opened, what they want is gathered so long and asked together. */
  gatherMs: 5,
  /** Files without a source that are held aside, so that later ones get their turn. */
  waitingFilesMax: 4_096,
  /** Beyond that only files with a source are taken; the others are looked at again no sooner than so long after the last time. */
  lookAgainMs: SECOND_MS,
  /** Files that could not be stored just now, until no more are taken. */
  restingFilesMax: 4_096,
  /** Blocks that the scheduler knows of at once. */
  wantedBlocksMax: 8_192,
  storesAtOnce: 64,
  /** Files that are published side by side: what many wait for is done for all of them at once. */
  finishesAtOnce: 256,
  /** A file that could not be stored is let go for so long. */
  restMs: 5 * SECOND_MS,
  restDiskFullMs: 10 * SECOND_MS,
  /** Between two `whohas` to one peer. */
  questionGapMs: 200,
  /** After a peer was asked about everything that waits: the next time, and after that ever more seldom. */
  questionMs: 5 * SECOND_MS,
  questionMsMax: 30 * SECOND_MS,
  /** Blocks of one waiting file in one question, so that many files share it. */
  questionBlocksPerFile: 256,
  /** After a change of what peers have, sources are looked up again this much later, together. */
  sourcesDelayMs: 200,
  /** While blocks are outstanding the clock is looked at this often; what is missing beyond it and `stallMs` is this host's own time. */
  stallBeatMs: 50,
  stallMs: 25,
  statusDelayMs: 50,
  needsIntervalMs: 500,
  /** What a peer still needs from us without any change for so long is its own affair: a problem on its disk, or a rule there. */
  needsSettledMs: 30 * SECOND_MS,
  transfersShownMax: 200,
  /** Blocks of one file of which it is remembered who sent them. */
  sourcesKnownMax: 65_536,
  /** A file of which nothing was asked for so long has been sent; files that are sent at once and added up. */
  sentQuietMs: 2 * SECOND_MS,
  sendingFilesMax: 1_024,
  missingShownMax: 100,
  /** Blocks read ahead while one is being sent. */
  readAheadBlocks: 16,
  readAheadBytes: MIB,
  /** `sendme` calls of one device that read at once; they send one after another. */
  servingPerDevice: 2,
  /** `sendme` calls of one device that may wait for their turn. */
  servingQueueMax: 64,
  rateBurstBytes: 256 * KIB,
  rateWindowMs: 3 * SECOND_MS,
} as const;
