import { wallMsFromIso } from '../../base/index.ts';
import { formatAgo, formatBytes, formatClock, formatDuration, formatMany, formatRate } from '../format.ts';
import type { DeviceStatus } from '../status.ts';
import type { Saying } from './tone.ts';

const secondMs = 1000;

/** A device's state in words: `Connected on the local network`, `Asleep since 09:12`. */
export function deviceSaying(device: DeviceStatus, now: Date): Saying {
  switch (device.state) {
    case 'live':
      return { text: `Connected${pathText(device.path)}`, tone: 'good' };
    case 'recovering':
      return { text: `Catching up${phaseText(device.phase)}`, tone: 'busy' };
    case 'dialling':
      return { text: `Connecting${seenText(device, now)}`, tone: 'busy' };
    case 'suspect':
      return { text: 'Connected, but silent just now', tone: 'warn' };
    case 'asleep':
      return { text: device.asleepSince === null ? 'Asleep' : `Asleep since ${formatClock(device.asleepSince, now)}`, tone: 'quiet' };
    case 'offline':
      return { text: `Not reachable${seenText(device, now)}${nextTryText(device, now)}`, tone: 'quiet' };
    case 'paused':
      return { text: 'Paused', tone: 'quiet' };
  }
}

/** The same within a sentence about something else: `asleep since 09:12`. */
export function deviceClause(device: DeviceStatus, now: Date): string {
  const { text } = deviceSaying(device, now);
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

export function isReachable(device: DeviceStatus | undefined): boolean {
  return device?.state === 'live' || device?.state === 'recovering' || device?.state === 'suspect';
}

/** How far what is being sent to a device is: `340 MiB of 1.0 GiB · 210 MiB/s`; undefined where nothing is. */
export function sendingText({ sending, needs, rateOut }: DeviceStatus): string | undefined {
  if (sending.files === 0) return undefined;
  const isAll = needs.files <= sending.files;
  const amount = isAll
    ? `${formatBytes(sending.sent)} of ${formatBytes(sending.bytes)}`
    : `${formatMany(needs.files, 'file')}, ${formatBytes(Math.max(0, needs.bytes - sending.sent))} to go`;
  return rateOut > 0 ? `${amount} · ${formatRate(rateOut)}` : amount;
}

/** `0.4 ms`, `12 ms`; nothing where it was not measured. */
export function rttText(rttMs: number | null): string | undefined {
  if (rttMs === null) return undefined;
  return `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`;
}

/** The end of a device's id, in two groups: enough to tell devices apart. */
export function shortId(id: string): string {
  return id.slice(-7);
}

function pathText(path: DeviceStatus['path']): string {
  if (path === 'lan') return ' on the local network';
  if (path === 'wan') return ' over the internet';
  return path === 'relay' ? ' through a relay' : '';
}

function phaseText(phase: DeviceStatus['phase']): string {
  return phase === null ? '' : `: ${phase}`;
}

function seenText({ lastSeenAt }: DeviceStatus, now: Date): string {
  return lastSeenAt === null ? '' : `, last seen ${formatAgo(lastSeenAt, now)}`;
}

function nextTryText({ nextTryAt }: DeviceStatus, now: Date): string {
  const inMs = nextTryAt === null ? 0 : (wallMsFromIso(nextTryAt) ?? 0) - now.getTime();
  return inMs > secondMs ? `, next try in ${formatDuration(inMs)}` : '';
}
