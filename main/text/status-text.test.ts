import { describe, expect, test } from 'vitest';
import { type DeviceStatus, type FolderStatus, statusSchema } from '../../core/api/index.ts';
import { exampleDevice as device, exampleFolder as folder, exampleStatus as status } from '../testing/example-status.ts';
import { noPaint } from './paint.ts';
import { formatProgress, fractionDone, nextProgress, progressAtStart } from './progress.ts';
import { formatDeviceState, formatStatus } from './status-text.ts';

const context = { now: new Date('2026-11-20T12:00:00Z'), paint: noPaint, timeZone: 'UTC' };

describe('status for people', () => {
  test('the example is of the contract', () => expect(statusSchema.safeParse(status).error).toBeUndefined());

  test('STA-2 says what moves, why a folder is not up to date, and whom it waits for', () => {
    const text = formatStatus(status, context);
    expect(text).toContain('mine (nDevice)\n  warning: The key is in a file.');
    expect(text).toContain('docs    syncing  3.4 GiB  12 files, 120 MiB  -          /home/me/docs');
    expect(text).toContain('docs: 12 files are still to be fetched.');
    expect(text).toContain("docs: catching up with Anna's ThinkPad: data, 2 B of 12 B");
    expect(text).toContain('docs: receiving 40 MiB/s, about 3 s to go');
    expect(text).toContain("docs: waiting for Anna's ThinkPad since 09:12, last seen 2 h ago");
    expect(text).toContain('1 conflict: dormouse conflicts');
    expect(text).toContain("Anna's ThinkPad (2 blocks, 1 overdue)");
    expect(text).toContain('1 folder offered to this device: dormouse folder offers');
  });

  test('STA-3 says whether the lid may be closed, and only where that is known', () => {
    const lid = (changes: Partial<FolderStatus>): string => formatStatus({ ...status, folders: [{ ...folder, ...changes }] }, context);
    expect(lid({})).toContain('The lid may be closed: every file here is also on another device.');
    expect(lid({ onlyHere: { files: 2, bytes: 2048 } })).toContain('Not yet on any other device: 2 files, 2.0 KiB.');
    expect(lid({ state: 'scanning' })).toContain('is not known: docs is scanning');
    expect(lid({ reading: { files: 2, bytes: 0, done: 0 } })).toContain('is not known: 2 changed files still to be read.');
    expect(lid({ unread: 1 })).toContain('is not known: 1 path could not be read');
  });

  test('ROS-4 counts a reader’s local changes', () => {
    expect(formatStatus({ ...status, folders: [{ ...folder, localChanges: 2 }] }, context)).toContain('docs: 2 local changes');
  });

  test('names from peers cannot write to the terminal', () => {
    const text = formatStatus(status, context);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('a\\x1b[2J.bin');
  });

  test.each<[string, Partial<DeviceStatus>, string]>([
    ['live', {}, 'live'],
    ['live by relay', { path: 'relay' }, 'live (relay)'],
    ['recovering', { state: 'recovering', phase: 'metadata' }, 'recovering (metadata)'],
    ['asleep', { state: 'asleep', asleepSince: '2026-11-20T09:12:00Z' }, 'asleep since 09:12'],
    [
      'offline',
      { state: 'offline', lastSeenAt: '2026-11-20T10:00:00Z', nextTryAt: '2026-11-20T12:00:40Z' },
      'offline, last seen 2 h ago, next try in 40 s',
    ],
    ['never seen', { state: 'offline' }, 'offline'],
  ])('a device that is %s', (_title, changes, text) => expect(formatDeviceState({ ...device, ...changes }, context)).toBe(text));
});

describe('progress of a wait', () => {
  test('is measured from the most that was missing', () => {
    let progress = nextProgress(progressAtStart, [{ ...folder, wanted: { files: 4, bytes: 400 } }]);
    progress = nextProgress(progress, [{ ...folder, wanted: { files: 1, bytes: 100 } }]);
    expect(fractionDone(progress, [{ ...folder, wanted: { files: 1, bytes: 100 } }])).toBe(0.75);
  });

  test('fits its line', () => {
    const line = formatProgress({ wantedBytesMax: 240 * 1024 * 1024, wantedFilesMax: 24 }, status, status.folders, 80);
    expect(line).toBe('[############------------]  50 %  syncing docs, 120 MiB to get at 40 MiB/s, ab…');
    expect(line.length).toBe(79);
  });

  test('an empty folder list is done', () => expect(fractionDone(progressAtStart, [])).toBe(1));
});
