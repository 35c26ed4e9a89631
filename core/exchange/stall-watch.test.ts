import { describe, expect, test } from 'vitest';
import { SimWorld } from '../testing/index.ts';
import { StallWatch } from './stall-watch.ts';

function withWatch() {
  const world = new SimWorld('stall-watch');
  const host = world.addHost({ name: 'reader' });
  const told: number[] = [];
  const stalls = new StallWatch(host.ports.clock, (ms) => told.push(ms));
  return { scheduler: world.scheduler, host, told, stalls };
}

describe('the watch over this host', () => {
  test('SES-5 a stall is told once, also one that is over before anything is due', async () => {
    const { scheduler, host, told, stalls } = withWatch();
    stalls.watch(true);
    await scheduler.runFor(1000);
    expect(told).toEqual([]);
    host.stall(220);
    await scheduler.runFor(1000);
    stalls.now();
    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThanOrEqual(150);
    expect(told[0]).toBeLessThanOrEqual(220);
  });

  test('SES-5 whoever asks for the time first finds the stall', async () => {
    const { scheduler, host, told, stalls } = withWatch();
    stalls.watch(true);
    await scheduler.runFor(10);
    host.stall(5000);
    await scheduler.runFor(4999);
    stalls.now();
    expect(told).toHaveLength(1);
    await scheduler.runFor(1000);
    expect(told.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(5000);
  });

  test('SES-5 nothing is told, and no timer runs, while nothing is outstanding', async () => {
    const { scheduler, host, told, stalls } = withWatch();
    stalls.watch(true);
    stalls.watch(false);
    host.stall(3000);
    await scheduler.runFor(10_000);
    stalls.watch(true);
    stalls.now();
    expect(told).toEqual([]);
  });
});
