import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { MIB } from '../../core/base/index.ts';
import type { MachineReport } from './results.ts';
import type { Scale } from './rows.ts';

/** File systems by the number that statfs(2) gives. */
const fileSystemNames: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x01021994, 'tmpfs (memory: says nothing about disks)'],
  [0x794c7630, 'overlayfs'],
]);

export function describeMachine(folder: string): Omit<MachineReport, 'loadBefore' | 'loadAfter'> {
  const processors = cpus();
  const fileSystem = statfsSync(folder).type;
  return {
    cpus: processors.length,
    cpuModel: processors[0]?.model.trim() ?? 'unknown processor',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    fileSystem: fileSystemNames.get(fileSystem) ?? `file system 0x${fileSystem.toString(16)}`,
    node: process.version,
  };
}

export const loadOfLastMinute = (): number => loadavg()[0] ?? 0;

/** What is missing on the disk for two folders, their trashes and what is being staged; undefined where there is enough. */
export function missingSpace(folder: string, scale: Scale): string | undefined {
  const needed = 5 * (scale.largeFileBytes + scale.smallFileCount * scale.smallFileBytes);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return undefined;
  return `${folder} has ${Math.round((bavail * bsize) / MIB)} MiB free, and this takes ${Math.round(needed / MIB)} MiB. Free some, or choose another disk with --folder DIR.`;
}
