import { describe, expect, test } from 'vitest';
import type { Incarnation } from '../model/index.ts';
import type { CurrentLink, OfferedLink, VerdictRow } from './verdict.ts';
import { OutlivedIncarnations, compareVersions, decideLink, shouldObey } from './verdict.ts';

const oldRun = '0000000000000001' as Incarnation;
const run = '0000000000000002' as Incarnation;
const newRun = '0000000000000003' as Incarnation;

const dialledByOther = (sequence: number, more: Partial<OfferedLink> = {}): OfferedLink => ({
  ...{ dialer: 'other', sequence, incarnation: run, otherDialCount: sequence, otherKnowsCurrent: false, deciderKnew: 'nothing' },
  ...more,
});
const dialledByDecider = (sequence: number, more: Partial<OfferedLink> = {}): OfferedLink => ({
  ...{ dialer: 'decider', sequence, incarnation: run, otherDialCount: 0, otherKnowsCurrent: false, deciderKnew: 'nothing' },
  ...more,
});
const currentOfOther = (sequence: number): CurrentLink => ({ dialer: 'other', sequence, incarnation: run, otherDialCount: sequence });
const currentOfDecider = (sequence: number, otherDialCount: number): CurrentLink => ({
  dialer: 'decider',
  sequence,
  incarnation: run,
  otherDialCount,
});

interface Case {
  readonly title: string;
  readonly offered: OfferedLink;
  readonly current: CurrentLink | undefined;
  readonly row: VerdictRow;
  readonly verdict: 'accept' | 'reject-duplicate' | 'reject-stale';
}

const cases: readonly Case[] = [
  { title: 'no link yet', offered: dialledByOther(1), current: undefined, row: 'first', verdict: 'accept' },
  {
    title: 'the known-dead link of an outlived run that is there again',
    offered: dialledByOther(1, { incarnation: oldRun }),
    current: undefined,
    row: 'first',
    verdict: 'accept',
  },
  {
    title: 'a restarted peer dials',
    offered: dialledByOther(1, { incarnation: newRun }),
    current: currentOfOther(9),
    row: 'restarted',
    verdict: 'accept',
  },
  {
    title: 'a restarted peer answers our dial',
    offered: dialledByDecider(4, { incarnation: newRun }),
    current: currentOfDecider(3, 0),
    row: 'restarted',
    verdict: 'accept',
  },
  {
    title: 'a hello of a run that has ended comes late',
    offered: dialledByOther(10, { incarnation: oldRun }),
    current: currentOfOther(1),
    row: 'outlived',
    verdict: 'reject-stale',
  },
  {
    title: 'the peer knows its link dead and dials again',
    offered: dialledByOther(6),
    current: currentOfOther(5),
    row: 'redialled',
    verdict: 'accept',
  },
  {
    title: 'the peer never got the verdict on its link and dials again',
    offered: dialledByOther(6, { otherKnowsCurrent: false }),
    current: currentOfOther(5),
    row: 'redialled',
    verdict: 'accept',
  },
  {
    title: 'the peer doubts its link after a sleep and dials beside it',
    offered: dialledByOther(6, { otherKnowsCurrent: true }),
    current: currentOfOther(5),
    row: 'redialled',
    verdict: 'accept',
  },
  { title: 'a stale late dial', offered: dialledByOther(4), current: currentOfOther(5), row: 'late-dial', verdict: 'reject-stale' },
  {
    title: 'the peer knows our link dead and dials',
    offered: dialledByOther(3),
    current: currentOfDecider(7, 2),
    row: 'known-dead',
    verdict: 'accept',
  },
  {
    title: 'the peer lost our verdict and dials',
    offered: dialledByOther(3),
    current: currentOfDecider(7, 2),
    row: 'known-dead',
    verdict: 'accept',
  },
  {
    title: 'the peer names our link as the one it doubts',
    offered: dialledByOther(2, { otherKnowsCurrent: true }),
    current: currentOfDecider(7, 2),
    row: 'known-dead',
    verdict: 'accept',
  },
  {
    title: 'two dials cross and ours was decided first',
    offered: dialledByOther(2),
    current: currentOfDecider(7, 2),
    row: 'crossing',
    verdict: 'reject-duplicate',
  },
  {
    title: 'a dial that the peer gave up long ago arrives beside our healthy link',
    offered: dialledByOther(1),
    current: currentOfDecider(7, 2),
    row: 'crossing',
    verdict: 'reject-duplicate',
  },
  {
    title: 'we doubt the link after a sleep and dial beside it',
    offered: dialledByDecider(8, { deciderKnew: 'unproved' }),
    current: currentOfDecider(7, 2),
    row: 'replacing',
    verdict: 'accept',
  },
  {
    title: 'the link that we doubted has proved itself meanwhile',
    offered: dialledByDecider(8, { deciderKnew: 'proved-since' }),
    current: currentOfOther(5),
    row: 'proved',
    verdict: 'reject-duplicate',
  },
  {
    title: 'two dials cross and theirs was decided first',
    offered: dialledByDecider(8, { otherDialCount: 5, otherKnowsCurrent: true }),
    current: currentOfOther(5),
    row: 'crossing-own',
    verdict: 'reject-duplicate',
  },
  {
    title: 'two dials cross, theirs was decided first and its verdict is still on the way',
    offered: dialledByDecider(8, { otherDialCount: 5 }),
    current: currentOfOther(5),
    row: 'crossing-own',
    verdict: 'reject-duplicate',
  },
  {
    title: 'the peer gave up the link it had dialled before it answered ours',
    offered: dialledByDecider(8, { otherDialCount: 6 }),
    current: currentOfOther(5),
    row: 'given-up',
    verdict: 'accept',
  },
];

