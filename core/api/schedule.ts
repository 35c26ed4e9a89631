/** A part of the week, in minutes since Monday 00:00 local time; `to` is not in it. */
interface WeekSpan {
  readonly from: number;
  readonly to: number;
}

/** Times of the week at which something holds. No spans: always. */
export interface Schedule {
  readonly spans: readonly WeekSpan[];
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const minutesPerDay = 24 * 60;
const minutesPerWeek = 7 * minutesPerDay;
const spansMax = 21;

/** How a schedule is written, for error messages. */
export const scheduleHint = 'Write "always", or days and times such as "Mon-Fri 09:00-17:00, Sat 10:00-12:00".';

/**
 * Reads `always`, or parts separated by commas: days (`Mon`, `Mon-Fri`; none: every day) and a time span (`09:00-17:00`; one that ends
 * before it begins lasts into the next day). Undefined where the text is neither.
 */
export function parseSchedule(text: string): Schedule | undefined {
  const words = text.trim().toLowerCase();
  if (words === 'always' || words === '') return { spans: [] };
  const spans: WeekSpan[] = [];
  for (const part of words.split(/[,;]/)) {
    const match = /^\s*(?:([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(part);
    if (!match) return undefined;
    const days = daysOf(match[1], match[2]);
    const from = minuteOf(match[3], match[4]);
    const to = minuteOf(match[5], match[6]);
    if (days === undefined || from === undefined || to === undefined || from === to) return undefined;
    for (const day of days)
      spans.push({ from: day * minutesPerDay + from, to: day * minutesPerDay + to + (to < from ? minutesPerDay : 0) });
  }
  return spans.length <= spansMax ? { spans } : undefined;
}

/** Whether the schedule holds at `wallMs` (since 1970) where clocks are `utcOffsetMinutes` ahead of UTC. */
export function isScheduled({ spans }: Schedule, wallMs: number, utcOffsetMinutes: number): boolean {
  if (spans.length === 0) return true;
  const minute = minuteOfWeek(wallMs, utcOffsetMinutes);
  return spans.some(({ from, to }) => (minute >= from && minute < to) || minute + minutesPerWeek < to);
}

/** 1970-01-01 was a Thursday. */
function minuteOfWeek(wallMs: number, utcOffsetMinutes: number): number {
  const minutes = Math.floor(wallMs / 60_000) + utcOffsetMinutes + 3 * minutesPerDay;
  return ((minutes % minutesPerWeek) + minutesPerWeek) % minutesPerWeek;
}

function daysOf(first: string | undefined, last: string | undefined): readonly number[] | undefined {
  if (first === undefined) return dayNames.map((_, day) => day);
  const from = dayNames.indexOf(first as (typeof dayNames)[number]);
  const to = last === undefined ? from : dayNames.indexOf(last as (typeof dayNames)[number]);
  if (from < 0 || to < 0) return undefined;
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (from + index) % 7);
}

function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const [h, m] = [Number(hour), Number(minute)];
  return m < 60 && (h < 24 || (h === 24 && m === 0)) ? h * 60 + m : undefined;
}
