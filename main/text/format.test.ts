import { describe, expect, test } from 'vitest';
import { DAY_MS, GIB, HOUR_MS, KIB, MIB, MINUTE_MS } from '../../core/base/index.ts';
import { formatAgo, formatBytes, formatClock, formatCount, formatDuration, formatMany, formatTotals } from './format.ts';

const now = new Date('2026-11-20T12:00:00Z');

describe('sizes and counts', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [KIB, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [MIB - 1, '1.0 MiB'],
    [9.96 * MIB, '10 MiB'],
    [345 * MIB, '345 MiB'],
    [GIB, '1.0 GiB'],
    [5000 * GIB, '4.9 TiB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 000'],
    [1234567, '1 234 567'],
  ])('%d is grouped as %s', (count, text) => expect(formatCount(count)).toBe(text));

  test('a single thing is not many', () => {
    expect([formatMany(1, 'file'), formatMany(0, 'file'), formatMany(2, 'entry', 'entries')]).toEqual(['1 file', '0 files', '2 entries']);
  });

  test('nothing at all is a dash', () => {
    expect(formatTotals({ files: 0, bytes: 0 })).toBe('-');
    expect(formatTotals({ files: 1, bytes: 0 })).toBe('1 file, 0 B');
  });
});

describe('times', () => {
  test.each([
    [0, '0 s'],
    [59_000, '59 s'],
    [MINUTE_MS, '1 min'],
    [2 * HOUR_MS, '2 h'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
    [11 * HOUR_MS + 5 * MINUTE_MS, '11 h'],
    [3 * DAY_MS + HOUR_MS, '3 d 1 h'],
    [-5, '0 s'],
  ])('%d ms last %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test.each([
    ['2026-11-20T11:59:58Z', 'just now'],
    ['2026-11-20T12:03:00Z', 'just now'],
    ['2026-11-20T11:59:30Z', '30 s ago'],
    ['2026-11-20T09:40:00Z', '2 h ago'],
    ['2026-11-10T12:00:00Z', '10 d ago'],
  ])('%s was %s', (iso, text) => expect(formatAgo(iso, now)).toBe(text));

  test.each([
    ['2026-11-20T09:12:00Z', '09:12'],
    ['2026-11-17T09:12:00Z', 'Tue 09:12'],
    ['2026-11-03T00:05:00Z', '2026-11-03 00:05'],
  ])('%s reads %s', (iso, text) => expect(formatClock(iso, now, 'UTC')).toBe(text));
});
