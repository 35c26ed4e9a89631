import type { ApiEvent, Settings, Status } from '../../core/api/index.ts';
import type { WindowTarget } from '../../core/api/window-bridge.ts';
import { safeText } from '../text/safe-text.ts';

/** A notification of the system. Choosing it opens the window at `target`. */
export interface Notice {
  readonly title: string;
  readonly body: string;
  readonly target: WindowTarget;
}

/** Names by id, for the texts. */
export interface NoticeNames {
  folder(id: string): string;
  device(id: string): string;
}

/**
 * The notification that an event is worth, if any: only what a person must do something about, and only where the settings want it.
 * Everything else is in the window when one looks (what moved, who slept, what recovered).
 */
export function noticeOf(event: ApiEvent, settings: Settings, names: NoticeNames): Notice | undefined {
  const folder = event.folder === undefined ? '' : safeText(names.folder(event.folder));
  const device = event.device === undefined ? '' : safeText(names.device(event.device));
  switch (event.kind) {
    case 'folder-offered-here':
      if (!settings['notifications.deviceAsks']) return undefined;
      return {
        title: `${device} wants to share a folder`,
        body: `“${safeText(String(event.fields?.['name'] ?? 'A folder'))}”: choose where to keep it.`,
        target: { view: 'folders' },
      };
    case 'device-paired':
      if (!settings['notifications.deviceAsks']) return undefined;
      return { title: `${device} is paired with this device`, body: 'You can share folders with it now.', target: { view: 'devices' } };
    case 'folder-stopped':
      if (!settings['notifications.folderStopped']) return undefined;
      return { title: `“${folder}” has stopped syncing`, body: 'Open Dormouse to see why.', target: { view: 'attention' } };
    default:
      return undefined;
  }
}

/** The notification that new conflicts are worth; one for all that came between two looks at the status. */
export function conflictNotice(before: Status | undefined, after: Status, settings: Settings): Notice | undefined {
  if (before === undefined || !settings['notifications.conflict']) return undefined;
  const grown = after.folders.filter(
    ({ id, conflicts }) => conflicts > (before.folders.find((folder) => folder.id === id)?.conflicts ?? conflicts),
  );
  const [first] = grown;
  if (first === undefined) return undefined;
  const where = grown.length === 1 ? `“${safeText(first.name)}”` : `${grown.length} folders`;
  return {
    title: 'A file was changed in two places',
    body: `Both versions are kept. Open Dormouse to choose, in ${where}.`,
    target: { view: 'attention' },
  };
}

export function updateNotice(version: string): Notice {
  return {
    title: 'An update is ready',
    body: `Dormouse ${safeText(version)} is installed at the next start.`,
    target: { view: 'settings' },
  };
}