describe('verdict on two links', () => {
  test.each(cases)('SES-3 $row: $title', ({ offered, current, row, verdict }) => {
    expect(decideLink(offered, current, new Set([oldRun]))).toEqual({ verdict, row });
  });

  test('SES-3 every row of the table has a case', () => {
    const rows: Record<VerdictRow, true> = {
      ...{ first: true, outlived: true, restarted: true, redialled: true, 'late-dial': true, 'known-dead': true },
      ...{ crossing: true, replacing: true, proved: true, 'given-up': true, 'crossing-own': true },
    };
    expect(new Set(cases.map(({ row }) => row))).toEqual(new Set(Object.keys(rows)));
  });

  test('SES-3 whoever is rejected as crossing is accepted when it dials again', () => {
    const current = currentOfDecider(7, 2);
    expect(decideLink(dialledByOther(2), current, new Set()).verdict).toBe('reject-duplicate');
    expect(decideLink(dialledByOther(3), current, new Set()).verdict).toBe('accept');
  });
});

/** The table of core/SPEC.md in its own words: when a row is meant, whatever the others say. */
const meant: Record<VerdictRow, (offered: OfferedLink, current: CurrentLink | undefined, isOutlived: boolean) => boolean> = {
  first: (_offered, current) => current === undefined,
  outlived: (offered, current, isOutlived) => isOtherRun(offered, current) && isOutlived,
  restarted: (offered, current, isOutlived) => isOtherRun(offered, current) && !isOutlived,
  redialled: (offered, current) => isOf('other', 'other', offered, current) && offered.sequence > (current?.sequence ?? 0),
  'late-dial': (offered, current) => isOf('other', 'other', offered, current) && offered.sequence <= (current?.sequence ?? 0),
  'known-dead': (offered, current) => isOf('decider', 'other', offered, current) && hasSeenCurrent(offered, current),
  crossing: (offered, current) => isOf('decider', 'other', offered, current) && !hasSeenCurrent(offered, current),
  replacing: (offered, current) => isOf('any', 'decider', offered, current) && offered.deciderKnew === 'unproved',
  proved: (offered, current) => isOf('any', 'decider', offered, current) && offered.deciderKnew === 'proved-since',
  'given-up': (offered, current) =>
    isOf('any', 'decider', offered, current) && offered.deciderKnew === 'nothing' && hasGivenUp(offered, current),
  'crossing-own': (offered, current) =>
    isOf('any', 'decider', offered, current) && offered.deciderKnew === 'nothing' && !hasGivenUp(offered, current),
};

function isOtherRun(offered: OfferedLink, current: CurrentLink | undefined): boolean {
  return current !== undefined && offered.incarnation !== current.incarnation;
}

/** A link of the same run, by who dialled the current and who the offered one. */
function isOf(
  currentBy: 'decider' | 'other' | 'any',
  offeredBy: 'decider' | 'other',
  offered: OfferedLink,
  current: CurrentLink | undefined,
): boolean {
  if (current === undefined || isOtherRun(offered, current)) return false;
  return offered.dialer === offeredBy && (currentBy === 'any' || current.dialer === currentBy);
}

/** *Other* dialled after it answered on the current link, or names it as the one to replace. */
function hasSeenCurrent(offered: OfferedLink, current: CurrentLink | undefined): boolean {
  return offered.otherKnowsCurrent || offered.sequence > (current?.otherDialCount ?? 0);
}

