import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PowerEvent } from '../../ports/index.ts';
import { until } from '../../testing/contracts/index.ts';
import { readBattery } from './battery.ts';
import type { SleepListener } from './logind.ts';
import { nodePower } from './power.ts';
import { realPatience, temporaryDirectory } from './test-support.ts';

test('power: a battery is told once and when it changes; nothing after the end of the subscription', async () => {
  let sleep: SleepListener = () => undefined;
  const ready = (): void => undefined;
  let battery = { onBattery: true, percent: 80 };
  const events: PowerEvent[] = [];
  const stop = nodePower({
    watchSleep: (listener) => {
      sleep = listener;
      return () => undefined;
    },
    readBattery: async () => battery,
  }).subscribe((event) => events.push(event));
  await until(realPatience, () => events.length === 1, 'the battery');
  sleep(true, ready);
  battery = { onBattery: false, percent: 81 };
  sleep(false, ready);
  await until(realPatience, () => events.length === 4, 'the battery after the resume');
  stop();
  sleep(true, ready);
  expect(events).toEqual([
    { kind: 'battery', onBattery: true, percent: 80 },
    { kind: 'suspend', ready },
    { kind: 'resume' },
    { kind: 'battery', onBattery: false, percent: 81 },
  ]);
});

test('power: batteries are read as Linux shows them, those of a mouse left out', async () => {
  const directory = await temporaryDirectory();
  const supply = async (name: string, fields: Record<string, string>): Promise<void> => {
    await mkdir(join(directory.path, name));
    for (const [field, value] of Object.entries(fields)) await writeFile(join(directory.path, name, field), `${value}\n`);
  };
  expect(await readBattery(directory.path)).toBeUndefined();
  await supply('AC', { type: 'Mains', online: '0' });
  await supply('BAT0', { type: 'Battery', status: 'Discharging', capacity: '40' });
  await supply('BAT1', { type: 'Battery', status: 'Unknown', capacity: '61' });
  await supply('mouse', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '3' });
  expect(await readBattery(directory.path)).toEqual({ onBattery: true, percent: 51 });
  await writeFile(join(directory.path, 'AC', 'online'), '1\n');
  expect(await readBattery(directory.path)).toEqual({ onBattery: false, percent: 51 });
  await directory.remove();
});

test('power: a host without logind or battery is silent and stops cleanly', async () => {
  const stop = nodePower().subscribe(() => undefined);
  await realPatience.pause(100);
  stop();
});
