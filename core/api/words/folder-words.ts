import { formatBytes, formatCount, formatDuration, formatMany, formatRate } from '../format.ts';
import type { DeviceStatus, FolderStatus } from '../status.ts';
import { deviceClause, isReachable } from './device-words.ts';
import type { Saying } from './tone.ts';

const secondMs = 1000;

/** A folder's state in words. It claims nothing that `state` does not (STA-1). */
export function folderSaying(folder: FolderStatus, devices: readonly DeviceStatus[], now: Date): Saying {
  switch (folder.state) {
    case 'up-to-date':
      return { text: upToDateText(folder, devices), tone: 'good' };
    case 'scanning':
      return { text: readingText(folder) ?? 'Looking for changes', tone: 'busy' };
    case 'recovering':
      return { text: recoveringText(folder.recovery), tone: 'busy' };
    case 'syncing':
      return { text: `Fetching ${totalsText(folder.wanted)}`, tone: 'busy' };
    case 'waiting':
      return { text: waitingText(folder, devices, now), tone: 'quiet' };
    case 'alone':
      return { text: aloneText(folder), tone: 'quiet' };
    case 'paused':
      return { text: 'Paused', tone: 'quiet' };
    case 'stopped':
      return { text: `Stopped. ${folder.why[0] ?? ''}`.trim(), tone: 'bad' };
  }
}

/** What else is to be said of how it goes: rate and time to go while something moves. */
export function progressText(folder: FolderStatus): string | undefined {
  if (folder.state !== 'syncing' && folder.state !== 'recovering') return undefined;
  const parts = [
    ...(folder.rate > 0 ? [formatRate(folder.rate)] : []),
    ...(folder.etaSeconds === null ? [] : [`about ${formatDuration(folder.etaSeconds * secondMs)} to go`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' · ');
}

/** `Reading 1 changed file: 3.2 GiB of 10 GiB`; undefined where none is being read. */
export function readingText({ reading: { files, bytes, done } }: FolderStatus): string | undefined {
  if (files === 0) return undefined;
  const progress = bytes > 0 ? `: ${formatBytes(done)} of ${formatBytes(bytes)}` : '';
  return `Reading ${formatMany(files, 'changed file')}${progress}`;
}

/** How much of the folder is here, or of its changed files is read, 0 to 1, while something is missing; undefined where that is not the question. */
export function progressPart(folder: FolderStatus): number | undefined {
  if (folder.state === 'scanning' && folder.reading.bytes > 0) return Math.min(1, folder.reading.done / folder.reading.bytes);
  if (folder.state === 'recovering' && folder.recovery !== null && folder.recovery.total > 0)
    return Math.min(1, folder.recovery.done / folder.recovery.total);
  const isMissing = folder.wanted.bytes > 0 && (folder.state === 'syncing' || folder.state === 'waiting' || folder.state === 'recovering');
  if (!isMissing) return undefined;
  const all = Math.max(folder.total.bytes, folder.wanted.bytes);
  return Math.max(0, Math.min(1, 1 - folder.wanted.bytes / all));
}

/** May the lid be closed, as far as this folder goes (STA-3)? Nothing to say where nobody else has it. */
export function lidSaying(folder: FolderStatus): Saying | undefined {
  return lidSummary([folder]);
}

/** The same for all folders together. */
export function lidSummary(folders: readonly FolderStatus[]): Saying | undefined {
  const shared = folders.filter((folder) => folder.devices.length > 0);
  if (shared.length === 0) return undefined;
  const sum = (figure: (folder: FolderStatus) => number): number => shared.reduce((all, folder) => all + figure(folder), 0);
  const files = sum(({ onlyHere }) => onlyHere.files);
  const bytes = sum(({ onlyHere }) => onlyHere.bytes);
  if (files > 0) return { text: `${totalsInParens({ files, bytes })} ${isOrAre(files)} only here`, tone: 'warn' };
  const changed = sum(({ reading }) => reading.files);
  if (changed > 0) return { text: `${formatMany(changed, 'changed file')} ${isOrAre(changed)} being read`, tone: 'busy' };
  // While a scan runs, what was changed is not known yet.
  if (shared.some(({ state }) => state === 'scanning')) return { text: 'Looking whether everything is also elsewhere', tone: 'busy' };
  const unread = sum((folder) => folder.unread);
  if (unread > 0) return { text: `${formatMany(unread, 'path')} could not be read, and may be only here`, tone: 'warn' };
  const still = shared.find(({ state }) => state === 'paused' || state === 'stopped');
  if (still !== undefined) return { text: `What changes in ${still.name} is not seen while it is ${still.state}`, tone: 'quiet' };
  return { text: 'Safe to close the lid', tone: 'good' };
}

/** The reasons behind the state; what is wanted is told by the state itself. */
export function reasonTexts(folder: FolderStatus): readonly string[] {
  return folder.why
    .filter((reason) => !reason.startsWith(`${folder.wanted.files} file`))
    .map((reason) => reason.replace(' (see "dormouse problems")', ''));
}

export function roleText(role: FolderStatus['role']): string {
  switch (role) {
    case 'owner':
      return 'Owner';
    case 'writer':
      return 'Can change';
    case 'reader':
      return 'Can read';
  }
}

/** `12 files, 120 MiB`. */
export function totalsText(totals: { readonly files: number; readonly bytes: number }): string {
  return `${formatMany(totals.files, 'file')}, ${formatBytes(totals.bytes)}`;
}

function totalsInParens(totals: { readonly files: number; readonly bytes: number }): string {
  return `${formatMany(totals.files, 'file')} (${formatBytes(totals.bytes)})`;
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function upToDateText(folder: FolderStatus, devices: readonly DeviceStatus[]): string {
  // Nobody is as far as this device.
  if (folder.onlyHere.files > 0) return 'Up to date here';
  const joined = folder.devices.filter((member) => member.joined);
  const even = joined.filter((member) => isReachable(devices.find(({ id }) => id === member.device)));
  if (even.length === 0) return 'Up to date';
  const only = even.length === 1 ? even[0] : undefined;
  return only === undefined ? `Up to date with ${even.length} devices` : `Up to date with ${only.name}`;
}

function recoveringText(recovery: FolderStatus['recovery']): string {
  if (recovery === null) return 'Catching up';
  const { phase, done, total } = recovery;
  if (total === 0) return `Recovering: ${phase}`;
  if (phase === 'data') return `Recovering: data ${formatBytes(done)} of ${formatBytes(total)}`;
  return `Recovering: ${phase} ${formatCount(done)} of ${formatCount(total)}`;
}

function waitingText(folder: FolderStatus, devices: readonly DeviceStatus[], now: Date): string {
  const [first, ...others] = folder.waitingFor;
  if (first === undefined) return `Waiting for ${totalsText(folder.wanted)}`;
  const device = devices.find(({ id }) => id === first.device);
  const name = device?.name ?? folder.devices.find((member) => member.device === first.device)?.name ?? 'another device';
  if (others.length > 0) return `Waiting for ${name} and ${formatMany(others.length, 'other device')}`;
  return device === undefined ? `Waiting for ${name}` : `Waiting for ${name}, ${deviceClause(device, now)}`;
}

function aloneText(folder: FolderStatus): string {
  if (folder.devices.length === 0) return 'Only on this device';
  const reason = folder.why.at(-1);
  return reason === undefined ? 'No other device is reachable' : reason.replace(/\.$/, '');
}
