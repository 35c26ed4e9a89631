import { describe, expect, test } from 'vitest';
import { wallMsFromIso } from '../base/index.ts';
import { isScheduled, parseSchedule } from './schedule.ts';

/** 2026-11-16 is a Monday. */
const at = (iso: string): number => wallMsFromIso(`2026-11-${iso}Z`) ?? Number.NaN;

describe('parseSchedule', () => {
  const cases: readonly { readonly text: string; readonly within: readonly string[]; readonly outside: readonly string[] }[] = [
    { text: 'always', within: ['16T00:00', '22T23:59'], outside: [] },
    { text: 'Mon-Fri 09:00-17:00', within: ['16T09:00', '20T16:59'], outside: ['16T08:59', '16T17:00', '21T12:00'] },
    { text: 'sat 10:00-12:00, Sun 22:00-24:00', within: ['21T11:00', '22T23:30'], outside: ['21T09:59', '22T21:59', '16T00:00'] },
    { text: '22:00-06:00', within: ['16T23:00', '17T05:59', '16T01:00'], outside: ['16T06:00', '16T21:59'] },
    { text: 'Sun 22:00-06:00', within: ['22T22:00', '16T05:59'], outside: ['16T06:00', '17T01:00'] },
    { text: 'Fri-Mon 08:00-09:00', within: ['20T08:30', '16T08:30'], outside: ['17T08:30', '19T08:30'] },
  ];

  test.each(cases)('"$text"', ({ text, within, outside }) => {
    const schedule = parseSchedule(text);
    if (schedule === undefined) throw new Error('not read');
    for (const time of within) expect(isScheduled(schedule, at(time), 0), time).toBe(true);
    for (const time of outside) expect(isScheduled(schedule, at(time), 0), time).toBe(false);
  });

  test('holds by the clock on the wall', () => {
    const schedule = parseSchedule('Mon 09:00-10:00');
    if (schedule === undefined) throw new Error('not read');
    expect(isScheduled(schedule, at('16T08:30'), 60)).toBe(true);
    expect(isScheduled(schedule, at('16T09:30'), 60)).toBe(false);
    expect(isScheduled(schedule, at('16T18:30'), -9 * 60)).toBe(true);
  });

  test.each([
    'sometimes',
    'Mon',
    'Mon 9-17',
    'Mon-Foo 09:00-10:00',
    'Mon 25:00-26:00',
    'Mon 09:60-10:00',
    'Mon 09:00-09:00',
    'Mon 09:00-10:00,',
  ])('"%s" is no schedule', (text) => expect(parseSchedule(text)).toBeUndefined());
});
