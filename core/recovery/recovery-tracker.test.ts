import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, monoMs, wallMs } from '../base/index.ts';
import type { DeviceId, FolderId, Incarnation } from '../model/index.ts';
import type { Clock } from '../ports/index.ts';
import type { DeviceRecovery, RecoveryFacts } from './index.ts';
import { RecoveryTracker } from './index.ts';

const anna = 'Anna' as DeviceId;
const bert = 'Bert' as DeviceId;
const photos = 'photos' as FolderId;
const papers = 'papers' as FolderId;
const epochMs = 1_000_000;

function setUp() {
  let now = 0;
  const clock: Clock = {
    monoNow: () => monoMs(now),
    wallNow: () => wallMs(epochMs + now),
    sleepDriftMs: () => undefined,
    utcOffsetMinutes: () => 0,
    setTimer: () => ({ cancel: () => undefined }),
  };
  const tracker = new RecoveryTracker(clock);
  const steps: string[] = [];
  const last = new Map<DeviceId, DeviceRecovery>();
  tracker.onStep((step) => {
    const detail = step.kind === 'interrupted' ? (step.phase ?? '-') : step.afterMs;
    steps.push(`${step.recovery.device} ${step.kind} ${detail}`);
    last.set(step.recovery.device, step.recovery);
  });
  return { tracker, steps, last, pass: (ms: number) => (now += ms) };
}

/** A link whose folders are all even. */
function evenLink(tracker: RecoveryTracker, device: DeviceId, incarnation?: Incarnation): void {
  tracker.linkLive(device, incarnation);
  tracker.begin(device, photos).report(facts(true, true, true));
  tracker.settle(device);
}

function facts(references: boolean, metadata: boolean, data: boolean, done = 0, total = 0): RecoveryFacts {
  return { references: { even: references, done, total }, metadata: { even: metadata, done, total }, data: { even: data, done, total } };
}

