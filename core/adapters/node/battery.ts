import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface BatteryState {
  readonly onBattery: boolean;
  /** Mean charge of all batteries, 0 to 100; undefined without one. */
  readonly percent: number | undefined;
}

/** Where Linux tells about power supplies (Documentation/ABI/testing/sysfs-class-power). */
const suppliesDirectory = '/sys/class/power_supply';

/** Undefined where the system has no power supplies to tell of, such as most servers and all but Linux. */
export async function readBattery(directory = suppliesDirectory): Promise<BatteryState | undefined> {
  const names = await readdir(directory).catch(() => []);
  const supplies = await Promise.all(names.map((name) => readSupply(join(directory, name))));
  const batteries = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  const mains = supplies.filter(({ type }) => type === 'Mains' || type === 'USB');
  if (batteries.length === 0 && mains.length === 0) return undefined;
  const charges = batteries.map(({ capacity }) => Number.parseInt(capacity, 10)).filter((charge) => charge >= 0 && charge <= 100);
  return {
    onBattery: batteries.some(({ status }) => status === 'Discharging') && !mains.some(({ online }) => online === '1'),
    percent: charges.length === 0 ? undefined : Math.round(charges.reduce((sum, charge) => sum + charge, 0) / charges.length),
  };
}

async function readSupply(directory: string): Promise<Record<'type' | 'scope' | 'status' | 'capacity' | 'online', string>> {
  // A supply without a field has no such file.
  const field = (name: string): Promise<string> =>
    readFile(join(directory, name), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  const [type, scope, status, capacity, online] = await Promise.all([
    field('type'),
    field('scope'),
    field('status'),
    field('capacity'),
    field('online'),
  ]);
  return { type, scope, status, capacity, online };
}
