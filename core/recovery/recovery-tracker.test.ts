import { describe, expect, test } from 'vitest';
import { monoMs, wallMs } from '../base/index.ts';
import type { DeviceId, FolderId } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { RecoveryFacts } from './index.ts';
import { RecoveryTracker } from './index.ts';

const anna = 'Anna' as DeviceId;
const bert = 'Bert' as DeviceId;
const photos = 'photos' as FolderId;
const papers = 'papers' as FolderId;

function setUp(): { readonly tracker: RecoveryTracker; readonly pass: (ms: number) => void } {
  let now = 0;
  const clock: Clock = {
    monoNow: () => monoMs(now),
    wallNow: () => wallMs(1_000_000 + now),
    sleepDriftMs: () => undefined,
    utcOffsetMinutes: () => 0,
    setTimer: () => ({ cancel: () => undefined }),
  };
  return { tracker: new RecoveryTracker(clock), pass: (ms) => (now += ms) };
}

function facts(references: boolean, metadata: boolean, data: boolean, done = 0, total = 0): RecoveryFacts {
  return { references: { even: references, done, total }, metadata: { even: metadata, done, total }, data: { even: data, done, total } };
}

describe('RecoveryTracker', () => {
  test('REC-1 goes through references, metadata and data in order, with progress', () => {
    const { tracker } = setUp();
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    const seen: string[] = [];
    tracker.onChange(() => seen.push(`${recovery.progress.phase} ${recovery.progress.done}/${recovery.progress.total}`));
    recovery.report(facts(false, true, true, 0, 1));
    recovery.report(facts(true, false, true, 5, 10));
    recovery.report(facts(true, true, false, 7, 10));
    recovery.report(facts(true, true, false, 7, 10));
    recovery.report(facts(true, true, true));
    expect(seen).toEqual(['references 0/1', 'metadata 5/10', 'data 7/10', 'even 0/0']);
    expect(tracker.ofDevice(anna)).toBeUndefined();
  });

  test('REC-1 never goes back a phase, and stays even until the next epoch', () => {
    const { tracker } = setUp();
    const recovery = tracker.begin(anna, photos);
    recovery.report(facts(true, true, false));
    recovery.report(facts(true, false, false));
    expect(recovery.phase).toBe('data');
    recovery.report(facts(true, true, true));
    recovery.report(facts(true, true, false));
    expect(recovery.phase).toBe('even');
    tracker.linkLive(anna);
    expect(tracker.begin(anna, photos).phase).toBe('references');
  });

  test('REC-1 a wake is told with what followed it, in ms', () => {
    const { tracker, pass } = setUp();
    tracker.begin(anna, photos).report(facts(true, true, true));
    pass(5000);
    tracker.woke();
    tracker.linkEnded(anna);
    pass(20);
    tracker.referencesCleared(anna);
    pass(400);
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    recovery.report(facts(true, false, false));
    pass(80);
    recovery.report(facts(true, true, false));
    pass(1000);
    recovery.report(facts(true, true, true));
    expect(tracker.entries().at(-1)).toEqual({
      device: anna,
      folder: photos,
      cause: 'wake',
      startedAt: 1_005_000,
      referencesClearedMs: 20,
      linkLiveMs: 420,
      rosterEvenMs: 420,
      metadataEvenMs: 500,
      dataEvenMs: 1500,
      interrupted: false,
    });
  });

  test('REC-2 an interrupted recovery is recorded as such, and the next one starts afresh', () => {
    const { tracker, pass } = setUp();
    tracker.begin(anna, photos).report(facts(true, false, false));
    pass(100);
    tracker.linkEnded(anna);
    pass(50);
    tracker.linkLive(anna);
    tracker.begin(anna, photos).report(facts(true, true, true));
    expect(tracker.entries().map(({ interrupted, cause, linkLiveMs }) => ({ interrupted, cause, linkLiveMs }))).toEqual([
      { interrupted: true, cause: 'first-link', linkLiveMs: 0 },
      { interrupted: false, cause: 'link-lost', linkLiveMs: 50 },
    ]);
  });

  test('REC-3 one peer that hangs in recovery keeps nobody else from being even', () => {
    const { tracker } = setUp();
    tracker.begin(anna, photos);
    tracker.begin(bert, photos).report(facts(true, true, true));
    tracker.begin(bert, papers).report(facts(true, true, true));
    expect(tracker.ofDevice(bert)).toBeUndefined();
    expect(tracker.ofDevice(anna)?.phase).toBe('references');
    expect(tracker.ofFolder(photos)?.phase).toBe('references');
    expect(tracker.ofFolder(papers)).toBeUndefined();
  });

  test('REC-1 a device that takes no part in a folder is not in recovery', () => {
    const { tracker } = setUp();
    const recovery = tracker.begin(anna, photos);
    expect(tracker.ofDevice(anna)?.phase).toBe('references');
    recovery.abandon();
    expect(tracker.ofDevice(anna)).toBeUndefined();
    expect(tracker.entries()).toEqual([]);
  });

  test('REC-1 only the last recoveries are kept', () => {
    const { tracker } = setUp();
    for (let i = 0; i < 300; i++) {
      tracker.linkLive(anna);
      tracker.begin(anna, photos).report(facts(true, true, true));
    }
    expect(tracker.entries()).toHaveLength(200);
  });
});
