import type { FolderStatus, Status } from '../../core/api/index.ts';
import { SECOND_MS } from '../../core/base/index.ts';
import { formatBytes, formatDuration, formatRate } from './format.ts';
import { safeText } from './safe-text.ts';
import { truncateToWidth } from './table.ts';

/** How far a wait has come. `wantedBytesMax` is the most that was seen to be missing since the wait began. */
export interface Progress {
  readonly wantedBytesMax: number;
  readonly wantedFilesMax: number;
}

export const progressAtStart: Progress = { wantedBytesMax: 0, wantedFilesMax: 0 };

/** Takes another look: what is missing may grow while journals still come in. */
export function nextProgress(progress: Progress, folders: readonly FolderStatus[]): Progress {
  const wanted = sumWanted(folders);
  return {
    wantedBytesMax: Math.max(progress.wantedBytesMax, wanted.bytes),
    wantedFilesMax: Math.max(progress.wantedFilesMax, wanted.files),
  };
}

const barCells = 24;

/** One line for a terminal of `columns`: `[#######-----------------]  31 %  syncing docs, 120 MiB to get at 40 MiB/s, about 3 s`. */
export function formatProgress(progress: Progress, status: Status, folders: readonly FolderStatus[], columns: number): string {
  const fraction = fractionDone(progress, folders);
  const filled = Math.floor(fraction * barCells);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barCells - filled)}] ${String(Math.floor(fraction * 100)).padStart(3)} %`;
  return truncateToWidth(`${bar}  ${whatHappens(status, folders)}`, Math.max(20, columns - 1));
}

/** 0 to 1, by bytes, and by files where none of them has bytes. */
export function fractionDone(progress: Progress, folders: readonly FolderStatus[]): number {
  const wanted = sumWanted(folders);
  if (progress.wantedBytesMax > 0) return 1 - wanted.bytes / progress.wantedBytesMax;
  if (progress.wantedFilesMax > 0) return 1 - wanted.files / progress.wantedFilesMax;
  return folders.every((folder) => folder.upToDate) ? 1 : 0;
}

function whatHappens(status: Status, folders: readonly FolderStatus[]): string {
  const late = folders.find((folder) => !folder.upToDate);
  if (late === undefined) return folders.some((folder) => folder.onlyHere.files > 0) ? 'delivering' : 'up to date';
  const wanted = sumWanted(folders);
  const rate = folders.reduce((sum, folder) => sum + folder.rate, 0);
  const parts = [`${late.state} ${safeText(late.name)}`];
  if (wanted.bytes > 0) parts.push(`${formatBytes(wanted.bytes)} to get${rate > 0 ? ` at ${formatRate(rate)}` : ''}`);
  if (rate > 0 && wanted.bytes > 0) parts.push(`about ${formatDuration((wanted.bytes / rate) * SECOND_MS)}`);
  const waiting = late.waitingFor[0];
  if (wanted.bytes > 0 && rate === 0 && waiting !== undefined) {
    parts.push(`waiting for ${safeText(status.devices.find((device) => device.id === waiting.device)?.name ?? waiting.device)}`);
  }
  return parts.join(', ');
}

function sumWanted(folders: readonly FolderStatus[]): { readonly files: number; readonly bytes: number } {
  return folders.reduce((sum, { wanted }) => ({ files: sum.files + wanted.files, bytes: sum.bytes + wanted.bytes }), {
    files: 0,
    bytes: 0,
  });
}
