import type { FolderStatus, Status } from '../../core/api/index.ts';
import { SECOND_MS } from '../../core/base/index.ts';

/** What the tray icon can show; each is an image of its own. */
export const trayStates = ['up-to-date', 'syncing', 'recovering', 'waiting', 'paused', 'attention', 'offline'] as const;
export type TrayState = (typeof trayStates)[number];

/** How long after a wake nothing is shown as wrong: links come back one after the other (SES-6). */
export const calmAfterWakeMs = 30 * SECOND_MS;

export interface TrayFacts {
  /** Undefined as long as the agent is starting. */
  readonly status: Status | undefined;
  /** The start has to wait until a person unlocks the key store. */
  readonly waitsForKeys?: boolean;
  /** Milliseconds since this host woke or the program started. */
  readonly sinceWakeMs: number;
}

/**
 * The one image for everything: what needs a person first, then what moves, then what waits. A folder that stopped, a conflict or a
 * problem needs a person; an incident does not, it is a report.
 */
export function trayStateOf({ status, waitsForKeys, sinceWakeMs }: TrayFacts): TrayState {
  if (status === undefined) return waitsForKeys === true ? 'waiting' : 'offline';
  const folders = status.folders.filter((folder) => folder.state !== 'paused');
  if (sinceWakeMs >= calmAfterWakeMs && needsPerson(status)) return 'attention';
  if (status.folders.length > 0 && folders.length === 0) return 'paused';
  const has = (...states: readonly FolderStatus['state'][]): boolean => folders.some((folder) => states.includes(folder.state));
  if (has('syncing') || status.devices.some(({ sending }) => sending.files > 0)) return 'syncing';
  if (has('recovering', 'scanning')) return 'recovering';
  if (has('waiting')) return 'waiting';
  const isReached = status.devices.some((device) => device.state === 'live' || device.state === 'recovering' || device.state === 'suspect');
  if (status.devices.length > 0 && !isReached) return 'offline';
  return has('alone') && status.devices.length === 0 ? 'offline' : 'up-to-date';
}

/** Something that does not go away by itself. */
export function needsPerson(status: Status): boolean {
  return status.offers > 0 || status.folders.some((folder) => folder.state === 'stopped' || folder.conflicts > 0 || folder.problems > 0);
}
