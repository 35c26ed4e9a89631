import { DAY_MS, GIB, KIB, MIB, agoText, durationText } from '../base/index.ts';

// How figures are said to people, the same on the command line and in the window. The present is always given.

const sizeUnits: readonly (readonly [name: string, bytes: number])[] = [
  ['TiB', 1024 * GIB],
  ['GiB', GIB],
  ['MiB', MIB],
  ['KiB', KIB],
];

/** `0 B`, `999 B`, `1.5 KiB`, `12 MiB`: at most three digits and the unit. */
export function formatBytes(bytes: number): string {
  for (const [name, size] of sizeUnits) {
    // What would be rounded up to 1024 of a unit is 1.0 of the next.
    if (bytes < size * 0.9995) continue;
    const value = bytes / size;
    return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${name}`;
  }
  return `${Math.round(bytes)} B`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A number with thin groups of three digits: `12 345`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `1 file`, `12 345 files`. `plural` is for words that do not just take an s. */
export function formatMany(count: number, word: string, plural = `${word}s`): string {
  return `${formatCount(count)} ${count === 1 ? word : plural}`;
}

/** `3 files, 1.2 MiB`; `-` for none. */
export function formatTotals(totals: { readonly files: number; readonly bytes: number }): string {
  return totals.files === 0 && totals.bytes === 0 ? '-' : `${formatMany(totals.files, 'file')}, ${formatBytes(totals.bytes)}`;
}

/** A length of time in one unit: `4 s`, `12 min`, `2 h`, `3 d`. Below ten of a unit and above an hour with the next one: `2 h 5 min`. */
export const formatDuration: (durationMs: number) => string = durationText;

/** How long ago `iso` was: `just now`, `12 s ago`, `2 h ago`. */
export function formatAgo(iso: string, now: Date): string {
  return agoText(Date.parse(iso), now.getTime());
}

/** When `iso` was or will be, as short as it stays clear: `09:12` today, `Tue 09:12` within six days, else `2026-11-03 09:12`. Local time. */
export function formatClock(iso: string, now: Date, timeZone?: string): string {
  const at = partsOf(new Date(iso), timeZone);
  const today = partsOf(now, timeZone);
  if (at.date === today.date) return at.time;
  const isClose = Math.abs(now.getTime() - Date.parse(iso)) < 6 * DAY_MS;
  return isClose ? `${at.weekday} ${at.time}` : `${at.date} ${at.time}`;
}

function partsOf(at: Date, timeZone: string | undefined): { readonly date: string; readonly time: string; readonly weekday: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(timeZone === undefined ? {} : { timeZone }),
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    time: `${parts['hour']}:${parts['minute']}`,
    weekday: parts['weekday'] ?? '',
  };
}
