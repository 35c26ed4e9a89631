import { describe, expect, test } from 'vitest';
import type { FolderStatus, Status, UpdateState } from '../../core/api/index.ts';
import { exampleDevice, exampleFolder, exampleStatus } from '../testing/example-status.ts';
import { type TrayItem, quitWord, trayMenu, trayTooltip } from './tray-menu.ts';
import { trayStateOf } from './tray-state.ts';

const now = new Date('2026-11-20T12:00:00Z');
const idle: UpdateState = { kind: 'idle', checkedAt: null };
const live = { ...exampleDevice, state: 'live' as const };
const even: FolderStatus = {
  ...exampleFolder,
  state: 'up-to-date',
  upToDate: true,
  wanted: { files: 0, bytes: 0 },
  waitingFor: [],
  recovery: null,
  conflicts: 0,
  problems: 0,
  devices: [{ device: live.id, name: live.name, role: 'writer', joined: true }],
};

function statusWith(folders: readonly Partial<FolderStatus>[], devices: Status['devices'] = [live]): Status {
  return { ...exampleStatus, offers: 0, folders: folders.map((folder) => ({ ...even, ...folder })), devices, transfers: [] };
}

const state = (status: Status | undefined, sinceWakeMs = 60_000): string => trayStateOf({ status, sinceWakeMs });

function labels(items: readonly TrayItem[]): readonly string[] {
  return items.map((item) => (item.kind === 'separator' ? '-' : item.label));
}

describe('the tray’s icon', () => {
  const asleep = { ...exampleDevice, state: 'asleep' as const };
  test.each<[name: string, status: Status | undefined, expected: string]>([
    ['starting', undefined, 'offline'],
    ['all even', statusWith([{}]), 'up-to-date'],
    ['nothing set up', statusWith([], []), 'up-to-date'],
    ['one of two moves', statusWith([{}, { state: 'syncing' }]), 'syncing'],
    ['something is sent', statusWith([{}], [{ ...live, sending: { files: 1, bytes: 10, sent: 1 } }]), 'syncing'],
    ['a scan', statusWith([{ state: 'scanning' }]), 'recovering'],
    ['catching up', statusWith([{ state: 'recovering' }, { state: 'waiting' }]), 'recovering'],
    ['moving goes before catching up', statusWith([{ state: 'recovering' }, { state: 'syncing' }]), 'syncing'],
    ['waiting', statusWith([{ state: 'waiting' }, {}]), 'waiting'],
    ['all paused', statusWith([{ state: 'paused' }]), 'paused'],
    ['one of two paused', statusWith([{ state: 'paused' }, {}]), 'up-to-date'],
    ['a conflict', statusWith([{ conflicts: 1, state: 'syncing' }]), 'attention'],
    ['a stopped folder', statusWith([{ state: 'stopped' }]), 'attention'],
    ['nobody there', statusWith([{ state: 'alone' }], [asleep]), 'offline'],
    ['no other device', statusWith([{ state: 'alone', devices: [] }], []), 'offline'],
  ])('%s', (_name, status, expected) => expect(state(status)).toBe(expected));

  test('SES-6 nothing is shown as wrong in the first 30 s after a wake', () => {
    const stopped = statusWith([{ state: 'stopped' }]);
    expect(state(stopped, 29_999)).not.toBe('attention');
    expect(state(stopped, 30_000)).toBe('attention');
  });
});

describe('a start that waits for the key store', () => {
  const facts = { status: undefined, waitsForKeys: true, now };
  test('SEC-4 it is said in the tray, and can be ended there', () => {
    expect(trayStateOf({ ...facts, sinceWakeMs: 0 })).toBe('waiting');
    expect(trayTooltip(facts)).toBe('Dormouse waits for the key store to be unlocked');
    expect(labels(trayMenu({ ...facts, update: idle }))).toEqual(['Dormouse waits for the key store to be unlocked', '-', 'Quit']);
  });
});

describe('the tray’s menu', () => {
  const menu = (status: Status | undefined, update: UpdateState = idle): readonly TrayItem[] => trayMenu({ status, update, now });

  test('shows each folder, what needs a person, pausing, and quits', () => {
    const items = menu(statusWith([{ conflicts: 2, problems: 1 }]));
    expect(labels(items)).toEqual([
      "docs: Up to date with Anna's ThinkPad",
      '2 conflicts to settle…',
      '1 file with a problem…',
      '-',
      'Pause syncing',
      '-',
      'Open Dormouse',
      'Settings…',
      '-',
      'Quit',
    ]);
  });

  test('a pause shows its end and a way back', () => {
    const paused = { ...statusWith([{ state: 'paused' }]), pause: { by: 'person' as const, until: '2026-11-20T13:30:00.000Z' } };
    const items = menu(paused);
    expect(labels(items).join()).toMatch(/Paused until \d\d:\d\d,Go on syncing/);
    expect(labels(menu({ ...paused, pause: { by: 'battery', until: null } })).join()).toContain('Paused: the battery is low');
  });

  test('an update is offered only when it may be installed', () => {
    const ready = { kind: 'ready', version: '2.0.0' } as const;
    expect(labels(menu(statusWith([{}]), { ...ready, waitsFor: null }))).toContain('Restart to update to 2.0.0');
    expect(labels(menu(statusWith([{}]), { ...ready, waitsFor: 'a recovery is under way' })).join()).not.toContain('Restart');
  });

  test('names from other devices stay text of bounded length', () => {
    const items = menu(statusWith([{ name: `a\u202eb\n${'x'.repeat(300)}` }]));
    const [first] = labels(items);
    expect(first).toContain('a\\u202eb\\x0a');
    expect(first?.length).toBeLessThanOrEqual(64);
  });

  test('many folders are summed up', () => {
    const items = menu(statusWith(Array.from({ length: 20 }, (_, index) => ({ name: `f${index}` }))));
    expect(labels(items)).toContain('12 more folders…');
  });

  test('STA-3 quitting has a word to say if something is only here', () => {
    const status = statusWith([{ onlyHere: { files: 3, bytes: 4096 } }]);
    expect(quitWord(status)).toContain('docs (3 files, 4.0 KiB)');
    expect(labels(menu(status)).at(-1)).toBe('Quit (some files are only here)…');
    expect(quitWord(statusWith([{ reading: { files: 1, bytes: 0, done: 0 } }]))).toContain('Changed files are still being read: docs.');
    expect(quitWord(statusWith([{}]))).toBeUndefined();
    expect(quitWord(statusWith([{ devices: [], onlyHere: { files: 3, bytes: 1 } }]))).toBeUndefined();
  });

  test('the tooltip is one line of bounded length', () => {
    expect(trayTooltip({ status: statusWith([{}]), now })).toBe("Dormouse: docs: Up to date with Anna's ThinkPad");
    expect(trayTooltip({ status: statusWith([{}, {}]), now })).toBe('Dormouse: 2 folders up to date');
    const long = trayTooltip({ status: statusWith([{ name: 'n'.repeat(300), state: 'paused' }, {}]), now });
    expect(long.length).toBeLessThanOrEqual(127);
  });
});
