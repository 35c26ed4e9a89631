/** A retry schedule as a value: data that says how long to wait before try number `attempt`. */
export interface Backoff {
  /** Delays in ms before try 0, 1, 2, …; the last one repeats. */
  readonly stepsMs: readonly number[];
  /** After this much time in a row without success the schedule changes to `slowMs`. */
  readonly slowAfterMs: number;
  readonly slowMs: number;
  /** Part of the delay that is random: 0.2 spreads over ±20 %. */
  readonly jitter: number;
}

/**
 * The delay before try number `attempt` (0 is the first), `failingForMs` after the first failure.
 * `random` is a number in [0, 1).
 */
export function backoffDelayMs(backoff: Backoff, attempt: number, failingForMs: number, random: number): number {
  const step = backoff.stepsMs[Math.min(attempt, backoff.stepsMs.length - 1)] ?? backoff.slowMs;
  const baseMs = failingForMs >= backoff.slowAfterMs ? backoff.slowMs : step;
  return Math.round(baseMs * (1 + backoff.jitter * (2 * random - 1)));
}
