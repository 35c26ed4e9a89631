import { describe, expect, test } from 'vitest';
import type { BlockCell, DeviceStatus, FolderStatus, Lane } from '../../core/api/index.ts';
import { attentionCount } from './attention.ts';
import { sourceColours, stripSegments, stripText } from './block-strip.ts';
import { deviceSaying, rttText, sendingText } from '../../core/api/words/device-words.ts';
import { folderSaying, lidSaying, lidSummary, progressPart, progressText } from '../../core/api/words/folder-words.ts';
import { laneGeometry, laneTicks, shortTime, wakeTexts } from './lane-geometry.ts';

const now = new Date(2026, 10, 20, 12, 0);
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();

const thinkpad: DeviceStatus = {
  id: 'thinkpad',
  name: 'ThinkPad',
  state: 'asleep',
  epoch: null,
  phase: null,
  address: null,
  path: null,
  rttMs: null,
  asleepSince: ago(168),
  lastSeenAt: ago(168),
  nextTryAt: null,
  rateIn: 0,
  rateOut: 0,
  needs: { files: 0, bytes: 0 },
  sending: { files: 0, bytes: 0, sent: 0 },
  introducedBy: null,
  addresses: [],
  lastRecovery: null,
};
const nas: DeviceStatus = { ...thinkpad, id: 'nas', name: 'nas', state: 'live', path: 'lan', asleepSince: null };

const none = { files: 0, bytes: 0 };
const docs: FolderStatus = {
  id: 'docs',
  name: 'docs',
  path: '/home/me/docs',
  role: 'owner',
  state: 'up-to-date',
  upToDate: true,
  why: [],
  wanted: none,
  total: { files: 100, bytes: 1000 },
  reading: { files: 0, bytes: 0, done: 0 },
  unread: 0,
  waitingFor: [],
  onlyHere: none,
  rate: 0,
  etaSeconds: null,
  recovery: null,
  conflicts: 0,
  problems: 0,
  lastEvenAt: {},
  devices: [
    { device: 'nas', name: 'nas', role: 'writer', joined: true },
    { device: 'thinkpad', name: 'ThinkPad', role: 'writer', joined: true },
  ],
  localChanges: 0,
};
const recovery = (phase: 'metadata' | 'data', done: number, total: number): FolderStatus['recovery'] => ({
  phase,
  done,
  total,
  devices: [],
});

