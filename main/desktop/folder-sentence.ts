import type { DeviceStatus, FolderStatus, Status } from '../../core/api/index.ts';
import { formatAgo, formatBytes, formatClock, formatCount, formatMany } from '../text/format.ts';

/** What a folder does, in a few words with a capital: `Up to date with 2 devices`, `Waiting for ThinkPad, asleep since 09:12`. */
export function folderSentence(folder: FolderStatus, status: Status, now: Date): string {
  switch (folder.state) {
    case 'up-to-date':
      return `Up to date with ${formatMany(evenDevices(folder, status), 'device')}`;
    case 'scanning':
      return 'Looking for changes';
    case 'syncing':
      return `Syncing: ${formatMany(folder.wanted.files, 'file')}, ${formatBytes(folder.wanted.bytes)} to go`;
    case 'recovering':
      return folder.recovery === null
        ? 'Recovering'
        : `Recovering: ${folder.recovery.phase} ${formatCount(folder.recovery.done)} of ${formatCount(folder.recovery.total)}`;
    case 'waiting':
      return waitingSentence(folder, status, now);
    case 'alone':
      return aloneSentence(folder, now);
    case 'paused':
      return 'Paused';
    case 'stopped':
      return 'Stopped: needs you';
  }
}

function evenDevices(folder: FolderStatus, status: Status): number {
  return folder.devices.filter(({ device, joined }) => joined && isReached(deviceOf(status, device))).length;
}

function isReached(device: DeviceStatus | undefined): boolean {
  return device?.state === 'live' || device?.state === 'recovering' || device?.state === 'suspect';
}

function deviceOf(status: Status, id: string): DeviceStatus | undefined {
  return status.devices.find((device) => device.id === id);
}

function waitingSentence(folder: FolderStatus, status: Status, now: Date): string {
  const [first, ...more] = folder.waitingFor;
  if (first === undefined) return `Waiting: ${formatMany(folder.wanted.files, 'file')} to go`;
  const device = deviceOf(status, first.device);
  const name = device?.name ?? 'a device';
  const others = more.length > 0 ? ` and ${formatMany(more.length, 'other')}` : '';
  if (device?.asleepSince) return `Waiting for ${name}${others}, asleep since ${formatClock(device.asleepSince, now)}`;
  if (device?.lastSeenAt) return `Waiting for ${name}${others}, last seen ${formatAgo(device.lastSeenAt, now)}`;
  return `Waiting for ${name}${others}`;
}

function aloneSentence(folder: FolderStatus, now: Date): string {
  if (folder.devices.length === 0) return 'Not shared yet';
  const [lastId, at] = Object.entries(folder.lastEvenAt).sort(([, a], [, b]) => b.localeCompare(a))[0] ?? [];
  const last = folder.devices.find(({ device }) => device === lastId);
  if (at === undefined || last === undefined) return 'Nobody is reachable';
  return `Nobody is reachable; even with ${last.name} ${formatAgo(at, now)}`;
}
