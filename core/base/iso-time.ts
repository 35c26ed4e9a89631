import type { WallMs } from './units.ts';
import { wallMs } from './units.ts';

// The one place that converts between instants and calendars. It never asks what time it is: that is the clock port's.

/** `2026-11-20T09:12:00.000Z` for ms since 1970. */
export function isoFromWallMs(at: number): string {
  return new Date(at).toISOString();
}

/** Ms since 1970 of an ISO 8601 instant, or undefined where `text` is none. */
export function wallMsFromIso(text: string): WallMs | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : wallMs(at);
}