describe('a folder in words', () => {
  const say = (change: Partial<FolderStatus>, devices = [nas, thinkpad]): string => folderSaying({ ...docs, ...change }, devices, now).text;

  test('STA-1 it is up to date with those devices only that can be reached', () => {
    expect(say({})).toBe('Up to date with nas');
    expect(say({}, [nas, { ...thinkpad, state: 'live' }])).toBe('Up to date with 2 devices');
    expect(say({}, [thinkpad])).toBe('Up to date');
  });

  test('STA-2 it names whom it waits for, and what that device does', () => {
    const waiting: Partial<FolderStatus> = {
      state: 'waiting',
      wanted: { files: 3, bytes: 2048 },
      waitingFor: [{ device: 'thinkpad', since: ago(5) }],
    };
    expect(say(waiting)).toBe('Waiting for ThinkPad, asleep since 09:12');
    expect(say(waiting, [{ ...thinkpad, state: 'offline', lastSeenAt: ago(130) }])).toBe(
      'Waiting for ThinkPad, not reachable, last seen 2 h ago',
    );
    expect(say(waiting, [])).toBe('Waiting for ThinkPad');
    expect(say({ ...waiting, waitingFor: [...(waiting.waitingFor ?? []), { device: 'nas', since: ago(5) }] })).toBe(
      'Waiting for ThinkPad and 1 other device',
    );
  });

  test('REC-1 recovery says its phase and how far it is', () => {
    expect(say({ state: 'recovering', recovery: recovery('metadata', 340, 1200) })).toBe('Recovering: metadata 340 of 1 200');
    expect(say({ state: 'recovering', recovery: recovery('data', 2048, 4096) })).toBe('Recovering: data 2.0 KiB of 4.0 KiB');
    expect(say({ state: 'recovering' })).toBe('Catching up');
  });

  test('the other states', () => {
    expect(say({ state: 'syncing', wanted: { files: 12, bytes: 1024 } })).toBe('Fetching 12 files, 1.0 KiB');
    expect(say({ state: 'alone', devices: [] })).toBe('Only on this device');
    expect(say({ state: 'alone', why: ['No other device is reachable; last even with nas 1 h ago.'] })).toBe(
      'No other device is reachable; last even with nas 1 h ago',
    );
    expect(say({ state: 'paused' })).toBe('Paused');
    expect(say({ state: 'scanning' })).toBe('Looking for changes');
    expect(say({ state: 'scanning', reading: { files: 1, bytes: 10 * 1024, done: 3 * 1024 } })).toBe(
      'Reading 1 changed file: 3.0 KiB of 10 KiB',
    );
    expect(say({ state: 'scanning', reading: { files: 20, bytes: 0, done: 0 } })).toBe('Reading 20 changed files');
    expect(folderSaying({ ...docs, state: 'stopped', why: ['The marker is missing.'] }, [], now)).toEqual({
      text: 'Stopped. The marker is missing.',
      tone: 'bad',
    });
  });

  test('STA-2 rate, time to go and how much is here', () => {
    expect(progressText({ ...docs, state: 'syncing', rate: 1024, etaSeconds: 90 })).toBe('1.0 KiB/s · about 1 min to go');
    expect(progressText(docs)).toBeUndefined();
    expect(progressPart({ ...docs, state: 'syncing', wanted: { files: 1, bytes: 250 } })).toBe(0.75);
    expect(progressPart({ ...docs, state: 'recovering', recovery: recovery('metadata', 1, 4) })).toBe(0.25);
    expect(progressPart({ ...docs, state: 'syncing', wanted: { files: 1, bytes: 5000 } })).toBe(0);
    expect(progressPart({ ...docs, state: 'scanning', reading: { files: 2, bytes: 100, done: 25 } })).toBe(0.25);
    expect(progressPart(docs)).toBeUndefined();
  });

  test('STA-3 it is up to date with nobody as long as something is only here', () => {
    expect(say({ onlyHere: { files: 1, bytes: 10 } })).toBe('Up to date here');
  });

  test('STA-3 the lid may be closed when all of it is elsewhere too', () => {
    const onlyHere = { files: 12, bytes: 3 * 1024 * 1024 };
    expect(lidSaying(docs)?.text).toBe('Safe to close the lid');
    expect(lidSaying({ ...docs, onlyHere })).toEqual({ text: '12 files (3.0 MiB) are only here', tone: 'warn' });
    expect(lidSaying({ ...docs, devices: [] })).toBeUndefined();
    expect(lidSummary([docs, { ...docs, onlyHere }, { ...docs, onlyHere: { files: 1, bytes: 0 } }])?.text).toBe(
      '13 files (3.0 MiB) are only here',
    );
    const reading = { files: 1, bytes: 10, done: 5 };
    expect(lidSaying({ ...docs, reading })).toEqual({ text: '1 changed file is being read', tone: 'busy' });
    expect(lidSummary([docs, { ...docs, reading }, { ...docs, reading }])?.text).toBe('2 changed files are being read');
    expect(lidSummary([{ ...docs, unread: 1 }])).toEqual({ text: '1 path could not be read, and may be only here', tone: 'warn' });
    expect(lidSummary([docs, { ...docs, state: 'paused' }])).toEqual({
      text: 'What changes in docs is not seen while it is paused',
      tone: 'quiet',
    });
    expect(lidSummary([docs])?.tone).toBe('good');
    expect(lidSummary([{ ...docs, state: 'scanning' }])?.tone).toBe('busy');
    expect(lidSummary([{ ...docs, devices: [] }])).toBeUndefined();
  });

  test('what needs a person is counted', () => {
    expect(
      attentionCount({
        folders: [
          { ...docs, conflicts: 2 },
          { ...docs, problems: 1, state: 'stopped' },
        ],
      }),
    ).toBe(4);
  });
});

test('STA-2 a device in words', () => {
  expect(deviceSaying(nas, now)).toEqual({ text: 'Connected on the local network', tone: 'good' });
  expect(deviceSaying({ ...nas, state: 'recovering', phase: 'data' }, now).text).toBe('Catching up: data');
  expect(
    deviceSaying({ ...nas, state: 'offline', lastSeenAt: ago(3), nextTryAt: new Date(now.getTime() + 40_000).toISOString() }, now).text,
  ).toBe('Not reachable, last seen 3 min ago, next try in 40 s');
  expect([rttText(0.42), rttText(17.6), rttText(null)]).toEqual(['0.4 ms', '18 ms', undefined]);
});

