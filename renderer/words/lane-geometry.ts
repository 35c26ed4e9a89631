import { formatClock, formatDuration, formatMany, type Lane, type SegmentState, type Wake } from '../../core/api/index.ts';

/** A piece of a lane; `from` and `width` are parts of the whole, 0 to 1. */
export interface LaneBar {
  readonly state: SegmentState;
  readonly from: number;
  readonly width: number;
}

/** A wake on a lane; `at` is a part of the whole, 0 to 1. */
export interface LaneMark {
  readonly at: number;
  readonly wake: Wake;
}

export interface LaneGeometry {
  readonly bars: readonly LaneBar[];
  readonly marks: readonly LaneMark[];
}

const hourMs = 3_600_000;

/** Where the lane's states and wakes lie in the `hours` before `now`. What lies outside is cut off. */
export function laneGeometry(lane: Pick<Lane, 'segments' | 'wakes'>, now: string, hours: number): LaneGeometry {
  const endMs = Date.parse(now);
  const startMs = endMs - hours * hourMs;
  const part = (atMs: number): number => Math.min(1, Math.max(0, (atMs - startMs) / (endMs - startMs)));
  const bars = lane.segments
    .map(({ state, from, to }) => ({ state, from: part(Date.parse(from)), to: part(to === null ? endMs : Date.parse(to)) }))
    .filter(({ from, to }) => to > from)
    .map(({ state, from, to }) => ({ state, from, width: to - from }));
  const marks = lane.wakes
    .filter(({ at }) => Date.parse(at) >= startMs && Date.parse(at) <= endMs)
    .map((wake) => ({ at: part(Date.parse(wake.at)), wake }));
  return { bars, marks };
}

/** Full hours of the clock within the lane, at most `ticksMax` of them, evenly spaced. */
export function laneTicks(now: string, hours: number, ticksMax = 9): readonly { readonly at: number; readonly text: string }[] {
  const endMs = Date.parse(now);
  const startMs = endMs - hours * hourMs;
  const stepHours = [1, 2, 3, 4, 6, 12, 24].find((step) => hours / step <= ticksMax) ?? 24;
  const ticks = [];
  const first = new Date(startMs);
  first.setMinutes(0, 0, 0);
  for (let atMs = first.getTime(); atMs <= endMs; atMs += hourMs) {
    const hour = new Date(atMs).getHours();
    if (atMs < startMs || hour % stepHours !== 0) continue;
    ticks.push({ at: (atMs - startMs) / (endMs - startMs), text: `${String(hour).padStart(2, '0')}:00` });
  }
  return ticks;
}

const stateTexts: Readonly<Record<SegmentState, string>> = {
  awake: 'Awake',
  asleep: 'Asleep',
  recovering: 'Catching up',
  offline: 'Not reachable',
  off: 'Dormouse was off',
  unknown: 'Not known',
};

export function laneStateText(state: SegmentState): string {
  return stateTexts[state];
}

const causeTexts: Readonly<Record<string, string>> = {
  wake: 'This device woke',
  stall: 'Dormouse was held up here',
  restart: 'Dormouse was started here',
  'peer-wake': 'It woke',
  'peer-restart': 'Dormouse was started there',
  'link-lost': 'The link was lost',
  pause: 'The pause ended',
  returned: 'It came back',
  'first-link': 'First link',
};

/** What happened at a wake, line by line. */
export function wakeTexts(wake: Wake, now: Date): readonly string[] {
  const cause = causeTexts[wake.cause] ?? wake.cause;
  const slept = wake.asleepSince === null ? '' : `, after ${formatDuration(Date.parse(wake.at) - Date.parse(wake.asleepSince))} of sleep`;
  return [
    `${cause} at ${formatClock(wake.at, now)}${slept}`,
    clearedText(wake),
    ...(wake.liveAfterMs === null ? ['No link yet'] : [`Linked again after ${shortTime(wake.liveAfterMs)}`]),
    ...evenTexts(wake),
  ].filter((text) => text !== '');
}

function clearedText({ referencesCleared, clearedAfterMs }: Wake): string {
  if (referencesCleared === 0) return '';
  const when = clearedAfterMs === null ? '' : clearedAfterMs === 0 ? ' before the sleep' : ` after ${shortTime(clearedAfterMs)}`;
  return `${formatMany(referencesCleared, 'dead reference')} cleared${when}`;
}

function evenTexts({ metadataEvenAfterMs, dataEvenAfterMs, ended }: Wake): readonly string[] {
  if (dataEvenAfterMs !== null) return [`Even after ${shortTime(dataEvenAfterMs)}`];
  const metadata = metadataEvenAfterMs === null ? [] : [`Lists even after ${shortTime(metadataEvenAfterMs)}`];
  return [...metadata, ended === 'interrupted' ? 'Interrupted before it was even' : 'Still catching up'];
}

/** `45 ms`, `1.2 s`, `3 min`. */
export function shortTime(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}
