import { describe, expect, test } from 'vitest';
import { RateMeter } from './rate-meter.ts';

describe('rate meter', () => {
  test('SES-5 approaches a steady rate, and falls while nothing comes', () => {
    const meter = new RateMeter(0);
    for (let ms = 10; ms <= 20_000; ms += 10) meter.add(1_000, ms);
    expect(meter.perSecond(20_000)).toBeGreaterThan(95_000);
    expect(meter.perSecond(20_000)).toBeLessThan(105_000);
    expect(meter.perSecond(40_000)).toBeLessThan(100);
    expect(meter.busyPerSecond(40_000)).toBeGreaterThan(90_000);
    expect(meter.totalBytes).toBe(2_000_000);
  });

  test('SES-5 knows no rate of a link that was never busy', () => {
    const meter = new RateMeter(0);
    meter.add(10, 60_000);
    expect(meter.busyPerSecond(120_000)).toBeUndefined();
  });
});
