import type { Backoff } from '../base/index.ts';
import { KIB, MINUTE_MS, SECOND_MS } from '../base/index.ts';

/** Every delay, deadline and bound of the session layer that is not a limit of the product. Times count while awake. */
export const timing = {
  /** The awake clock looks at the time this often; longer without a look was a sleep or a stall. */
  tickMs: SECOND_MS,
  /** A look this much later than due is a stall of our own event loop: input is read before a deadline is judged. */
  stallMs: 250,
  /** How long input may be read after a stall before a deadline is judged. */
  stallGraceMs: 50,

  /** Connecting, all addresses at once. Above two lost SYNs (1 s and 3 s after the first). */
  dialMs: 6 * SECOND_MS,
  /** From the link to both channels open. */
  handshakeMs: 10 * SECOND_MS,
  handshakeBytesMax: 64 * KIB,
  /** Inbound links of one device in handshake at a time; the oldest gives way. */
  handshakesPerDeviceMax: 4,

  /** Silence with work outstanding until a probe is sent and the peer is suspect (SES-5). */
  silenceMs: 1_500,
  /** A probe goes out this often in any case: a quiet link is watched, and the round trip of a busy one stays measured. */
  routineProbeMs: 15 * SECOND_MS,
  /** A probe unanswered for the greatest of this, `probeRtts` round trips and the time of the bytes ahead of it ends the epoch. */
  probeFloorMs: 3 * SECOND_MS,
  probeRtts: 8,
  /** Takes the place of `probeFloorMs` after a resume or a change of the network. */
  proofFloorMs: SECOND_MS,
  /** After a resume, bytes that come within this time may have waited in the kernel since before it: no proof of life. */
  proofStaleMs: 250,
  /** A write that waited this long for room was taken because the peer made room. */
  writeWaitMs: 20,
  /** Assumed until a rate was measured. */
  rateFloorBytesPerSecond: 32 * KIB,
  /** No bound of a probe is longer than this, whatever was measured. */
  probeBoundMsMax: 2 * MINUTE_MS,

  /** An epoch that lived this long worked: the next dial starts at the beginning of the backoff. */
  stableMs: 5 * SECOND_MS,
  /** Try number at which dialling a device that said `sleeping` starts: it will call when it wakes. */
  asleepAttempt: 5,
  /** On a change of the network, dials older than this are begun anew: their packets may have gone to the old network. */
  dialStaleMs: SECOND_MS,

  /** On suspend: how long `sleeping` may take to reach everyone (SES-7). */
  farewellMs: 2 * SECOND_MS,
  /** How long a repeat waits for the new epoch. */
  repeatWaitMs: 10 * SECOND_MS,

  /** The pairing channel, from its opening to the reply. */
  pairingMs: 10 * SECOND_MS,
  pairingBytesMax: 64 * KIB,
  /** Links of strangers at a time, and per minute. */
  pairingLinksMax: 4,
  pairingLinksPerMinuteMax: 30,
} as const;

/** How a device that cannot be reached is dialled (SES-4). */
export const dialBackoff: Backoff = {
  stepsMs: [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000],
  slowAfterMs: 30 * MINUTE_MS,
  slowMs: 5 * MINUTE_MS,
  jitter: 0.2,
};
