import { SECOND_MS } from '../../base/index.ts';
import type { Clock, Timer } from '../../ports/index.ts';
import type { ClockSample } from './clock-sample.ts';

const tickMs = SECOND_MS;
/** A tick that comes this much late was held up by a sleep, a stop, or something as bad. */
const lateMsMin = 3 * SECOND_MS;

/** Calls `onTick` every second of monotonic time until the returned function is called. */
export function watchTick(clock: Clock, onTick: () => void): () => void {
  let timer: Timer;
  const arm = (): void => {
    timer = clock.setTimer(tickMs, () => {
      arm();
      onTick();
    });
  };
  arm();
  return () => timer.cancel();
}

/** How much too late the look `after` comes by the wall clock, in ms; undefined where that is no more than a busy host explains. */
export function lateByWallMs(before: ClockSample, after: ClockSample): number | undefined {
  return lateMs(after.wallMs - before.wallMs);
}

/** As {@link lateByWallMs}, by the monotonic clock. */
export function lateByMonoMs(before: ClockSample, after: ClockSample): number | undefined {
  return lateMs(after.monoMs - before.monoMs);
}

function lateMs(sinceMs: number): number | undefined {
  return sinceMs - tickMs > lateMsMin ? sinceMs - tickMs : undefined;
}
