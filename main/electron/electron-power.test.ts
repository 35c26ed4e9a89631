import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Emitter } from '../../core/base/index.ts';
import type { PowerEvent } from '../../core/ports/index.ts';
import { type Monitor, electronPower } from './electron-power.ts';

function setUp(platform: NodeJS.Platform): {
  readonly monitor: EventEmitter;
  readonly system: Emitter<PowerEvent>;
  readonly told: PowerEvent[];
  readonly stop: () => void;
} {
  const monitor = Object.assign(new EventEmitter(), { isOnBatteryPower: () => true });
  const system = new Emitter<PowerEvent>();
  const told: PowerEvent[] = [];
  const power = electronPower(monitor as unknown as Monitor, { subscribe: (listener) => system.on(listener) }, platform);
  return { monitor, system, told, stop: power.subscribe((event) => told.push(event)) };
}

describe('power as the desktop program hears of it', () => {
  test('SES-7 the word of the system that waits for us is passed on as it is, beside Electron’s', () => {
    const { monitor, system, told, stop } = setUp('linux');
    const ready = (): void => undefined;
    system.emit({ kind: 'suspend', ready });
    monitor.emit('suspend');
    monitor.emit('resume');
    monitor.emit('unlock-screen');
    expect(told).toEqual([{ kind: 'suspend', ready }, { kind: 'suspend' }, { kind: 'resume' }, { kind: 'resume' }]);
    stop();
    monitor.emit('suspend');
    system.emit({ kind: 'resume' });
    expect(told).toHaveLength(4);
    expect(monitor.eventNames()).toEqual([]);
  });

  test('Electron tells of the battery only where the system’s files do not', () => {
    const [linux, mac] = [setUp('linux'), setUp('darwin')];
    linux.monitor.emit('on-battery');
    mac.monitor.emit('on-battery');
    expect(linux.told).toEqual([]);
    expect(mac.told).toEqual([{ kind: 'battery', onBattery: true, percent: undefined }]);
  });
});