test('STA-2 what is sent to a device is told with how far it is and how fast', () => {
  const gib = 1024 ** 3;
  const film = { ...nas, needs: { files: 1, bytes: gib }, sending: { files: 1, bytes: gib, sent: gib / 4 }, rateOut: gib / 8 };
  expect(sendingText(film)).toBe('256 MiB of 1.0 GiB · 128 MiB/s');
  expect(sendingText({ ...film, rateOut: 0 })).toBe('256 MiB of 1.0 GiB');
  const many = { ...film, needs: { files: 1200, bytes: 3 * gib } };
  expect(sendingText(many)).toBe('1 200 files, 2.8 GiB to go · 128 MiB/s');
  expect(sendingText({ ...nas, needs: { files: 1, bytes: gib }, rateOut: 10 })).toBeUndefined();
});

describe('lanes', () => {
  test('states and wakes lie where they happened, and what is outside of the window is cut off', () => {
    const lane: Pick<Lane, 'segments' | 'wakes'> = {
      segments: [
        { state: 'awake', from: ago(48 * 60), to: ago(12 * 60) },
        { state: 'asleep', from: ago(12 * 60), to: ago(6 * 60) },
        { state: 'awake', from: ago(6 * 60), to: null },
      ],
      wakes: [wake(ago(30 * 60)), wake(ago(6 * 60))],
    };
    const { bars, marks } = laneGeometry(lane, now.toISOString(), 24);
    expect(bars).toEqual([
      { state: 'awake', from: 0, width: 0.5 },
      { state: 'asleep', from: 0.5, width: 0.25 },
      { state: 'awake', from: 0.75, width: 0.25 },
    ]);
    expect(marks.map(({ at }) => at)).toEqual([0.75]);
  });

  test('the axis has full hours of the clock, not too many', () => {
    const ticks = laneTicks(now.toISOString(), 24);
    expect(ticks.map(({ text }) => text)).toEqual(['12:00', '15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00', '12:00']);
    expect([ticks[0]?.at, ticks.at(-1)?.at]).toEqual([0, 1]);
  });

  test('a wake says what was cleared and when both sides were even', () => {
    expect(wakeTexts(wake(ago(6 * 60)), now)).toEqual([
      'It woke at 06:00, after 2 h of sleep',
      '7 dead references cleared after 4 ms',
      'Linked again after 420 ms',
      'Even after 1.2 s',
    ]);
    expect(wakeTexts({ ...wake(ago(6 * 60)), referencesCleared: 0, dataEvenAfterMs: null, ended: 'interrupted' }, now).slice(-2)).toEqual([
      'Lists even after 500 ms',
      'Interrupted before it was even',
    ]);
    expect([shortTime(999), shortTime(1000), shortTime(61_000)]).toEqual(['999 ms', '1.0 s', '1 min']);
  });
});

function wake(at: string): Parameters<typeof wakeTexts>[0] {
  return {
    at,
    cause: 'peer-wake',
    asleepSince: new Date(Date.parse(at) - 2 * 3_600_000).toISOString(),
    referencesCleared: 7,
    clearedAfterMs: 4,
    liveAfterMs: 420,
    metadataEvenAfterMs: 500,
    dataEvenAfterMs: 1200,
    ended: 'even',
  };
}

test('a strip shows runs of blocks by source; neighbours that look the same are one, what is missing is the ground', () => {
  const cells: BlockCell[] = [
    { device: 'local', state: 'arrived', share: 0.25 },
    { device: 'b', state: 'arrived', share: 0.125 },
    { device: 'b', state: 'arrived', share: 0.125 },
    { device: null, state: 'missing', share: 0.25 },
    { device: 'a', state: 'overdue', share: 0.25 },
  ];
  const colours = sourceColours(['a', 'b']);
  expect(stripSegments({ count: 80, cells }, colours)).toEqual([
    { state: 'arrived', colour: 'local', from: 0, width: 0.25 },
    { state: 'arrived', colour: 1, from: 0.25, width: 0.25 },
    { state: 'overdue', colour: 0, from: 0.75, width: 0.25 },
  ]);
  expect(stripText({ count: 80, cells })).toBe('40 of 80 blocks, 20 overdue');
  expect(stripSegments({ count: 0, cells: [] }, colours)).toEqual([]);
});