/** *Other* dialled the current link, has dialled again since, and does not name it. */
function hasGivenUp(offered: OfferedLink, current: CurrentLink | undefined): boolean {
  return current?.dialer === 'other' && offered.otherDialCount > current.sequence && !offered.otherKnowsCurrent;
}

test('SES-3 the rows of the table leave nothing out, exclude one another, and are what is decided', () => {
  const numbers = [1, 2, 3];
  const links = (['decider', 'other'] as const).flatMap((dialer) =>
    numbers.flatMap((sequence) =>
      [run, oldRun, newRun].flatMap((incarnation) => numbers.map((otherDialCount) => ({ dialer, sequence, incarnation, otherDialCount }))),
    ),
  );
  const offers: OfferedLink[] = links.flatMap((link) =>
    [true, false].flatMap((otherKnowsCurrent) =>
      (['nothing', 'unproved', 'proved-since'] as const).map((deciderKnew) => ({ ...link, otherKnowsCurrent, deciderKnew })),
    ),
  );
  const reached = new Set<VerdictRow>();
  for (const current of [undefined, ...links]) {
    for (const offered of offers) {
      const { row } = decideLink(offered, current, new Set([oldRun]));
      const rows = (Object.keys(meant) as VerdictRow[]).filter((each) => meant[each](offered, current, offered.incarnation === oldRun));
      if (rows.length !== 1 || rows[0] !== row) expect(rows, JSON.stringify({ offered, current })).toEqual([row]);
      reached.add(row);
    }
  }
  expect(reached).toEqual(new Set(Object.keys(meant)));
});

describe('obeying verdicts', () => {
  test('SES-3 of two acceptances the later decision counts, in whatever order they arrive', () => {
    const last = { incarnation: run, decision: 7 };
    expect(shouldObey({ incarnation: run, decision: 8 }, last, new Set(), true)).toBe(true);
    expect(shouldObey({ incarnation: run, decision: 6 }, last, new Set(), true)).toBe(false);
    expect(shouldObey({ incarnation: newRun, decision: 1 }, last, new Set(), true)).toBe(true);
  });

  test('SES-3 a run that is over is obeyed only when there is no other link', () => {
    const last = { incarnation: run, decision: 7 };
    expect(shouldObey({ incarnation: oldRun, decision: 50 }, last, new Set([oldRun]), true)).toBe(false);
    expect(shouldObey({ incarnation: oldRun, decision: 50 }, last, new Set([oldRun]), false)).toBe(true);
  });
});

describe('runs of a device', () => {
  test('JRN-5 a run that is over and answers a later dial shows that two run under one key', () => {
    const runs = new OutlivedIncarnations();
    runs.accepted(oldRun, 100);
    runs.accepted(run, 200);
    expect(runs.all).toEqual(new Set([oldRun]));
    expect(runs.showsTwin(oldRun, { ourDialBeganAtMs: 150, sequence: 0 })).toBe(false);
    expect(runs.showsTwin(oldRun, { ourDialBeganAtMs: 250, sequence: 0 })).toBe(true);
    expect(runs.showsTwin(run, { ourDialBeganAtMs: 250, sequence: 0 })).toBe(false);
  });

  test('JRN-5 late dials of a dead run are no twin, a growing row of them is', () => {
    const runs = new OutlivedIncarnations();
    runs.accepted(oldRun, 100);
    runs.accepted(run, 200);
    const dialled = (sequence: number): boolean => runs.showsTwin(oldRun, { ourDialBeganAtMs: undefined, sequence });
    expect([dialled(4), dialled(4), dialled(3), dialled(5)]).toEqual([false, false, false, false]);
    expect(dialled(6)).toBe(true);
  });

  test('SES-3 runs that are over are remembered to a bound', () => {
    const runs = new OutlivedIncarnations();
    for (let i = 0; i < 100; i++) runs.accepted(i.toString(16).padStart(16, '0') as Incarnation, i);
    expect(runs.all.size).toBe(OutlivedIncarnations.keptMax);
  });
});

test('RPC-5 ranges of versions are compared', () => {
  expect(compareVersions({ min: 1, max: 1 }, { min: 1, max: 3 })).toBe('common');
  expect(compareVersions({ min: 1, max: 1 }, { min: 2, max: 3 })).toBe('we-are-older');
  expect(compareVersions({ min: 3, max: 4 }, { min: 1, max: 2 })).toBe('they-are-older');
});
