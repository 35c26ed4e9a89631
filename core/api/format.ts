import { DAY_MS, GIB, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from '../base/index.ts';

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
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return withRest(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return withRest(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

function withRest(ms: number, unitMs: number, unit: string, restMs: number, rest: string): string {
  const whole = Math.floor(ms / unitMs);
  const remaining = Math.floor((ms - whole * unitMs) / restMs);
  return whole >= 10 || remaining === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${remaining} ${rest}`;
}

/** How long ago `iso` was: `just now`, `12 s ago`, `2 h ago`. Instants to come count as now: clocks of two devices differ. */
export function formatAgo(iso: string, now: Date): string {
  const agoMs = now.getTime() - Date.parse(iso);
  if (agoMs < 5 * SECOND_MS) return 'just now';
  if (agoMs < HOUR_MS) return `${formatDuration(agoMs)} ago`;
  if (agoMs < DAY_MS) return `${Math.floor(agoMs / HOUR_MS)} h ago`;
  return `${Math.floor(agoMs / DAY_MS)} d ago`;
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

/** `text` with the exact instants in it, which the agent writes for programs, said as {@link formatClock} does. */
export function formatInstantsIn(text: string, now: Date, timeZone?: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (iso) => formatClock(iso, now, timeZone));
}
