import { formatDuration } from '../../core/api/index.ts';
import { SECOND_MS } from '../../core/base/index.ts';
import { safeText } from './safe-text.ts';

export {
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatMany,
  formatRate,
  formatTotals,
} from '../../core/api/index.ts';

/** A length of time in words; below ten seconds to the tenth, as recoveries are told: `0.4 s`. */
export function formatShortDuration(durationMs: number): string {
  return durationMs < 9_950 ? `${(durationMs / SECOND_MS).toFixed(1)} s` : formatDuration(durationMs);
}

/** The part of an id that people can tell apart: its last seven characters. */
export function formatDeviceId(id: string): string {
  return safeText(id.slice(-7));
}

/** The part of a folder's id that people can tell apart: its first eight characters. */
export function formatFolderId(id: string): string {
  return safeText(id.slice(0, 8));
}
