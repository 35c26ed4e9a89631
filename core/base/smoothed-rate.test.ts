import { expect, test } from 'vitest';
import { SmoothedRate } from './smoothed-rate.ts';

const windowMs = 3_000;

function fed(rate: SmoothedRate, fromMs: number, toMs: number): void {
  for (let ms = fromMs + 10; ms <= toMs; ms += 10) rate.add(1_000, ms);
}

test.each([0, 500_000])('STA-2 a steady rate is known within the first second, whatever the clock shows (%i)', (startMs) => {
  const rate = new SmoothedRate(windowMs);
  expect(rate.perSecond(startMs)).toBe(0);
  rate.add(1_000, startMs);
  expect(rate.perSecond(startMs)).toBeLessThan(10_000);
  for (const untilMs of [500, 1_000, 5_000, 30_000]) {
    const fresh = new SmoothedRate(windowMs);
    fed(fresh, startMs, startMs + untilMs);
    expect(fresh.perSecond(startMs + untilMs)).toBeGreaterThan(95_000);
    expect(fresh.perSecond(startMs + untilMs)).toBeLessThan(105_000);
  }
});

test('STA-2 it falls while nothing comes, and after a pause begins anew', () => {
  const rate = new SmoothedRate(windowMs);
  fed(rate, 0, 10_000);
  expect(rate.perSecond(13_000)).toBeLessThan(45_000);
  expect(rate.perSecond(40_000)).toBeLessThan(10);
  fed(rate, 40_000, 41_000);
  expect(rate.perSecond(41_000)).toBeGreaterThan(90_000);
});
