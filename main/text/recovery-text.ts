import type { Lane, Lanes, Segment, Wake } from '../../core/api/index.ts';
import { formatClock, formatDuration, formatShortDuration } from './format.ts';
import { safeText } from './safe-text.ts';
import type { TextContext } from './status-text.ts';
import { formatTable } from './table.ts';

/** References that are cleared within this time are cleared "at once" for a person. */
const atOnceMs = 50;

/** The story of the last hours: per device how it spent them, and each recovery with what it took. */
export function formatLanes(lanes: Lanes, hours: number, context: TextContext): string {
  const now = Date.parse(lanes.now);
  const own = formatLane(lanes.self, { isSelf: true, now, hours }, context);
  return [own, ...lanes.devices.map((lane) => formatLane(lane, { isSelf: false, now, hours }, context))].join('\n\n');
}

interface LaneContext {
  readonly isSelf: boolean;
  /** Ms since 1970 by the agent's clock. */
  readonly now: number;
  readonly hours: number;
}

function formatLane(lane: Lane, { isSelf, now, hours }: LaneContext, context: TextContext): string {
  const title = `${context.paint.strong(safeText(lane.name))}${isSelf ? ' (this device)' : ''}: ${formatPresent(lane.segments, context)}`;
  const spent = `  In the last ${hours} h: ${formatSpent(lane.segments, now)}.`;
  if (lane.wakes.length === 0) return `${title}\n${spent}\n  No recoveries.`;
  const rows = lane.wakes.map((wake) => [
    formatClock(wake.at, context.now, context.timeZone),
    formatCause(wake, isSelf),
    formatCleared(wake),
    formatAfter(wake.liveAfterMs),
    formatAfter(wake.metadataEvenAfterMs),
    formatEnd(wake),
  ]);
  const table = formatTable(rows, { head: ['WHEN', 'WHAT', 'CLEARED', 'LINK', 'METADATA', 'EVEN'], indent: 2 });
  return [title, spent, table].join('\n');
}

/** "awake since 09:12". */
function formatPresent(segments: readonly Segment[], context: TextContext): string {
  const last = segments.at(-1);
  if (!last) return 'unknown';
  return segments.length === 1 ? last.state : `${last.state} since ${formatClock(last.from, context.now, context.timeZone)}`;
}

/** "awake 13 h, asleep 8 h 48 min", longest first. */
function formatSpent(segments: readonly Segment[], now: number): string {
  const spentMs = new Map<Segment['state'], number>();
  for (const { state, from, to } of segments) {
    const ms = (to === null ? now : Date.parse(to)) - Date.parse(from);
    spentMs.set(state, (spentMs.get(state) ?? 0) + ms);
  }
  return [...spentMs]
    .sort(([, a], [, b]) => b - a)
    .map(([state, ms]) => `${state} ${formatDuration(ms)}`)
    .join(', ');
}

/** What happened, from the reader's side: "slept 8 h 48 min", "this device slept 20 s". */
export function formatCause(wake: Pick<Wake, 'at' | 'cause' | 'asleepSince'>, isSelf: boolean): string {
  const slept = wake.asleepSince === null ? undefined : formatDuration(Date.parse(wake.at) - Date.parse(wake.asleepSince));
  switch (wake.cause) {
    case 'wake': {
      const who = isSelf ? '' : 'this device ';
      return slept === undefined ? `${who}woke` : `${who}slept ${slept}`;
    }
    case 'stall':
      return isSelf ? 'was held up' : 'this agent was held up';
    case 'restart':
      return isSelf ? 'the agent started' : 'this agent started';
    case 'peer-wake':
      return slept === undefined ? 'it slept' : `it slept ${slept}`;
    case 'peer-restart':
      return 'its agent restarted';
    case 'link-lost':
      return 'the link broke';
    case 'pause':
      return 'it was paused here';
    case 'returned':
      return 'it was away';
    case 'first-link':
      return 'first link';
  }
}

function formatCleared(wake: Wake): string {
  if (wake.referencesCleared === 0) return '-';
  const { clearedAfterMs } = wake;
  return `${wake.referencesCleared} ${clearedAfterMs === null || clearedAfterMs <= atOnceMs ? 'at once' : `in ${formatShortDuration(clearedAfterMs)}`}`;
}

function formatAfter(ms: number | null): string {
  return ms === null ? '-' : formatShortDuration(ms);
}

function formatEnd(wake: Wake): string {
  switch (wake.ended) {
    case 'even':
      return formatAfter(wake.dataEvenAfterMs);
    case 'interrupted':
      return 'interrupted';
    case null:
      return wake.liveAfterMs === null ? '-' : 'under way';
  }
}
