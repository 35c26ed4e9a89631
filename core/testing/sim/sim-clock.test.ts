import { expect, test } from 'vitest';
import { SimWorld } from './sim-world.ts';

test('SES-6 linux: while the host sleeps the monotonic clock stands, timers keep their remaining time, the drift tells the sleep', async () => {
  const { scheduler, ...world } = withHost('linux');
  const { clock } = world.host.ports;
  const fired: number[] = [];
  clock.setTimer(10_000, () => fired.push(scheduler.nowMs));
  await scheduler.runFor(4000);
  const before = { mono: clock.monoNow(), wall: clock.wallNow() };
  world.host.suspend();
  await scheduler.runFor(60_000);
  expect(fired).toEqual([]);
  world.host.resume();
  expect(clock.monoNow() - before.mono).toBe(0);
  expect(clock.wallNow() - before.wall).toBe(60_000);
  expect(clock.sleepDriftMs()).toBe(60_000);
  await scheduler.runFor(10_000);
  expect(fired).toEqual([70_000]);
});

test('SES-6 mac and windows: the monotonic clock runs on, and overdue timers fire together on resume, in their order', async () => {
  const { scheduler, host } = withHost('mac-windows');
  const { clock } = host.ports;
  const fired: string[] = [];
  clock.setTimer(20_000, () => fired.push(`second ${scheduler.nowMs}`));
  clock.setTimer(10_000, () => fired.push(`first ${scheduler.nowMs}`));
  clock.setTimer(90_000, () => fired.push(`third ${scheduler.nowMs}`));
  await scheduler.runFor(4000);
  host.suspend();
  await scheduler.runFor(60_000);
  expect(fired).toEqual([]);
  host.resume();
  await scheduler.runFor(1);
  expect(fired).toEqual(['first 64000', 'second 64000']);
  expect(clock.monoNow()).toBe(64_001);
  expect(clock.sleepDriftMs()).toBeUndefined();
  await scheduler.runFor(30_000);
  expect(fired[2]).toBe('third 90000');
});

test('SES-5 a stall of the event loop holds timers back', async () => {
  const { scheduler, host } = withHost('linux');
  const fired: number[] = [];
  host.ports.clock.setTimer(100, () => fired.push(scheduler.nowMs));
  await scheduler.runFor(50);
  host.stall(2000);
  await scheduler.runFor(10_000);
  expect(fired).toEqual([2050]);
});

test('SES-6 the wall clock can be stepped without touching timers', async () => {
  const { scheduler, host } = withHost('linux');
  const { clock } = host.ports;
  const before = clock.wallNow();
  let fired = 0;
  clock.setTimer(1000, () => (fired += 1));
  host.time.stepWall(-3_600_000);
  expect(clock.wallNow() - before).toBe(-3_600_000);
  await scheduler.runFor(999);
  expect(fired).toBe(0);
  await scheduler.runFor(1);
  expect(fired).toBe(1);
});

test('the timers of a run that crashed never fire', async () => {
  const { scheduler, host } = withHost('linux');
  host.ports.clock.setTimer(100, () => expect.unreachable());
  host.suspend();
  host.crash({ powerCut: true });
  host.restart();
  expect(host.ports.clock.monoNow()).toBe(0);
  await scheduler.runFor(10_000);
});

function withHost(suspendKind: 'linux' | 'mac-windows'): { scheduler: SimWorld['scheduler']; host: ReturnType<SimWorld['addHost']> } {
  const world = new SimWorld(`clock ${suspendKind}`);
  return { scheduler: world.scheduler, host: world.addHost({ name: 'anna', suspendKind }) };
}
