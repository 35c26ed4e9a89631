import type { Power, PowerEvent } from '../../ports/index.ts';
import { readBattery } from './battery.ts';
import type { BatteryState } from './battery.ts';
import { watchLogind } from './logind.ts';

const batteryPollMs = 30_000;

export interface NodePowerOptions {
  /** Stand-ins for tests. */
  readonly watchSleep?: (listener: (isGoingToSleep: boolean) => void) => () => void;
  readonly readBattery?: () => Promise<BatteryState | undefined>;
}

/**
 * Power as a program without a desktop learns of it: on Linux sleep from logind and the battery from sysfs, elsewhere nothing. Each
 * subscription has its own child process, so there should be one. It takes no inhibitor lock: the system may sleep before a listener is done.
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
      const stopWatching = watchSleep((isGoingToSleep) => {
        tell({ kind: isGoingToSleep ? 'suspend' : 'resume' });
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
