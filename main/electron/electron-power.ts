import type { PowerMonitor } from 'electron';
import { nodePower } from '../../core/adapters/node/power.ts';
import type { Power } from '../../core/ports/index.ts';

/** The part of Electron's power monitor that is used. */
export type Monitor = Pick<PowerMonitor, 'on' | 'off' | 'isOnBatteryPower'>;

/**
 * Sleep and battery as the system and Electron tell of them. On Linux the system's word comes from logind, which waits for us (SES-7);
 * Electron's does not wait, and may come twice, late or never. The core takes all of it as hints, the same sleep told by both included
 * (SES-6). To be subscribed to after the app is ready.
 */
export function electronPower(monitor: Monitor, system: Power = nodePower(), platform: NodeJS.Platform = process.platform): Power {
  return {
    subscribe: (listener) => {
      const suspend = (): void => listener({ kind: 'suspend' });
      const resume = (): void => listener({ kind: 'resume' });
      const onBattery = (): void => listener({ kind: 'battery', onBattery: monitor.isOnBatteryPower(), percent: undefined });
      monitor.on('suspend', suspend);
      monitor.on('resume', resume);
      // A screen that is unlocked is one more chance to hear of a wake that nobody told of.
      monitor.on('unlock-screen', resume);
      // Where the charge is known, the files of the system tell both; elsewhere only which of the two it is.
      const tellsCharge = platform === 'linux';
      if (!tellsCharge) {
        monitor.on('on-battery', onBattery);
        monitor.on('on-ac', onBattery);
      }
      const stopSystem = system.subscribe(listener);
      return () => {
        stopSystem();
        monitor.off('suspend', suspend);
        monitor.off('resume', resume);
        monitor.off('unlock-screen', resume);
        monitor.off('on-battery', onBattery);
        monitor.off('on-ac', onBattery);
      };
    },
  };
}
