import type { Power, PowerEvent } from '../../ports/index.ts';
import { readBattery } from './battery.ts';
import type { BatteryState } from './battery.ts';
import type { SleepListener } from './logind.ts';
import { watchLogind } from './logind.ts';

const batteryPollMs = 30_000;

export interface NodePowerOptions {
  /** Stand-ins for tests. */
  readonly watchSleep?: (listener: SleepListener) => () => void;
  readonly readBattery?: () => Promise<BatteryState | undefined>;
}

/**
 * Power as a program without a desktop learns of it: on Linux sleep from logind, which waits for the listener's `ready`, and the
 * battery from sysfs; elsewhere nothing. Each subscription has its own helper programs, so there should be one, and it must say `ready`.
 */
export function nodePower(options: NodePowerOptions = {}): Power {
  const isLinux = process.platform === 'linux';
  const watchSleep = options.watchSleep ?? (isLinux ? watchLogind : () => () => undefined);
  const battery = options.readBattery ?? (isLinux ? () => readBattery() : async () => undefined);
  return {
    subscribe: (listener) => {
      let stopped = false;
      let last: BatteryState | undefined;
      const tell = (event: PowerEvent): void => {
        if (!stopped) listener(event);
      };
      const look = async (): Promise<void> => {
        const now = await battery();
        if (!now || (now.onBattery === last?.onBattery && now.percent === last.percent)) return;
        last = now;
        tell({ kind: 'battery', ...now });
      };
      const stopWatching = watchSleep((isGoingToSleep, ready) => {
        tell(isGoingToSleep ? { kind: 'suspend', ready } : { kind: 'resume' });
        if (!isGoingToSleep) void look();
      });
      const timer = setInterval(() => void look(), batteryPollMs).unref();
      void look();
      return () => {
        stopped = true;
        clearInterval(timer);
        stopWatching();
      };
    },
  };
}
