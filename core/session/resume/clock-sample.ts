import type { Clock } from '../../ports/index.ts';

/** All clocks at one moment. */
export interface ClockSample {
  readonly wallMs: number;
  readonly monoMs: number;
  /** How much longer the host is up than the monotonic clock has run; undefined where the platform does not tell. */
  readonly driftMs: number | undefined;
}

/** Reads all clocks. The drift is a system call on some platforms, so this is for ticks and rare events. */
export function sampleClocks(clock: Clock): ClockSample {
  return { wallMs: clock.wallNow(), monoMs: clock.monoNow(), driftMs: clock.sleepDriftMs() };
}
