import { assert } from '../base/index.ts';

/**
 * What a device is in at a time, as far as this agent knows. `off`: this agent did not run; `unknown`: another device while this one
 * was off or asleep, or before anything was noted.
 */
export const laneStates = ['awake', 'asleep', 'recovering', 'offline', 'off', 'unknown'] as const;
export type LaneState = (typeof laneStates)[number];

/** From `atMs` (wall clock) on the device was in `state`. */
export interface LaneMark {
  readonly atMs: number;
  readonly state: LaneState;
}

export interface LaneSegment {
  readonly state: LaneState;
  readonly fromMs: number;
  /** Undefined: it lasts. */
  readonly toMs: number | undefined;
}

/**
 * `marks` (in order) with one more. What is known later about an instant that has passed, such as the begin of a sleep, replaces what
 * was noted for that instant and after it. Returns the same list where nothing changes.
 */
export function withMark(marks: readonly LaneMark[], mark: LaneMark): readonly LaneMark[] {
  const before = marks.filter(({ atMs }) => atMs < mark.atMs);
  if (before.at(-1)?.state !== mark.state) return [...before, mark];
  return before.length === marks.length ? marks : before;
}

/** The last `countMax` marks that matter from `fromMs` on: the one in force then, and all later ones. */
export function recentMarks(marks: readonly LaneMark[], fromMs: number, countMax: number): readonly LaneMark[] {
  const inForce = marks.findLastIndex(({ atMs }) => atMs <= fromMs);
  return marks.slice(Math.max(0, inForce, marks.length - countMax));
}

/** The states from `fromMs` to `nowMs`, in order, without gaps or overlaps; `unknown` before the first mark, open at the end. */
export function laneSegments(marks: readonly LaneMark[], fromMs: number, nowMs: number): readonly LaneSegment[] {
  assert(fromMs < nowMs, 'a window has a length');
  const within = recentMarks(marks, fromMs, Infinity).filter(({ atMs }) => atMs < nowMs);
  const first = within[0];
  const begin: LaneMark = { atMs: fromMs, state: first && first.atMs <= fromMs ? first.state : 'unknown' };
  const all = within.filter(({ atMs }) => atMs > fromMs).reduce<readonly LaneMark[]>(withMark, [begin]);
  return all.map(({ atMs, state }, index) => ({ state, fromMs: atMs, toMs: all[index + 1]?.atMs }));
}
