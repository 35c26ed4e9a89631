import { describe, expect, test } from 'vitest';
import type { ClockSample, ResumeDetector, WakeAction, WakeSignal, Wakefulness } from './resume-detector.ts';
import { awakeSince, createResumeDetector, fuse } from './resume-detector.ts';
import { SimWorld } from '../testing/sim/index.ts';
import type { SimHost, SuspendKind } from '../testing/sim/index.ts';

/** A host's clocks, moved by hand. `sleep` is the kind of system whose monotonic clock stops, unless told otherwise. */
class Clocks {
  wallMs = 1_000_000;
  monoMs = 0;
  driftMs: number | undefined = 0;

  awake(ms: number): this {
    this.wallMs += ms;
    this.monoMs += ms;
    return this;
  }

  sleep(ms: number): this {
    this.wallMs += ms;
    if (this.driftMs === undefined) this.monoMs += ms;
    else this.driftMs += ms;
    return this;
  }

  sample(): ClockSample {
    return { wallMs: this.wallMs, monoMs: this.monoMs, driftMs: this.driftMs };
  }
}

class Detector {
  readonly clocks = new Clocks();
  readonly actions: string[] = [];
  #state: Wakefulness = awakeSince(this.clocks.sample());

  signal(signal: WakeSignal): this {
    const { state, actions } = fuse(this.#state, signal, this.clocks.sample());
    this.#state = state;
    for (const action of actions) this.actions.push(words(action));
    return this;
  }

  ticks(count: number): this {
    for (let i = 0; i < count; i++) {
      this.clocks.awake(1_000);
      this.signal('tick');
    }
    return this;
  }
}

function words(action: WakeAction): string {
  return action.kind === 'network-changed' ? action.kind : `${action.kind} ${action.cause}`;
}

describe('fusion of what tells of sleep', () => {
  test('SES-6 regular ticks tell nothing', () => {
    expect(new Detector().ticks(100).actions).toEqual([]);
  });

  test('SES-6 a tick more than 3 s late by the wall clock is a resume, a little late is not', () => {
    const detector = new Detector();
    detector.clocks.awake(4_000);
    expect(detector.signal('tick').actions).toEqual([]);
    detector.clocks.awake(4_001);
    expect(detector.signal('tick').actions).toEqual(['resume clock']);
  });

  test('SES-6 drift of boot time shows even a short sleep, and a received frame is enough to see it', () => {
    const detector = new Detector().ticks(2);
    detector.clocks.awake(300).sleep(1_500);
    expect(detector.signal('look').actions).toEqual(['resume clock']);
    expect(detector.ticks(3).actions).toEqual(['resume clock']);
  });

  test.each<[string, readonly WakeSignal[], readonly string[]]>([
    ['power tells first', ['power-resume', 'tick'], ['resume clock']],
    ['the tick comes first, power tells twice', ['tick', 'power-resume', 'power-resume'], ['resume clock']],
    ['suspend comes late, at the wake', ['power-suspend', 'power-resume', 'tick'], ['resume clock']],
    ['suspend comes late, after the tick', ['tick', 'power-suspend', 'power-resume'], ['resume clock']],
    ['a frame, the network, power and the tick', ['look', 'network-changed', 'power-resume', 'tick'], ['resume clock', 'network-changed']],
  ])('SES-6 of one sleep comes one resume: %s', (_title, signals, expected) => {
    const detector = new Detector().ticks(5);
    detector.clocks.sleep(60_000).awake(1_000);
    for (const signal of signals) detector.signal(signal);
    expect(detector.ticks(30).actions).toEqual(expected);
  });

  test('SES-6 an ordinary suspend and resume', () => {
    const detector = new Detector().ticks(5).signal('power-suspend');
    detector.clocks.sleep(60_000);
    expect(detector.signal('power-resume').ticks(30).actions).toEqual(['suspend power', 'resume clock']);
  });

  test('SES-6 a resume without a suspend, and without a sleep that clocks show, is believed once', () => {
    expect(new Detector().ticks(5).signal('power-resume').signal('power-resume').ticks(30).actions).toEqual(['resume power']);
  });

  test('SES-6 a suspend without a sleep for 10 s was none and counts as a resume', () => {
    const detector = new Detector().ticks(5).signal('power-suspend').ticks(9);
    expect(detector.actions).toEqual(['suspend power']);
    expect(detector.ticks(30).actions).toEqual(['suspend power', 'resume no-sleep']);
  });

  test('SES-6 a suspend by hand lasts until the resume by hand, through sleeps and the word of the platform', () => {
    const detector = new Detector().ticks(5).signal('hand-suspend').ticks(60);
    detector.clocks.sleep(60_000);
    detector.signal('power-resume').ticks(60).signal('power-suspend');
    expect(detector.actions).toEqual(['suspend hand']);
    expect(detector.signal('hand-resume').ticks(5).actions).toEqual(['suspend hand', 'resume hand']);
  });

  test('SES-6 a clock set back is nothing, a clock set forward a resume that does no harm', () => {
    const detector = new Detector().ticks(5);
    detector.clocks.wallMs -= 3_600_000;
    expect(detector.ticks(5).actions).toEqual([]);
    detector.clocks.wallMs += 3_600_000;
    expect(detector.ticks(5).actions).toEqual(['resume clock']);
  });

  test('SES-6 on a system whose monotonic clock runs on, the wall clock shows the sleep', () => {
    const clocks = new Clocks();
    clocks.driftMs = undefined;
    const state = awakeSince(clocks.sample());
    clocks.sleep(60_000).awake(1_000);
    expect(fuse(state, 'tick', clocks.sample()).actions).toEqual([{ kind: 'resume', cause: 'clock', sleptMs: 60_000 }]);
  });
});

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
    const detector = createResumeDetector({ clock, power, network, onAction: (action) => actions.push(action) });
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
