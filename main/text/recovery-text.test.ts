import { describe, expect, test } from 'vitest';
import { type Lane, type Lanes, type Wake, lanesSchema } from '../../core/api/index.ts';
import { noPaint } from './paint.ts';
import { formatCause, formatLanes } from './recovery-text.ts';

const context = { now: new Date('2026-11-20T12:00:00Z'), paint: noPaint, timeZone: 'UTC' };
const wake: Wake = {
  ...{ at: '2026-11-20T07:02:00.000Z', cause: 'wake', asleepSince: '2026-11-19T22:14:00.000Z', referencesCleared: 6 },
  ...{ clearedAfterMs: 3, liveAfterMs: 410, metadataEvenAfterMs: 620, dataEvenAfterMs: 12_400, ended: 'even' },
};
const self: Lane = {
  device: '12D3KooWmine',
  name: 'mine',
  segments: [
    { state: 'unknown', from: '2026-11-19T12:00:00.000Z', to: '2026-11-19T22:14:00.000Z' },
    { state: 'asleep', from: '2026-11-19T22:14:00.000Z', to: '2026-11-20T07:02:00.000Z' },
    { state: 'awake', from: '2026-11-20T07:02:00.000Z', to: null },
  ],
  wakes: [wake],
};
const interrupted: Wake = { ...wake, clearedAfterMs: 900, metadataEvenAfterMs: null, dataEvenAfterMs: null, ended: 'interrupted' };
const nas: Lane = { ...self, device: '12D3KooWnas', name: 'nas\u001b[2J', wakes: [interrupted, { ...interrupted, ended: null }] };
const lanes: Lanes = { now: '2026-11-20T12:00:00.000Z', self, devices: [nas, { ...nas, name: 'old', wakes: [] }] };

describe('the story of sleeps for people', () => {
  test('the example is of the contract', () => expect(lanesSchema.safeParse(lanes).error).toBeUndefined());

  test('REC-1 says how each device spent the time, and what each recovery took', () => {
    expect(formatLanes(lanes, 24, context).split('\n')).toEqual([
      'mine (this device): awake since 07:02',
      '  In the last 24 h: unknown 10 h, asleep 8 h 48 min, awake 4 h 58 min.',
      '  WHEN   WHAT              CLEARED    LINK   METADATA  EVEN',
      '  07:02  slept 8 h 48 min  6 at once  0.4 s  0.6 s     12 s',
      '',
      'nas\\x1b[2J: awake since 07:02',
      '  In the last 24 h: unknown 10 h, asleep 8 h 48 min, awake 4 h 58 min.',
      '  WHEN   WHAT                          CLEARED     LINK   METADATA  EVEN',
      '  07:02  this device slept 8 h 48 min  6 in 0.9 s  0.4 s  -         interrupted',
      '  07:02  this device slept 8 h 48 min  6 in 0.9 s  0.4 s  -         under way',
      '',
      'old: awake since 07:02',
      '  In the last 24 h: unknown 10 h, asleep 8 h 48 min, awake 4 h 58 min.',
      '  No recoveries.',
    ]);
  });

  test.each<[Wake['cause'], boolean, string]>([
    ['wake', true, 'slept 8 h 48 min'],
    ['restart', true, 'the agent started'],
    ['restart', false, 'this agent started'],
    ['peer-wake', false, 'it slept 8 h 48 min'],
    ['peer-restart', false, 'its agent restarted'],
    ['link-lost', false, 'the link broke'],
    ['pause', false, 'it was paused here'],
    ['returned', false, 'it was away'],
    ['first-link', false, 'first link'],
  ])('REC-1 %s (of this device: %s) reads "%s"', (cause, isSelf, text) => expect(formatCause({ ...wake, cause }, isSelf)).toBe(text));
});
