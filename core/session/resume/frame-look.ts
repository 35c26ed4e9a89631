import { SECOND_MS } from '../../base/index.ts';
import type { ClockSample } from './clock-sample.ts';

/** After so long a frame looks at all clocks in any case. */
const lookEveryMs = SECOND_MS;
/** Wall and monotonic clock part by more than this only through a sleep or a step of the wall clock. */
const partedMsMin = 100;

/**
 * Whether a received frame, which may come before the first tick after a wake, is reason to read all clocks. Frames come by the
 * thousand a second: the two clocks that cost nothing show whether the dear one can have anything to tell since `last`.
 */
export function isWorthSampling(last: ClockSample, wallMs: number, monoMs: number): boolean {
  const partedMs = Math.abs(wallMs - monoMs - (last.wallMs - last.monoMs));
  return partedMs > partedMsMin || monoMs - last.monoMs >= lookEveryMs;
}
