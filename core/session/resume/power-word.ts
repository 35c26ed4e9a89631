import { SECOND_MS } from '../../base/index.ts';
import type { Power } from '../../ports/index.ts';

/** A `resume` of the platform that comes so soon after a told one is about the same sleep. */
const sameResumeMs = 10 * SECOND_MS;
/** A `suspend` that comes so soon after a told resume was delivered late, at the wake. */
const lateSuspendMs = 3 * SECOND_MS;
/** A `suspend` without a sleep for so long was none. */
const noSleepMs = 10 * SECOND_MS;

/**
 * Passes the platform's word on until the returned function is called: `onSuspend` with a function to call once the host may sleep
 * as far as we are concerned.
 */
export function watchPower(power: Power, onSuspend: (ready: () => void) => void, onResume: () => void): () => void {
  return power.subscribe((event) => {
    if (event.kind === 'suspend') onSuspend(event.ready ?? ((): void => undefined));
    if (event.kind === 'resume') onResume();
  });
}

/** Whether the platform's `suspend` is about a sleep that is over; `sinceResumeMs`: since a resume was told last. */
export function isLateSuspend(sinceResumeMs: number | undefined): boolean {
  return sinceResumeMs !== undefined && sinceResumeMs < lateSuspendMs;
}

/** Whether the platform's `resume` is about one that was told already. */
export function isToldResume(sinceResumeMs: number | undefined): boolean {
  return sinceResumeMs !== undefined && sinceResumeMs < sameResumeMs;
}

/** Whether a suspend that the platform announced `sinceSuspendMs` ago has not come, and will not. */
export function isNoSleep(sinceSuspendMs: number): boolean {
  return sinceSuspendMs >= noSleepMs;
}
