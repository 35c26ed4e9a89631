import type { PowerMonitor } from 'electron';
import { nodePower } from '../../core/adapters/node/power.ts';
import type { Power } from '../../core/ports/index.ts';

/**
 * Sleep as Electron tells of it, and the battery as the system's own files and Electron tell of it. Electron's word may come twice, late
 * or never; the core takes all of it as hints (SES-6). To be subscribed to after the app is ready.
 */
export function electronPower(monitor: PowerMonitor): Power {
  const system = nodePower({ watchSleep: () => () => undefined });
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
      const tellsCharge = process.platform === 'linux';
      if (!tellsCharge) {
        monitor.on('on-battery', onBattery);
        monitor.on('on-ac', onBattery);
      }
      const stopSystem = system.subscribe((event) => {
        if (event.kind === 'battery') listener(event);
      });
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
