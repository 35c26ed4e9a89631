import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import { wallMs } from '../base/index.ts';
import type { DeviceRecovery, LaneMark } from './index.ts';
import { laneSegments, laneStates, ownRecoveries, recentMarks, withMark } from './index.ts';

describe('lanes', () => {
  test('REC-1 a lane covers its whole window in order, without gaps or overlaps, whatever was noted', () => {
    const mark = fc.record({ atMs: fc.integer({ min: 0, max: 200 }), state: fc.constantFrom(...laneStates) });
    fc.assert(
      fc.property(fc.array(mark), fc.integer({ min: 0, max: 199 }), (added, fromMs) => {
        const marks = added.reduce<readonly LaneMark[]>(withMark, []);
        const segments = laneSegments(marks, fromMs, 200);
        expect(segments[0]?.fromMs).toBe(fromMs);
        expect(segments.at(-1)?.toMs).toBeUndefined();
        segments.forEach((segment, index) => {
          const next = segments[index + 1];
          expect(segment.toMs).toBe(next?.fromMs);
          expect(segment.toMs ?? 200).toBeGreaterThan(segment.fromMs);
          if (next) expect(next.state).not.toBe(segment.state);
        });
      }),
    );
  });

  test('REC-1 a sleep that shows only at its end is noted from its begin', () => {
    const awake = withMark([], { atMs: 100, state: 'awake' });
    const slept = withMark(withMark(awake, { atMs: 500, state: 'asleep' }), { atMs: 900, state: 'awake' });
    expect(laneSegments(slept, 0, 1000)).toEqual([
      { state: 'unknown', fromMs: 0, toMs: 100 },
      { state: 'awake', fromMs: 100, toMs: 500 },
      { state: 'asleep', fromMs: 500, toMs: 900 },
      { state: 'awake', fromMs: 900, toMs: undefined },
    ]);
    expect(withMark(slept, { atMs: 950, state: 'awake' })).toBe(slept);
    expect(withMark(slept, { atMs: 400, state: 'asleep' })).toEqual([...awake, { atMs: 400, state: 'asleep' }]);
  });

  test('REC-1 old marks go, the one in force stays', () => {
    const marks: LaneMark[] = Array.from({ length: 10 }, (_, i) => ({ atMs: i * 10, state: i % 2 === 0 ? 'awake' : 'offline' }));
    expect(recentMarks(marks, 45, 100)).toEqual(marks.slice(4));
    expect(recentMarks(marks, 45, 3)).toEqual(marks.slice(7));
    expect(recentMarks(marks, -1, 100)).toEqual(marks);
  });
});

describe('wakes of this host', () => {
  const wake = { at: wallMs(1000), cause: 'wake', asleepSince: wallMs(10) } as const;
  const part: DeviceRecovery = {
    ...{ ...wake, device: 'anna' as DeviceId, begun: true, referencesCleared: 2, clearedAfterMs: 5 },
    ...{ liveAfterMs: 100, metadataEvenAfterMs: 200, dataEvenAfterMs: 300, ended: 'even' },
  };

  test('REC-1 add up: all cleared, the first link, everyone even', () => {
    const slower: DeviceRecovery = { ...part, referencesCleared: 3, clearedAfterMs: 9, liveAfterMs: 400, dataEvenAfterMs: 900 };
    const away: DeviceRecovery = {
      ...part,
      ...{ referencesCleared: 1, liveAfterMs: undefined, metadataEvenAfterMs: undefined, dataEvenAfterMs: undefined, ended: undefined },
    };
    const other: DeviceRecovery = { ...part, at: wallMs(2000), referencesCleared: 50 };
    expect(ownRecoveries([wake], [part, slower, away, other])).toEqual([
      {
        ...wake,
        ...{ referencesCleared: 6, clearedAfterMs: 9, liveAfterMs: 100, metadataEvenAfterMs: 200, dataEvenAfterMs: 900, ended: 'even' },
      },
    ]);
    expect(ownRecoveries([wake], [part, { ...slower, dataEvenAfterMs: undefined, ended: undefined }])[0]).toMatchObject({
      dataEvenAfterMs: undefined,
      ended: undefined,
    });
  });

  test('REC-1 one to which nobody came back has only its begin', () => {
    expect(ownRecoveries([wake], [])[0]).toMatchObject({ referencesCleared: 0, liveAfterMs: undefined, ended: undefined });
  });
});
