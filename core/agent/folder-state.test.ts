import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import type { FolderFacts, MemberFacts } from './folder-state.ts';
import { folderVerdict } from './folder-state.ts';

const anna: MemberFacts = {
  device: 'anna' as DeviceId,
  name: 'Anna’s ThinkPad',
  joined: true,
  reachable: true,
  metadataEven: true,
  asleepSinceMs: undefined,
  lastSeenMs: undefined,
  lastEvenMs: undefined,
};

const even: FolderFacts = {
  paused: false,
  allPaused: null,
  stopText: undefined,
  role: 'writer',
  scanned: true,
  reading: { files: 0, bytes: 0, done: 0 },
  diskFull: false,
  watchIncomplete: false,
  wanted: { files: 0, bytes: 0 },
  members: [anna],
  recovery: null,
  waitingFor: [],
  moving: false,
  permanentProblems: 0,
};

const sayTime = (at: number): string => `t${at}`;

describe('STA-1 a folder is up to date only when nothing is missing', () => {
  test('STA-1 all conditions hold', () => {
    expect(folderVerdict(even, sayTime)).toEqual({ state: 'up-to-date', upToDate: true, why: [] });
  });

  const cases: readonly [string, Partial<FolderFacts>, string, RegExp][] = [
    ['paused', { paused: true }, 'paused', /Paused/],
    ['stopped', { stopText: 'The folder /x is gone.' }, 'stopped', /gone/],
    ['out of the roster', { role: undefined }, 'stopped', /no longer in/],
    ['not scanned', { scanned: false }, 'scanning', /scan/],
    [
      'a changed file being read',
      { reading: { files: 1, bytes: 2048, done: 9 } },
      'scanning',
      /1 changed file \(2.0 KiB\) is still being read/,
    ],
    [
      'changed files being read, nobody reachable',
      { reading: { files: 2, bytes: 0, done: 0 }, members: [] },
      'scanning',
      /2 changed files are/,
    ],
    [
      'changed files being read while others come',
      { reading: { files: 2, bytes: 0, done: 0 }, wanted: { files: 2, bytes: 9 }, moving: true },
      'syncing',
      /being read.*wanted/,
    ],
    ['journals uneven', { members: [{ ...anna, metadataEven: false }] }, 'recovering', /Catching up with Anna/],
    [
      'a device that may not take part, of which nothing is known yet',
      { members: [anna, { ...anna, joined: false }], recovery: { phase: 'references', done: 0, total: 0, devices: [] } },
      'recovering',
      /not known yet/,
    ],
    ['files wanted and moving', { wanted: { files: 2, bytes: 9 }, moving: true }, 'syncing', /2 files are still wanted/],
    ['files wanted from a sleeper', { wanted: { files: 1, bytes: 9 }, waitingFor: [anna.device] }, 'waiting', /waiting for Anna/],
    ['nobody reachable', { members: [{ ...anna, reachable: false, lastEvenMs: 7 }] }, 'alone', /last even with Anna’s ThinkPad t7/],
    ['never even', { members: [{ ...anna, reachable: false }] }, 'alone', /never even/],
    ['not shared', { members: [] }, 'alone', /Not shared/],
    ['not accepted', { members: [{ ...anna, joined: false }] }, 'alone', /accepted/],
  ];
  test.each(cases)('STA-1 %s', (_title, change, state, why) => {
    const verdict = folderVerdict({ ...even, ...change }, sayTime);
    expect(verdict.state).toBe(state);
    expect(verdict.upToDate).toBe(false);
    expect(verdict.why.join(' ')).toMatch(why);
  });

  test('STA-1 an uneven device that is out of reach does not count', () => {
    const away = { ...anna, device: 'bert' as DeviceId, reachable: false, metadataEven: false };
    expect(folderVerdict({ ...even, members: [anna, away] }, sayTime).upToDate).toBe(true);
  });
});
