import { createInterface } from 'node:readline';
import { present } from '../../base/index.ts';
import type { HelperCommand } from './helper-program.ts';
import { keepHelper } from './helper-program.ts';
import type { SleepInhibitor } from './sleep-inhibitor.ts';
import { createSleepInhibitor } from './sleep-inhibitor.ts';

/**
 * Programs that print logind's PrepareForSleep signals (org.freedesktop.login1), the better one first, and nobody else's: any program
 * may send a signal of that name. gdbus prints one line "… PrepareForSleep (true,)"; dbus-monitor one with the member and one with
 * "boolean true".
 */
export const logindMonitors: readonly HelperCommand[] = [
  ['gdbus', ['monitor', '--system', '--dest', 'org.freedesktop.login1', '--object-path', '/org/freedesktop/login1']],
  [
    'dbus-monitor',
    [
      '--system',
      "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='PrepareForSleep',path='/org/freedesktop/login1'",
    ],
  ],
];

/** Understands the lines of either program: true before a sleep, false after it. */
export function sleepSignals(): (line: string) => boolean | undefined {
  let isOurs = false;
  return (line) => {
    if (/\bsignal\b|member=|^\/org\//.test(line)) isOurs = line.includes('PrepareForSleep');
    const value = isOurs ? /\((true|false),?\)|boolean (true|false)/.exec(line) : null;
    if (!value) return undefined;
    isOurs = false;
    return (value[1] ?? value[2]) === 'true';
  };
}

export interface LogindOptions {
  /** Stand-ins for tests. */
  readonly monitors?: readonly HelperCommand[];
  readonly inhibitor?: SleepInhibitor;
}

/** `ready` lets the host sleep, before a sleep; after one it does nothing. */
export type SleepListener = (isGoingToSleep: boolean, ready: () => void) => void;

/**
 * Tells of sleep and wake as logind announces them, and makes it wait until the listener is ready for the sleep, or logind loses its
 * patience. Silent where there is no such program or no system bus. The returned function stops it.
 */
export function watchLogind(listener: SleepListener, options: LogindOptions = {}): () => void {
  const inhibitor = options.inhibitor ?? createSleepInhibitor();
  let stopped = false;
  const tell = (isGoingToSleep: boolean): void => {
    if (stopped) return;
    if (!isGoingToSleep) inhibitor.hold();
    listener(isGoingToSleep, () => inhibitor.release());
  };
  inhibitor.hold();
  const stopMonitor = keepHelper(options.monitors ?? logindMonitors, ({ stdout }) => {
    const understand = sleepSignals();
    createInterface({ input: present(stdout, 'output of the monitor') }).on('line', (line) => {
      const isGoingToSleep = understand(line);
      if (isGoingToSleep !== undefined) tell(isGoingToSleep);
    });
  });
  return () => {
    stopped = true;
    stopMonitor();
    inhibitor.release();
  };
}
