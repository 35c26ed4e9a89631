import { describe, expect, test } from 'vitest';
import { monoMs } from '../base/index.ts';
import type { FolderJournal } from '../journal/types.ts';
import type { DeviceId, HaveMark, JournalId } from '../model/index.ts';
import { PushPlan } from './push-plan.ts';

const own = 'Anna.0000000000000001' as JournalId;
const bens = 'Ben.0000000000000001' as JournalId;
const cleos = 'Cleo.0000000000000001' as JournalId;
const ben = 'Ben' as DeviceId;
const now = monoMs(0);

function mark(end: number, rest: Partial<HaveMark> = {}): HaveMark {
  return { end, endHash: `hash ${end}`, ...rest };
}

/** A plan for ben, of a journal that holds `ours`. */
function planFor(ours: Record<string, HaveMark>, hashes: Record<string, string> = {}): PushPlan {
  const journal: Pick<FolderJournal, 'own' | 'have' | 'endHashAt'> = {
    own,
    have: () => new Map(Object.entries(ours) as [JournalId, HaveMark][]),
    endHashAt: async (of, sequence) => hashes[`${of} ${sequence}`],
  };
  return new PushPlan(journal as FolderJournal, ben);
}

function theirs(have: Record<string, HaveMark>): Map<JournalId, HaveMark> {
  return new Map(Object.entries(have) as [JournalId, HaveMark][]);
}

describe('PushPlan', () => {
  test('JRN-2 our own journal goes first, then the others in turn', () => {
    const plan = planFor({ [cleos]: mark(9), [bens]: mark(9), [own]: mark(5) });
    plan.peerHolds(theirs({}));
    expect(plan.next(now)).toBe(own);
    expect(plan.pushed(own, plan.windowStart(own), mark(5), undefined, now)).toBe('advanced');
    expect(plan.next(now)).toBe(cleos);
    plan.pushed(cleos, plan.windowStart(cleos), mark(3), undefined, now);
    expect(plan.next(now)).toBe(bens);
    plan.pushed(bens, plan.windowStart(bens), mark(9), undefined, now);
    expect(plan.next(now)).toBe(cleos);
    expect(plan.startingPoint(cleos)).toEqual(mark(3));
    plan.pushed(cleos, plan.windowStart(cleos), mark(9), undefined, now);
    expect(plan.next(now)).toBeUndefined();
    expect(plan.isEven).toBe(true);
  });

  test('JRN-2 nothing goes to a peer that has said to hold it', () => {
    const plan = planFor({ [own]: mark(5) });
    plan.peerHolds(theirs({ [own]: mark(5) }));
    expect(plan.next(now)).toBeUndefined();
  });

  test('JRN-2 a newer floor goes to a peer that lacks no batch', () => {
    const plan = planFor({ [own]: mark(5, { floor: 3 }) });
    plan.peerHolds(theirs({ [own]: mark(5) }));
    expect(plan.next(now)).toBe(own);
    plan.nothingToPush(own, plan.windowStart(own));
    expect(plan.next(now)).toBeUndefined();
  });

  test.each(['bad-signature', 'malformed', 'gap'])('JRN-2 what is refused without progress (%s) is not sent in circles', (word) => {
    const plan = planFor({ [own]: mark(5) });
    plan.peerHolds(theirs({ [own]: mark(2) }));
    expect(plan.pushed(own, plan.windowStart(own), mark(2), word, now)).toBe('refused');
    expect(plan.next(now)).toBeUndefined();
    expect(plan.isEven).toBe(false);
    plan.peerHolds(theirs({ [own]: mark(3) }));
    expect(plan.next(now)).toBe(own);
  });

  test('JRN-2 a gap tells where to go on', () => {
    const plan = planFor({ [own]: mark(5) });
    plan.peerHolds(theirs({ [own]: mark(4) }));
    expect(plan.pushed(own, plan.windowStart(own), mark(1), 'gap', now)).toBe('advanced');
    expect(plan.startingPoint(own)).toEqual(mark(1));
    expect(plan.next(now)).toBe(own);
  });

  test('JRN-2 what comes while a window is under way is not held with it', () => {
    const ours: Record<string, HaveMark> = { [own]: mark(5) };
    const plan = planFor(ours);
    plan.peerHolds(theirs({ [own]: mark(5) }));
    const start = plan.windowStart(own);
    ours[own] = mark(6);
    plan.nothingToPush(own, start);
    expect(plan.next(now)).toBe(own);
  });

  test('JRN-2 while another device sends the same, it is looked at again soon', () => {
    const plan = planFor({ [own]: mark(5) });
    plan.peerHolds(theirs({}));
    expect(plan.pushed(own, plan.windowStart(own), mark(0), 'others-send', now)).toBe('others-send');
    expect(plan.next(now)).toBeUndefined();
    const ms = plan.retryInMs(now);
    expect(ms).toBeGreaterThan(0);
    expect(plan.next(monoMs(now + (ms ?? 0)))).toBe(own);
  });

  test('ROS-2 what a peer must not take counts as even', () => {
    const plan = planFor({ [cleos]: mark(5) });
    plan.peerHolds(theirs({ [cleos]: mark(2) }));
    expect(plan.pushed(cleos, plan.windowStart(cleos), mark(2), 'past-accepted-end', now)).toBe('settled');
    expect(plan.isEven).toBe(true);
  });

  test('JRN-5 a device whose journal went on differently is shown the batch that it once signed', async () => {
    const plan = planFor({ [bens]: mark(9) }, { [`${bens} 7`]: 'hash 7' });
    plan.peerHolds(theirs({ [bens]: { end: 7, endHash: 'other' } }));
    await plan.compareHashes();
    expect(plan.next(now)).toBe(bens);
    expect(plan.startingPoint(bens)).toEqual({ end: 6, endHash: '' });
    expect(plan.pushed(bens, plan.windowStart(bens), { end: 7, endHash: 'other' }, 'own-continuity-lost', now)).toBe('settled');
    expect(plan.startingPoint(bens)).toEqual({ end: 7, endHash: 'other' });
  });

  test('JRN-5 equal chains are not shown', async () => {
    const plan = planFor({ [bens]: mark(9) }, { [`${bens} 9`]: 'hash 9' });
    plan.peerHolds(theirs({ [bens]: mark(9) }));
    await plan.compareHashes();
    expect(plan.next(now)).toBeUndefined();
  });
});
