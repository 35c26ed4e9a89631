import type { DeviceStatus, FolderStatus, Status, TransferStatus } from '../../core/api/index.ts';
import { SECOND_MS } from '../../core/base/index.ts';
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDeviceId,
  formatDuration,
  formatMany,
  formatRate,
  formatTotals,
} from './format.ts';
import type { Paint } from './paint.ts';
import { pauseText } from './pause-text.ts';
import { safeText } from './safe-text.ts';
import { formatTable } from './table.ts';

/** What formatting needs besides the data: the present and the colours. */
export interface TextContext {
  readonly now: Date;
  readonly paint: Paint;
  /** Undefined: the machine's own. */
  readonly timeZone?: string;
}

/** The whole status for a person. */
export function formatStatus(status: Status, context: TextContext): string {
  const sections = [formatOwnDevice(status, context), formatFolders(status, context), formatDevices(status, context)];
  if (status.folders.length > 0 && status.devices.length > 0) sections.push(formatLid(status));
  if (status.transfers.length > 0) sections.push(formatTransfers(status, context));
  const hints = formatHints(status);
  if (hints !== '') sections.push(hints);
  return sections.join('\n\n');
}

function formatOwnDevice(status: Status, { paint, now }: TextContext): string {
  const { device } = status;
  const lines = [
    `${paint.strong(safeText(device.name))} ${paint.faint(`(${formatDeviceId(device.id)})`)}${device.suspended ? ', suspended' : ''}`,
  ];
  if (status.pause !== null) lines.push(paint.busy(`  ${pauseText(status.pause, now)}`));
  for (const warning of device.warnings) lines.push(paint.busy(`  warning: ${safeText(warning)}`));
  return lines.join('\n');
}

/** "May I close the lid?" (STA-3). */
function formatLid({ folders }: Status): string {
  const unseen = folders.find(({ state }) => state === 'scanning' || state === 'stopped' || state === 'paused');
  if (unseen) return `Whether the lid may be closed is not known: ${safeText(unseen.name)} is ${unseen.state}.`;
  const reading = folders.reduce((sum, folder) => sum + folder.reading.files, 0);
  const unread = folders.reduce((sum, folder) => sum + folder.unread, 0);
  if (reading > 0) return `Whether the lid may be closed is not known: ${formatMany(reading, 'changed file')} still to be read.`;
  const files = folders.reduce((sum, { onlyHere }) => sum + onlyHere.files, 0);
  const bytes = folders.reduce((sum, { onlyHere }) => sum + onlyHere.bytes, 0);
  if (files > 0) return `Not yet on any other device: ${formatTotals({ files, bytes })}. Wait for it with: dormouse up --delivered`;
  return unread > 0
    ? `Whether the lid may be closed is not known: ${formatMany(unread, 'path')} could not be read (see: dormouse problems).`
    : 'The lid may be closed: every file here is also on another device.';
}

function formatFolders(status: Status, context: TextContext): string {
  if (status.folders.length === 0) return 'No folders yet. Add one: dormouse folder add PATH';
  const { paint } = context;
  const rows = status.folders.map((folder) => [
    safeText(folder.name),
    paintFolderState(folder, paint),
    formatBytes(folder.total.bytes),
    formatTotals(folder.wanted),
    formatTotals(folder.onlyHere),
    safeText(folder.path),
  ]);
  const table = formatTable(rows, { head: ['FOLDER', 'STATE', 'SIZE', 'TO GET', 'ONLY HERE', 'PATH'], right: [2] });
  return [table, ...status.folders.flatMap((folder) => formatFolderNotes(folder, status, context))].join('\n');
}

function paintFolderState(folder: FolderStatus, paint: Paint): string {
  const text = folder.state.replaceAll('-', ' ');
  switch (folder.state) {
    case 'up-to-date':
      return paint.good(text);
    case 'stopped':
      return paint.bad(text);
    case 'scanning':
    case 'syncing':
    case 'recovering':
    case 'waiting':
    case 'alone':
    case 'paused':
      return paint.busy(text);
  }
}

function formatFolderNotes(folder: FolderStatus, status: Status, context: TextContext): string[] {
  const notes = folder.why.map((reason) => safeText(reason));
  for (const each of folder.recovery?.devices ?? []) notes.push(formatRecovery(each, status));
  if (folder.rate > 0 && (folder.state === 'syncing' || folder.state === 'recovering')) {
    const eta = folder.etaSeconds === null ? '' : `, about ${formatDuration(folder.etaSeconds * SECOND_MS)} to go`;
    notes.push(`receiving ${formatRate(folder.rate)}${eta}`);
  }
  for (const waiting of folder.waitingFor) notes.push(formatWaiting(waiting, status, context));
  if (folder.conflicts > 0) notes.push(`${formatMany(folder.conflicts, 'conflict')}: dormouse conflicts`);
  if (folder.localChanges > 0)
    notes.push(`${formatMany(folder.localChanges, 'local change')} that this reader keeps to itself: dormouse folder revert`);
  if (folder.problems > 0) notes.push(`${formatMany(folder.problems, 'problem')}: dormouse problems`);
  return notes.map((note) => `  ${context.paint.faint(`${safeText(folder.name)}:`)} ${note}`);
}

