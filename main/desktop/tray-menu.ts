import type { FolderStatus, Status } from '../../core/api/index.ts';
import { folderSaying } from '../../core/api/words/folder-words.ts';
import type { UpdateState, WindowTarget } from '../../core/api/window-bridge.ts';
import { formatClock, formatMany, formatTotals } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';

/** What choosing an item of the tray's menu does. */
export type TrayAction =
  | { readonly kind: 'open'; readonly target: WindowTarget }
  | { readonly kind: 'open-folder'; readonly path: string }
  | { readonly kind: 'pause'; readonly until: 'hour' | 'tomorrow' | 'resumed' }
  | { readonly kind: 'unpause' }
  | { readonly kind: 'install-update' }
  | { readonly kind: 'quit' };

export type TrayItem =
  | { readonly kind: 'separator' }
  /** Text that cannot be chosen. */
  | { readonly kind: 'note'; readonly label: string }
  | { readonly kind: 'item'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] };

export interface TrayMenuFacts {
  /** Undefined as long as the agent is starting. */
  readonly status: Status | undefined;
  /** The start has to wait until a person unlocks the key store. */
  readonly waitsForKeys?: boolean;
  readonly update: UpdateState;
  readonly now: Date;
}

/** Menus are for glances: more folders than this are in the window. */
const foldersMax = 8;
const labelCharsMax = 64;
const separator: TrayItem = { kind: 'separator' };

/** The tray's menu. Pure: the same facts give the same menu, and nothing in it comes from elsewhere. */
export function trayMenu({ status, waitsForKeys, update, now }: TrayMenuFacts): readonly TrayItem[] {
  if (status === undefined) return [note(startingText(waitsForKeys)), separator, quitItem(undefined)];
  return [
    ...status.folders.slice(0, foldersMax).map((folder) => folderItem(folder, status, now)),
    ...moreFolders(status.folders.length - foldersMax),
    ...(status.folders.length === 0 ? [note('No folders yet')] : []),
    ...attentionItems(status),
    separator,
    ...pauseItems(status, now),
    separator,
    ...updateItems(update),
    { kind: 'item', label: 'Open Dormouse', action: { kind: 'open', target: { view: 'folders' } } },
    { kind: 'item', label: 'Settings…', action: { kind: 'open', target: { view: 'settings' } } },
    separator,
    quitItem(status),
  ];
}

/** One line for the pointer that rests on the icon; systems cut it at about 127 characters. */
export function trayTooltip({ status, waitsForKeys, now }: Omit<TrayMenuFacts, 'update'>): string {
  if (status === undefined) return startingText(waitsForKeys);
  const [first, ...more] = status.folders;
  if (first === undefined) return 'Dormouse: no folders yet';
  if (more.length === 0) return clip(`Dormouse: ${first.name}: ${folderSaying(first, status.devices, now).text}`, 127);
  const busy = status.folders.filter((folder) => folder.state !== 'up-to-date');
  if (busy.length === 0) return `Dormouse: ${formatMany(status.folders.length, 'folder')} up to date`;
  const [worst] = busy;
  if (worst === undefined) return 'Dormouse';
  const rest = busy.length > 1 ? ` (and ${formatMany(busy.length - 1, 'other')})` : '';
  return clip(`Dormouse: ${worst.name}: ${folderSaying(worst, status.devices, now).text}${rest}`, 127);
}

/** What a person should know before quitting; undefined where nothing would be left behind (STA-3). */
export function quitWord(status: Status): string | undefined {
  const shared = status.folders.filter((folder) => folder.devices.length > 0);
  const behind = shared.filter((folder) => folder.onlyHere.files > 0);
  const unrecorded = shared.filter((folder) => folder.reading.files > 0);
  if (behind.length === 0 && unrecorded.length === 0) return undefined;
  if (behind.length === 0)
    return `Changed files are still being read: ${unrecorded.map(({ name }) => safeText(name)).join(', ')}. The other devices get them when Dormouse runs again.`;
  const parts = behind.map((folder) => `${safeText(folder.name)} (${formatTotals(folder.onlyHere)})`);
  return `The newest versions of some files are only on this device: ${parts.join(', ')}. The other devices get them when Dormouse runs again.`;
}

function startingText(waitsForKeys: boolean | undefined): string {
  return waitsForKeys === true ? 'Dormouse waits for the key store to be unlocked' : 'Dormouse is starting';
}

function folderItem(folder: FolderStatus, status: Status, now: Date): TrayItem {
  const label = `${folder.name}: ${folderSaying(folder, status.devices, now).text}`;
  return { kind: 'item', label: clip(label), action: { kind: 'open-folder', path: folder.path } };
}

function moreFolders(count: number): readonly TrayItem[] {
  if (count <= 0) return [];
  return [{ kind: 'item', label: `${formatMany(count, 'more folder')}…`, action: { kind: 'open', target: { view: 'folders' } } }];
}

function attentionItems(status: Status): readonly TrayItem[] {
  const conflicts = status.folders.reduce((sum, folder) => sum + folder.conflicts, 0);
  const problems = status.folders.reduce((sum, folder) => sum + folder.problems, 0);
  const open = (label: string, target: WindowTarget): TrayItem => ({ kind: 'item', label, action: { kind: 'open', target } });
  return [
    ...(conflicts > 0 ? [open(`${formatMany(conflicts, 'conflict')} to settle…`, { view: 'attention' })] : []),
    ...(problems > 0 ? [open(`${formatMany(problems, 'file')} with a problem…`, { view: 'attention' })] : []),
    ...(status.offers > 0 ? [open(`${formatMany(status.offers, 'folder')} offered to you…`, { view: 'folders' })] : []),
  ];
}

function pauseItems(status: Status, now: Date): readonly TrayItem[] {
  const { pause } = status;
  if (pause?.by === 'person') {
    const until = pause.until === null ? '' : ` until ${formatClock(pause.until, now)}`;
    return [note(`Paused${until}`), { kind: 'item', label: 'Go on syncing', action: { kind: 'unpause' } }];
  }
  const why = pause === null ? [] : [note(pause.by === 'battery' ? 'Paused: the battery is low' : 'Paused: the network is metered')];
  const choice = (label: string, until: 'hour' | 'tomorrow' | 'resumed'): TrayItem => ({
    kind: 'item',
    label,
    action: { kind: 'pause', until },
  });
  const items = [choice('For 1 hour', 'hour'), choice('Until tomorrow morning', 'tomorrow'), choice('Until I go on', 'resumed')];
  return [...why, { kind: 'submenu', label: 'Pause syncing', items }];
}

function updateItems(update: UpdateState): readonly TrayItem[] {
  if (update.kind !== 'ready' || update.waitsFor !== null) return [];
  return [{ kind: 'item', label: `Restart to update to ${update.version}`, action: { kind: 'install-update' } }];
}

function quitItem(status: Status | undefined): TrayItem {
  const isLast = status !== undefined && quitWord(status) !== undefined;
  return { kind: 'item', label: isLast ? 'Quit (some files are only here)…' : 'Quit', action: { kind: 'quit' } };
}

function note(label: string): TrayItem {
  return { kind: 'note', label: clip(label) };
}

/** Names come from other devices: no control characters, no turned writing, no endless lines. */
function clip(text: string, charsMax: number = labelCharsMax): string {
  const safe = safeText(text);
  return safe.length <= charsMax ? safe : `${safe.slice(0, charsMax - 1)}…`;
}
