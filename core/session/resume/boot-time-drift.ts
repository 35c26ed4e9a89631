import { SECOND_MS } from '../../base/index.ts';
import type { ClockSample } from './clock-sample.ts';

/** Drift below this is the grain of the clocks. */
const grainMs = SECOND_MS;

/**
 * What boot time ran ahead of monotonic time between two looks: where the monotonic clock stops during sleep, exactly the time
 * slept. 0 where it did not; undefined where the platform does not tell.
 */
export function driftedMs(before: ClockSample, after: ClockSample): number | undefined {
  if (before.driftMs === undefined || after.driftMs === undefined) return undefined;
  const ms = after.driftMs - before.driftMs;
  return ms > grainMs ? ms : 0;
}
