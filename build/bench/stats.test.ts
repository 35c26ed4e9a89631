import { describe, expect, test } from 'vitest';
import type { Measurement } from './results.ts';
import { median, medianMeasurement } from './stats.ts';

const side = { cpuSeconds: 1, peakRssBytes: 10, peakRssSumBytes: 12, processes: 2 };
const measurement: Measurement = { seconds: 2, writeSeconds: 1, writer: side, reader: side, sentBytes: 100, otherCpuSeconds: 0 };

describe('the median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 3], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('of nothing is undefined', () => {
    expect(median([])).toBeUndefined();
    expect(medianMeasurement([])).toBeNull();
  });

  test('of measurements is taken of each figure by itself', () => {
    const runs = [
      { ...measurement, seconds: 1, sentBytes: 300 },
      { ...measurement, seconds: 2, sentBytes: 100, writer: { ...side, cpuSeconds: 7 } },
      { ...measurement, seconds: 3, sentBytes: 200, writer: { ...side, cpuSeconds: 5 } },
    ];
    expect(medianMeasurement(runs)).toEqual({ ...measurement, seconds: 2, sentBytes: 200, writer: { ...side, cpuSeconds: 5 } });
  });

  test('of a figure that one run lacks is null', () => {
    const found = medianMeasurement([measurement, { ...measurement, sentBytes: null, reader: null }]);
    expect(found).toMatchObject({ seconds: 2, sentBytes: null, reader: null, writer: side });
  });
});
