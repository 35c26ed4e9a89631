import { z } from 'zod';

const count = z.int().min(0);
const iso = z.iso.datetime();
const afterMs = z.number().min(0).nullable();

/** What a recovery follows; the words are those of core/recovery. */
export const wakeCauses = [
  'wake',
  'stall',
  'restart',
  'peer-wake',
  'peer-restart',
  'link-lost',
  'pause',
  'returned',
  'first-link',
] as const;

/** One recovery with a device: from a wake, a start, the end of a link, or a first link until both sides are even (REC-1). */
export const wakeSchema = z.object({
  at: iso.describe('When it began: all durations count from here, in ms of awake time; null: not reached.'),
  cause: z.enum(wakeCauses),
  asleepSince: iso.nullable().describe('Since when the device that woke was asleep, where that is known.'),
  referencesCleared: count.describe('Things that still pointed at the link before.'),
  clearedAfterMs: afterMs.describe('0 where they were cleared before the sleep.'),
  liveAfterMs: afterMs.describe('Handshake done, or the link from before the sleep proved itself.'),
  metadataEvenAfterMs: afterMs.describe('Rosters and journals even.'),
  dataEvenAfterMs: afterMs.describe('Neither side wants anything of the other.'),
  ended: z.enum(['even', 'interrupted']).nullable().describe('null: still under way.'),
});
export type Wake = z.infer<typeof wakeSchema>;

export const segmentStates = ['awake', 'asleep', 'recovering', 'offline', 'off', 'unknown'] as const;

export type SegmentState = (typeof segmentStates)[number];

/** `off`: this agent did not run; other devices are then `unknown`, as they are while this one sleeps. */
export const segmentSchema = z.object({ state: z.enum(segmentStates), from: iso, to: iso.nullable() });
export type Segment = z.infer<typeof segmentSchema>;

/** Segments are in order, without gaps or overlaps, and end with one that is open; wakes oldest first. */
export const laneSchema = z.object({ device: z.string(), name: z.string(), segments: z.array(segmentSchema), wakes: z.array(wakeSchema) });
export type Lane = z.infer<typeof laneSchema>;

export const lanesSchema = z.object({ now: iso, self: laneSchema, devices: z.array(laneSchema) });
export type Lanes = z.infer<typeof lanesSchema>;

/** The longest window of lanes, in hours. */
export const laneHoursMax = 48;
