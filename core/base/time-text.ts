import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.ts';

// Lengths of time in words. They need no time zone, so that the core can say them; instants of the day are the reader's business.

/** In one unit: `4 s`, `12 min`, `2 h`, `3 d`. Below ten of a unit and above an hour with the next one: `2 h 5 min`. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  // What would be rounded up to a whole minute is one.
  if (Math.round(ms / SECOND_MS) < 60) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.max(1, Math.floor(ms / MINUTE_MS))} min`;
  if (ms < DAY_MS) return withRest(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return withRest(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

function withRest(ms: number, unitMs: number, unit: string, restMs: number, rest: string): string {
  const whole = Math.floor(ms / unitMs);
  const remaining = Math.floor((ms - whole * unitMs) / restMs);
  return whole >= 10 || remaining === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${remaining} ${rest}`;
}

/** How long ago `atMs` was at `nowMs`: `just now`, `12 s ago`, `2 h ago`. Instants to come count as now: clocks of two devices differ. */
export function agoText(atMs: number, nowMs: number): string {
  const agoMs = nowMs - atMs;
  if (agoMs < 5 * SECOND_MS) return 'just now';
  if (agoMs < HOUR_MS) return `${durationText(agoMs)} ago`;
  if (agoMs < DAY_MS) return `${Math.floor(agoMs / HOUR_MS)} h ago`;
  return `${Math.floor(agoMs / DAY_MS)} d ago`;
}