describe('phases', () => {
  test('REC-1 goes through references, metadata and data in order, with progress', () => {
    const { tracker } = setUp();
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    const seen: string[] = [];
    tracker.onChange(({ phase }) =>
      seen.push(`${recovery.progress.phase} ${recovery.progress.done}/${recovery.progress.total}${phase ? ' new' : ''}`),
    );
    recovery.report(facts(false, true, true, 0, 1));
    recovery.report(facts(true, false, true, 5, 10));
    recovery.report(facts(true, true, false, 7, 10));
    recovery.report(facts(true, true, false, 7, 10));
    recovery.report(facts(true, true, true));
    expect(seen).toEqual(['references 0/1', 'metadata 5/10 new', 'data 7/10 new', 'even 0/0 new']);
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

  test('REC-1 a device is even when every folder is, and at once where there is none', () => {
    const { tracker, steps, pass } = setUp();
    tracker.linkLive(bert);
    tracker.settle(bert);
    tracker.linkLive(anna);
    const [one, two] = [tracker.begin(anna, photos), tracker.begin(anna, papers)];
    tracker.settle(anna);
    pass(10);
    one.report(facts(true, true, true));
    pass(10);
    two.report(facts(true, true, false));
    pass(10);
    two.report(facts(true, true, true));
    expect(steps).toEqual([
      'Bert link-live 0',
      'Bert metadata-even 0',
      'Bert data-even 0',
      'Anna link-live 0',
      'Anna metadata-even 20',
      'Anna data-even 30',
    ]);
  });

  test('REC-1 a folder in which the device takes no part is waited for no longer', () => {
    const { tracker, last } = setUp();
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    expect(tracker.withFolder(photos)).toEqual([recovery]);
    recovery.abandon();
    expect(tracker.ofDevice(anna)).toBeUndefined();
    expect(tracker.withFolder(photos)).toEqual([]);
    expect(last.get(anna)?.ended).toBe('even');
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
});

describe('what was recovered from', () => {
  test('REC-1 a wake is told with what followed it, in ms', () => {
    const { tracker, steps, last, pass } = setUp();
    evenLink(tracker, anna);
    pass(5000);
    steps.length = 0;
    tracker.woke(wallMs(epochMs), [anna]);
    pass(20);
    tracker.linkEnded(anna, 'lost', 7);
    pass(400);
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    tracker.settle(anna);
    recovery.report(facts(true, false, false));
    pass(80);
    recovery.report(facts(true, true, false));
    pass(1000);
    recovery.report(facts(true, true, true));
    expect(last.get(anna)).toEqual({
      device: anna,
      cause: 'wake',
      begun: true,
      at: epochMs + 5000,
      asleepSince: epochMs,
      referencesCleared: 7,
      clearedAfterMs: 20,
      liveAfterMs: 420,
      metadataEvenAfterMs: 500,
      dataEvenAfterMs: 1500,
      ended: 'even',
    });
    expect(steps).toEqual(['Anna references-cleared 20', 'Anna link-live 420', 'Anna metadata-even 500', 'Anna data-even 1500']);
  });

  test('REC-1 a link that outlives a sleep counts from its proof', () => {
    const { tracker, last, pass } = setUp();
    evenLink(tracker, anna);
    tracker.linkProved(anna);
    expect(last.get(anna)?.cause).toBe('first-link');
    tracker.woke(undefined, [anna]);
    pass(30);
    tracker.linkProved(anna);
    expect(last.get(anna)).toMatchObject({ cause: 'wake', referencesCleared: 0, liveAfterMs: 30, dataEvenAfterMs: 30, ended: 'even' });
  });

  test('REC-1 what was cleared on the way into a sleep belongs to the wake out of it', () => {
    const { tracker, last, pass } = setUp();
    evenLink(tracker, anna);
    tracker.linkEnded(anna, 'suspend', 3);
    expect(last.get(anna)?.begun).toBe(false);
    pass(HOUR_MS);
    tracker.woke(wallMs(epochMs), [anna]);
    pass(200);
    evenLink(tracker, anna);
    expect(last.get(anna)).toMatchObject({ cause: 'wake', begun: true, referencesCleared: 3, clearedAfterMs: 0, liveAfterMs: 200 });
  });

  test('REC-1 the sleep of the other device is told with its begin, and counts from its return', () => {
    const { tracker, last, pass } = setUp();
    evenLink(tracker, anna);
    tracker.linkEnded(anna, 'peer-asleep', 2);
    pass(HOUR_MS);
    evenLink(tracker, anna);
    expect(last.get(anna)).toMatchObject({
      ...{ cause: 'peer-wake', at: epochMs + HOUR_MS, asleepSince: epochMs, referencesCleared: 2 },
      ...{ clearedAfterMs: 0, liveAfterMs: 0, ended: 'even' },
    });
  });

  test('REC-1 tells a device that restarted, one that was paused, one long away and one never met', () => {
    const { tracker, pass } = setUp();
    const run = (text: string): Incarnation => text as Incarnation;
    tracker.started([bert]);
    expect(tracker.linkLive(anna, run('1')).cause).toBe('first-link');
    tracker.linkEnded(anna, 'lost', 1);
    expect(tracker.linkLive(anna, run('1')).cause).toBe('link-lost');
    tracker.linkEnded(anna, 'lost', 1);
    expect(tracker.linkLive(anna, run('2')).cause).toBe('peer-restart');
    tracker.linkEnded(anna, 'peer-restarted', 1);
    expect(tracker.linkLive(anna, run('3')).cause).toBe('peer-restart');
    tracker.linkEnded(anna, 'paused', 1);
    expect(tracker.linkLive(anna, run('3')).cause).toBe('pause');
    pass(MINUTE_MS);
    expect(tracker.linkLive(bert, run('1'))).toMatchObject({ cause: 'restart', liveAfterMs: MINUTE_MS });
    tracker.linkEnded(bert, 'peer-asleep', 1);
    tracker.woke(undefined, [bert]);
    pass(HOUR_MS);
    expect(tracker.linkLive(bert, run('1')).cause).toBe('peer-wake');
    tracker.woke(undefined, [bert]);
    tracker.linkEnded(bert, 'removed', 0);
    pass(HOUR_MS);
    expect(tracker.linkLive(bert, run('1'))).toMatchObject({ cause: 'returned', liveAfterMs: 0 });
  });
});

describe('interruptions', () => {
  test('REC-2 an interrupted recovery is told as such, and the next one starts afresh', () => {
    const { tracker, steps, last, pass } = setUp();
    tracker.linkLive(anna);
    const recovery = tracker.begin(anna, photos);
    tracker.settle(anna);
    recovery.report(facts(true, false, false));
    pass(100);
    tracker.linkEnded(anna, 'lost', 4);
    recovery.report(facts(true, true, true));
    pass(50);
    evenLink(tracker, anna);
    expect(steps).toEqual([
      ...['Anna link-live 0', 'Anna interrupted metadata', 'Anna references-cleared 0'],
      ...['Anna link-live 50', 'Anna metadata-even 50', 'Anna data-even 50'],
    ]);
    expect(last.get(anna)).toMatchObject({ cause: 'link-lost', referencesCleared: 4, liveAfterMs: 50 });
  });

  test('REC-2 wakes in a row interrupt what the one before began, and only what held something is told', () => {
    const { tracker, steps, last, pass } = setUp();
    evenLink(tracker, anna);
    steps.length = 0;
    tracker.woke(undefined, [anna, bert]);
    tracker.linkEnded(anna, 'lost', 2);
    pass(1000);
    tracker.woke(undefined, [anna, bert]);
    pass(1000);
    tracker.woke(undefined, [anna, bert]);
    pass(10);
    evenLink(tracker, anna);
    expect(steps).toEqual([
      ...['Anna references-cleared 0', 'Anna interrupted -'],
      ...['Anna link-live 10', 'Anna metadata-even 10', 'Anna data-even 10'],
    ]);
    expect(last.get(anna)).toMatchObject({ referencesCleared: 0, ended: 'even' });
  });

  test('REC-2 any number of interruptions ends in even', () => {
    const { tracker, steps } = setUp();
    for (let i = 0; i < 300; i++) {
      tracker.linkLive(anna);
      tracker.begin(anna, photos).report(facts(true, i % 2 === 0, false));
      tracker.linkEnded(anna, i % 3 === 0 ? 'peer-asleep' : 'lost', 1);
    }
    evenLink(tracker, anna);
    expect(steps.filter((step) => step.includes('interrupted'))).toHaveLength(300);
    expect(steps.at(-1)).toBe('Anna data-even 0');
    expect(tracker.ofDevice(anna)).toBeUndefined();
  });
});
