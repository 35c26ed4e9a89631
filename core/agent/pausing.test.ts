import { describe, expect, test } from 'vitest';
import type { PauseStatus } from '../api/index.ts';
import { HOUR_MS, isoFromWallMs } from '../base/index.ts';
import { SimWorld } from '../testing/index.ts';
import type { SimHost } from '../testing/index.ts';
import { Pausing, pauseOf } from './pausing.ts';
import { SettingsBook } from './settings-book.ts';
import { sharedPower } from './shared-power.ts';

const settings = { 'pause.batteryBelowPercent': 15, 'pause.onMetered': true };
const facts = { person: undefined, battery: undefined, metered: undefined, settings, nowMs: 1_000 };

describe('pauseOf', () => {
  test('a person’s pause goes before all others, and ends at its time', () => {
    const battery = { onBattery: true, percent: 3 };
    expect(pauseOf({ ...facts, person: { untilMs: 2_000 }, battery })).toEqual({ by: 'person', until: isoFromWallMs(2_000) });
    expect(pauseOf({ ...facts, person: { untilMs: null } })).toEqual({ by: 'person', until: null });
    expect(pauseOf({ ...facts, person: { untilMs: 1_000 }, battery })).toEqual({ by: 'battery', until: null });
  });

  test('the battery counts only while it is used and its charge is known', () => {
    expect(pauseOf({ ...facts, battery: { onBattery: true, percent: 14 } })).toEqual({ by: 'battery', until: null });
    expect(pauseOf({ ...facts, battery: { onBattery: true, percent: 15 } })).toBeNull();
    expect(pauseOf({ ...facts, battery: { onBattery: false, percent: 3 } })).toBeNull();
    expect(pauseOf({ ...facts, battery: { onBattery: true, percent: undefined } })).toBeNull();
    const never = { ...settings, 'pause.batteryBelowPercent': 0 };
    expect(pauseOf({ ...facts, settings: never, battery: { onBattery: true, percent: 0 } })).toBeNull();
  });

  test('a metered network counts where it is told and wanted', () => {
    expect(pauseOf({ ...facts, metered: true })).toEqual({ by: 'metered', until: null });
    expect(pauseOf({ ...facts, metered: true, settings: { ...settings, 'pause.onMetered': false } })).toBeNull();
  });
});

describe('Pausing', () => {
  async function setUp(): Promise<{
    readonly world: SimWorld;
    readonly host: SimHost;
    readonly open: () => Promise<{ readonly pausing: Pausing; readonly told: (PauseStatus | null)[] }>;
  }> {
    const world = new SimWorld('pausing');
    const host = world.addHost({ name: 'laptop' });
    const store = await world.scheduler.drive(host.ports.openStore());
    const open = async (): Promise<{ readonly pausing: Pausing; readonly told: (PauseStatus | null)[] }> => {
      const told: (PauseStatus | null)[] = [];
      const load = async (): Promise<Pausing> => {
        const book = await SettingsBook.load(store, 'laptop');
        return Pausing.load({ store, clock: host.ports.clock, network: host.ports.network, settings: book });
      };
      const pausing = await world.scheduler.drive(load());
      pausing.changed.on((pause) => told.push(pause));
      return { pausing, told };
    };
    return { world, host, open };
  }

  test('a pause for an hour ends by itself, and is told once each way', async () => {
    const { world, host, open } = await setUp();
    const { pausing, told } = await open();
    const untilMs = host.ports.clock.wallNow() + HOUR_MS;
    await world.scheduler.drive(pausing.pause(untilMs));
    await world.scheduler.runFor(HOUR_MS - 1_000);
    expect(pausing.now?.by).toBe('person');
    await world.scheduler.runFor(2_000);
    expect(pausing.now).toBeNull();
    expect(told).toEqual([{ by: 'person', until: isoFromWallMs(untilMs) }, null]);
    pausing.stop();
  });

  test('a pause without an end outlives the run, until it is taken back', async () => {
    const { world, open } = await setUp();
    const first = await open();
    await world.scheduler.drive(first.pausing.pause(null));
    first.pausing.stop();
    const second = await open();
    expect(second.pausing.now).toEqual({ by: 'person', until: null });
    await world.scheduler.drive(second.pausing.unpause());
    expect(second.told).toEqual([null]);
    second.pausing.stop();
  });

  test('a low battery pauses until it charges', async () => {
    const { open } = await setUp();
    const { pausing, told } = await open();
    pausing.powerTold({ kind: 'battery', onBattery: true, percent: 9 });
    pausing.powerTold({ kind: 'battery', onBattery: true, percent: 8 });
    pausing.powerTold({ kind: 'battery', onBattery: false, percent: 8 });
    expect(told).toEqual([{ by: 'battery', until: null }, null]);
    pausing.stop();
  });
});

describe('sharedPower', () => {
  test('one subscription serves all listeners and ends with the last', () => {
    let open = 0;
    let tell = (): void => undefined;
    const power = sharedPower({
      subscribe: (listener) => {
        open += 1;
        tell = () => listener({ kind: 'resume' });
        return () => (open -= 1);
      },
    });
    const heard: string[] = [];
    const stopA = power.subscribe(() => heard.push('a'));
    const stopB = power.subscribe(() => heard.push('b'));
    expect(open).toBe(1);
    tell();
    stopA();
    stopA();
    tell();
    expect(heard).toEqual(['a', 'b', 'b']);
    expect(open).toBe(1);
    stopB();
    expect(open).toBe(0);
  });
});
