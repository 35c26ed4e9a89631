import { KIB, MIB, MINUTE_MS, SECOND_MS } from '../base/index.ts';

/** The constants of the fetch scheduler. Units last; each with the rule or the reason it comes from. */
export const fetchTuning = {
  /** FET-4: nothing is overdue sooner. */
  overdueMsMin: 250,
  /** FET-4: on a LAN path nothing is waited for longer. */
  overdueLanMsMax: 1_500,
  /** FET-4: in all, where an alternate exists. */
  overdueTotalMsMax: 10 * SECOND_MS,
  overduePercentileFactor: 3,
  /** Samples of one size class before its percentile is believed; until then the two defaults below hold. */
  samplesMin: 8,
  overdueLanUnknownMs: 1_000,
  overdueWanUnknownMs: 3_000,
  /** FET-5. */
  trickleMs: 2 * SECOND_MS,
  trickleFraction: 1 / 8,
  /** What a peer whose rate was never measured is expected to do at least, bytes per ms. */
  trickleUnknownBytesPerMs: (128 * KIB) / 1000,
  overdueInRowMax: 2,
  /** FET-7: a peer that owes something and sent nothing for so long stands still, and whoever waits for it alone is told its name. */
  standstillMs: 3 * SECOND_MS,
  /** How long a suspect peer's probe may take before what it owes is asked elsewhere: most hiccups are over by then. */
  probeGraceMsMin: 100,
  probeGraceMsMax: 500,
  /** Probes of a peer that answers them but never delivers: the first delay, doubled each time. */
  probeBackoffMs: SECOND_MS,
  probeBackoffMsMax: 30 * SECOND_MS,
  /** FET-4. */
  hedgeFraction: 0.05,
  hedgeWindowMs: 10 * MINUTE_MS,
  hedgeFreeBlocks: 8,
  /** FET-6. */
  corruptMax: 3,
  /** A denial weighs this much of a corrupt block; a good block takes back half a denial. */
  denialWeight: 0.1,
  /** For so long a denial outweighs a new claim of the same peer to have the block. */
  denialMs: 5 * SECOND_MS,
  /** FET-8: slack on top of the round trip that a peer's window covers. */
  windowSlackMs: 250,
  requestBytesMax: MIB,
  requestsPerPeerMax: 32,
  /** After a failed request: the first pause, doubled each time. */
  failurePauseMs: 250,
  failurePauseMsMax: 10 * SECOND_MS,
  busyPauseMs: 50,
  /** Blocks left at which the end game begins. */
  endGameBlocks: 16,
  /** One of the last blocks is asked of a second source no sooner than this. */
  endGameSlackMs: 50,
  rankingMs: 100,
  /** Assumed until measured: bytes per ms and round trip. */
  assumed: {
    lan: { bytesPerMs: (20 * MIB) / 1000, latencyMs: 5 },
    wan: { bytesPerMs: MIB / 1000, latencyMs: 100 },
    relay: { bytesPerMs: (512 * KIB) / 1000, latencyMs: 200 },
  },
} as const;
