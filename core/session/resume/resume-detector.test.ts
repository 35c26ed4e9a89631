import { describe, expect, test } from 'vitest';
import type { Clock } from '../../ports/index.ts';
import { SimWorld } from '../../testing/sim/index.ts';
import type { SimHost, SuspendKind } from '../../testing/sim/index.ts';
import type { WakeAction } from './fuse.ts';
import type { ResumeDetector } from './resume-detector.ts';
import { createResumeDetector } from './resume-detector.ts';

function words(action: WakeAction): string {
  return action.kind === 'network-changed' ? action.kind : `${action.kind} ${action.cause}`;
}

describe.each<SuspendKind>(['linux', 'mac-windows'])('resume detector on a %s clock', (suspendKind) => {
  interface Watched {
    readonly world: SimWorld;
    readonly host: SimHost;
    readonly actions: WakeAction[];
    readonly detector: ResumeDetector;
  }

  function detectorOn(seed: string): Watched {
    const world = new SimWorld(seed);
    const host = world.addHost({ name: 'laptop', suspendKind });
    const actions: WakeAction[] = [];
    const { clock, power, network } = host.ports;
    const detector = createResumeDetector({ clock, power, network, onAction: (action) => void actions.push(action) });
    return { world, host, actions, detector };
  }

  test('SES-6 a sleep nobody tells of is seen within a second of the wake', async () => {
    const { world, host, actions } = detectorOn('untold');
    await world.scheduler.runFor(10_300);
    host.suspend();
    await world.scheduler.runFor(60_000);
    host.resume({ tell: false });
    expect(await world.scheduler.runUntil(() => actions.length === 1, 1_000)).toBe(true);
    expect(actions[0]).toMatchObject({ kind: 'resume', cause: 'clock' });
    await world.scheduler.runFor(60_000);
    expect(actions).toHaveLength(1);
  });

  test('SES-6 a sleep that everybody tells of is one suspend and one resume', async () => {
    const { world, host, actions } = detectorOn('told');
    await world.scheduler.runFor(5_000);
    host.suspendWithNotice(500);
    await world.scheduler.runFor(60_000);
    host.resume();
    host.power.tell({ kind: 'resume' });
    await world.scheduler.runFor(60_000);
    expect(actions.map(words)).toEqual(['suspend power', 'resume clock']);
  });

  test('SES-6 a network that comes back is told, and a detector that was stopped tells nothing', async () => {
    const { world, host, actions, detector } = detectorOn('network');
    host.nic.setAttached(false);
    await world.scheduler.runFor(2_000);
    expect(actions.map(words)).toEqual(['network-changed']);
    detector.stop();
    host.nic.setAttached(true);
    host.suspend();
    await world.scheduler.runFor(60_000);
    host.resume();
    await world.scheduler.runFor(60_000);
    expect(actions).toHaveLength(1);
  });
});

test('SES-6 a thousand frames a second read the clock of the drift once, and the first frame after a sleep sees it', async () => {
  const world = new SimWorld('cheap look');
  const host = world.addHost({ name: 'laptop' });
  const { clock, power, network } = host.ports;
  let driftReadings = 0;
  const counted: Clock = {
    wallNow: () => clock.wallNow(),
    monoNow: () => clock.monoNow(),
    utcOffsetMinutes: (at) => clock.utcOffsetMinutes(at),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    sleepDriftMs: () => {
      driftReadings += 1;
      return clock.sleepDriftMs();
    },
  };
  const actions: WakeAction[] = [];
  const detector = createResumeDetector({ clock: counted, power, network, onAction: (action) => void actions.push(action) });
  await world.scheduler.runFor(5_500);
  driftReadings = 0;
  for (let i = 0; i < 1_000; i++) {
    await world.scheduler.runFor(1);
    detector.look();
  }
  expect(driftReadings).toBeLessThanOrEqual(2);
  host.suspend();
  await world.scheduler.runFor(1_500);
  host.resume({ tell: false });
  await world.scheduler.runFor(1);
  detector.look();
  expect(actions.map(words)).toEqual(['resume clock']);
});

describe('a platform that waits until we are ready to sleep', () => {
  test('SES-7 it is told when the farewell is done, at once where there is nothing to do, and never twice', async () => {
    const world = new SimWorld('ready');
    const host = world.addHost({ name: 'laptop' });
    const { clock, power, network } = host.ports;
    let farewellDone: () => void = () => undefined;
    const farewell = new Promise<void>((resolve) => (farewellDone = resolve));
    const detector = createResumeDetector({ clock, power, network, onAction: ({ kind }) => (kind === 'suspend' ? farewell : undefined) });
    const ready: string[] = [];
    await world.scheduler.runFor(20_000);
    power.tell({ kind: 'suspend', ready: () => ready.push('first') });
    await world.scheduler.runFor(1_000);
    expect(ready).toEqual([]);
    farewellDone();
    await world.scheduler.runFor(0);
    expect(ready).toEqual(['first']);
    power.tell({ kind: 'resume' });
    await world.scheduler.runFor(5_000);
    detector.suspendByHand();
    power.tell({ kind: 'suspend', ready: () => ready.push('second') });
    await world.scheduler.runFor(1);
    expect(ready).toEqual(['first', 'second']);
  });

  test('SES-7 told of by two sources, it is told to both when the farewell is done', async () => {
    const world = new SimWorld('told twice');
    const { clock, power, network } = world.addHost({ name: 'laptop' }).ports;
    let farewellDone: () => void = () => undefined;
    const farewell = new Promise<void>((resolve) => (farewellDone = resolve));
    createResumeDetector({ clock, power, network, onAction: ({ kind }) => (kind === 'suspend' ? farewell : undefined) });
    const ready: string[] = [];
    await world.scheduler.runFor(20_000);
    power.tell({ kind: 'suspend' });
    power.tell({ kind: 'suspend', ready: () => ready.push('the one that waits') });
    await world.scheduler.runFor(1_000);
    expect(ready).toEqual([]);
    farewellDone();
    await world.scheduler.runFor(0);
    expect(ready).toEqual(['the one that waits']);
  });
});
