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

/** The part of an id that people can tell apart: its last seven characters. */
export function formatDeviceId(id: string): string {
  return safeText(id.slice(-7));
}

/** The part of a folder's id that people can tell apart: its first eight characters. */
export function formatFolderId(id: string): string {
  return safeText(id.slice(0, 8));
}