/** "catching up with Anna's ThinkPad: metadata, 5 of 10 entries". */
function formatRecovery(recovery: NonNullable<FolderStatus['recovery']>['devices'][number], status: Status): string {
  const name = nameOf(recovery.device, status);
  if (recovery.total === 0) return `catching up with ${name}: ${recovery.phase}`;
  const { phase, done, total } = recovery;
  switch (phase) {
    case 'references':
      return `catching up with ${name}: references, ${done} of ${formatMany(total, 'statement')}`;
    case 'metadata':
      return `catching up with ${name}: metadata, ${formatCount(done)} of ${formatMany(total, 'entry', 'entries')}`;
    case 'data':
      return `catching up with ${name}: data, ${formatBytes(done)} of ${formatBytes(total)}`;
  }
}

/** "waiting for Anna's ThinkPad since 09:12, last seen 2 h ago". */
function formatWaiting(waiting: FolderStatus['waitingFor'][number], status: Status, context: TextContext): string {
  const device = status.devices.find((candidate) => candidate.id === waiting.device);
  const seen = device?.lastSeenAt ? `, last seen ${formatAgo(device.lastSeenAt, context.now)}` : '';
  return `waiting for ${safeText(device?.name ?? waiting.device)} since ${formatClock(waiting.since, context.now, context.timeZone)}${seen}`;
}

function formatDevices(status: Status, context: TextContext): string {
  if (status.devices.length === 0)
    return 'No other devices yet. Make an invite here (dormouse invite) and use it there (dormouse pair INVITE).';
  const rows = status.devices.map((device) => [
    safeText(device.name),
    formatDeviceState(device, context),
    device.address === null ? '-' : safeText(device.address),
    device.rttMs === null ? '-' : `${device.rttMs < 10 ? device.rttMs.toFixed(1) : Math.round(device.rttMs)} ms`,
    formatRate(device.rateIn),
    formatRate(device.rateOut),
    formatTotals(device.needs),
  ]);
  return formatTable(rows, { head: ['DEVICE', 'STATE', 'ADDRESS', 'RTT', 'IN', 'OUT', 'NEEDS'], right: [3, 4, 5] });
}

/** `live`, `asleep since 09:12`, `offline, last seen 2 h ago, next try in 40 s`. */
export function formatDeviceState(device: DeviceStatus, context: TextContext): string {
  const { paint, now, timeZone } = context;
  const seen = device.lastSeenAt ? `, last seen ${formatAgo(device.lastSeenAt, now)}` : '';
  const nextTryMs = device.nextTryAt ? Date.parse(device.nextTryAt) - now.getTime() : 0;
  const next = nextTryMs > SECOND_MS ? `, next try in ${formatDuration(nextTryMs)}` : '';
  switch (device.state) {
    case 'live':
      return paint.good('live') + (device.path === 'relay' ? ' (relay)' : '');
    case 'recovering':
      return paint.busy(device.phase === null ? 'recovering' : `recovering (${device.phase})`);
    case 'asleep':
      return paint.faint(device.asleepSince ? `asleep since ${formatClock(device.asleepSince, now, timeZone)}` : `asleep${seen}`);
    case 'offline':
      return paint.faint(`offline${seen}${next}`);
    case 'dialling':
      return paint.busy(`dialling${seen}`);
    case 'suspect':
      return paint.busy('suspect (silent)');
    case 'paused':
      return paint.faint('paused');
  }
}

function formatTransfers(status: Status, _context: TextContext): string {
  const rows = status.transfers.map((transfer) => [
    safeText(transfer.path),
    formatPercent(transfer),
    formatBytes(transfer.bytes),
    formatRate(transfer.rate),
    transfer.sources.map((source) => formatSource(source, status)).join(', ') || '-',
  ]);
  return formatTable(rows, { head: ['TRANSFER', 'DONE', 'SIZE', 'RATE', 'FROM'], right: [1, 2, 3] });
}

function formatPercent(transfer: TransferStatus): string {
  return transfer.bytes === 0 ? '100 %' : `${Math.floor((transfer.done / transfer.bytes) * 100)} %`;
}

function formatSource(source: TransferStatus['sources'][number], status: Status): string {
  return `${nameOf(source.device, status)} (${formatMany(source.blocks, 'block')}${source.overdue > 0 ? `, ${source.overdue} overdue` : ''})`;
}

/** The name that this agent knows a device by, safe to print. */
function nameOf(device: string, status: Status): string {
  return safeText(status.devices.find(({ id }) => id === device)?.name ?? device.slice(-7));
}

function formatHints(status: Status): string {
  const hints: string[] = [];
  if (status.offers > 0) hints.push(`${formatMany(status.offers, 'folder')} offered to this device: dormouse folder offers`);
  if (status.incidents > 0) hints.push(`${formatMany(status.incidents, 'incident')} kept: dormouse incidents`);
  return hints.join('\n');
}
