import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../testing/contracts/index.ts';
import type { HelperCommand } from './helper-program.ts';
import { logindMonitors, sleepSignals, watchLogind } from './logind.ts';
import { createSleepInhibitor } from './sleep-inhibitor.ts';
import { isInstalled, startLogin1 } from './test-login1.ts';
import { realPatience, temporaryDirectory } from './test-support.ts';

let directory: string;
let remove: () => Promise<void>;
const stops: (() => void)[] = [];

beforeEach(async () => {
  ({ path: directory, remove } = await temporaryDirectory());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  vi.unstubAllEnvs();
  await remove();
});

test('SES-6 sleep signals are understood as either program prints them', () => {
  const lines = [
    'Monitoring signals on object /org/freedesktop/login1 owned by org.freedesktop.login1',
    '/org/freedesktop/login1: org.freedesktop.DBus.Properties.PropertiesChanged (true,)',
    '/org/freedesktop/login1: org.freedesktop.login1.Manager.PrepareForSleep (true,)',
    '/org/freedesktop/login1: org.freedesktop.login1.Manager.PrepareForSleep (false,)',
    'signal time=1.2 sender=:1.1 -> destination=(null) serial=7 path=/org/freedesktop/login1; interface=org.freedesktop.login1.Manager; member=PrepareForSleep',
    '   boolean true',
    '   boolean false',
    'signal time=1.3 sender=org.freedesktop.DBus -> destination=:1.9 serial=2 path=/org/freedesktop/DBus; interface=org.freedesktop.DBus; member=NameAcquired',
    '   boolean false',
  ];
  const understand = sleepSignals();
  expect(lines.map(understand).filter((signal) => signal !== undefined)).toEqual([true, false, true]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the lock that makes logind wait', () => {
  test('SES-7 is taken once, given back once, and taken again', async () => {
    const file = join(directory, 'holders');
    // As the real one does, it runs `cat`; the lock is held as long as it lives.
    const inhibitor = createSleepInhibitor([
      ['no-such-program', []],
      ['sh', ['-c', 'echo $$ >> "$0"; exec cat', file]],
    ]);
    stops.push(() => inhibitor.release());
    const holders = async (): Promise<number[]> =>
      existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').map(Number).filter(isAlive) : [];
    inhibitor.hold();
    inhibitor.hold();
    await until(realPatience, async () => (await holders()).length === 1, 'taken');
    await realPatience.pause(100);
    expect(await holders()).toHaveLength(1);
    inhibitor.release();
    inhibitor.release();
    await until(realPatience, async () => (await holders()).length === 0, 'given back');
    inhibitor.hold();
    await until(realPatience, async () => (await holders()).length === 1, 'taken again');
  });

  test('SES-7 is gone with the program that took it, however that died', async () => {
    const file = join(directory, 'lock');
    const notes = async (): Promise<string> => (existsSync(file) ? readFile(file, 'utf8') : '');
    const command: HelperCommand = ['sh', ['-c', 'printf + >> "$0"; cat; printf - >> "$0"', file]];
    const module = JSON.stringify(new URL('sleep-inhibitor.ts', import.meta.url).href);
    const source = `import(${module}).then(({ createSleepInhibitor }) => createSleepInhibitor([${JSON.stringify(command)}]).hold()); setInterval(() => {}, 1000)`;
    const holder = spawn(process.execPath, ['-e', source], { stdio: 'ignore' });
    stops.push(() => holder.kill('SIGKILL'));
    await until(realPatience, async () => (await notes()) === '+', 'taken', 20_000);
    holder.kill('SIGKILL');
    await until(realPatience, async () => (await notes()) === '+-', 'given back');
  });
});

describe.each(logindMonitors)('on a real bus, heard by %s', (program, parameters) => {
  const canRun = process.platform === 'linux' && isInstalled('dbus-daemon') && isInstalled(program);

  test.skipIf(!canRun)(
    'SES-6 SES-7 a sleep is told, logind waits until we are ready, and the lock is taken again at the wake',
    async () => {
      const login1 = await startLogin1(directory);
      stops.push(() => login1.stop());
      vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', login1.address);
      const lock: string[] = [];
      const told: boolean[] = [];
      let ready: () => void = () => undefined;
      const stop = watchLogind(
        (isGoingToSleep, whenReady) => {
          told.push(isGoingToSleep);
          ready = whenReady;
        },
        { monitors: [[program, parameters]], inhibitor: { hold: () => lock.push('hold'), release: () => lock.push('release') } },
      );
      stops.push(stop);
      // The monitor needs a moment until it listens.
      await until(realPatience, () => (login1.announce(true), told.includes(true)), 'the sleep is told', 20_000);
      await realPatience.pause(50);
      expect(lock).toEqual(['hold']);
      ready();
      expect(lock).toEqual(['hold', 'release']);
      login1.announce(false);
      await until(realPatience, () => told.includes(false), 'the wake is told');
      expect(lock).toEqual(['hold', 'release', 'hold']);
      stop();
      expect(lock.at(-1)).toBe('release');
      const before = told.length;
      login1.announce(true);
      await realPatience.pause(200);
      expect(told).toHaveLength(before);
    },
  );

  test.skipIf(!canRun)('SES-6 another program that announces a sleep is not believed', async () => {
    const impostor = await startLogin1(directory, 'org.example.Impostor');
    stops.push(() => impostor.stop());
    vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', impostor.address);
    const told: boolean[] = [];
    stops.push(
      watchLogind((isGoingToSleep) => told.push(isGoingToSleep), {
        monitors: [[program, parameters]],
        inhibitor: { hold: () => undefined, release: () => undefined },
      }),
    );
    for (let i = 0; i < 10; i++) {
      impostor.announce(true);
      await realPatience.pause(100);
    }
    expect(told).toEqual([]);
  });
});
