import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Programs that print logind's PrepareForSleep signals (org.freedesktop.login1), the better one first. gdbus prints one line
 * "… PrepareForSleep (true,)"; dbus-monitor one with the member and one with "boolean true".
 */
const monitors: readonly (readonly [string, readonly string[]])[] = [
  ['gdbus', ['monitor', '--system', '--dest', 'org.freedesktop.login1', '--object-path', '/org/freedesktop/login1']],
  ['dbus-monitor', ['--system', "type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'"]],
];

/** A monitor that ends by itself (the bus was restarted) is started again after this time, at most so often. */
const restartMs = 30_000;
const restartsMax = 20;

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

/**
 * Tells of sleep and wake as logind announces them. Silent where neither program nor a system bus is there. The returned function
 * stops it.
 */
export function watchLogind(listener: (isGoingToSleep: boolean) => void): () => void {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restarts = 0;
  let stopped = false;

  function start(index: number): void {
    const monitor = monitors[index];
    if (stopped || !monitor) return;
    const [program, parameters] = monitor;
    const started = spawn(program, [...parameters], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } });
    child = started;
    started.unref();
    let isMissing = false;
    started.on('error', () => {
      isMissing = true;
      start(index + 1);
    });
    started.on('exit', () => {
      if (isMissing || stopped || restarts >= restartsMax) return;
      restarts += 1;
      timer = setTimeout(() => start(index), restartMs).unref();
    });
    const understand = sleepSignals();
    createInterface({ input: started.stdout }).on('line', (line) => {
      const isGoingToSleep = understand(line);
      if (isGoingToSleep !== undefined && !stopped) listener(isGoingToSleep);
    });
    // The pipe alone must not keep a program alive.
    if ('unref' in started.stdout && typeof started.stdout.unref === 'function') started.stdout.unref();
  }

  start(0);
  return () => {
    stopped = true;
    clearTimeout(timer);
    child?.kill();
  };
}
