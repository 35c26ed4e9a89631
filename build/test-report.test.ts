import { expect, test } from 'vitest';
import { reportFromVitest, verdictOf } from './test-report.ts';

const vitestFile = (status: string, tests: readonly [string, string][], message?: string) => ({
  name: 'a.test.ts',
  status,
  ...(message === undefined ? {} : { message }),
  assertionResults: tests.map(([fullName, testStatus]) => ({ fullName, status: testStatus })),
});

test('counts of all suites are added up in one line', () => {
  const reports = [
    { name: 'unit', passed: 3, failed: [], skipped: [] },
    { name: 'lab', passed: 2, failed: ['cut'], skipped: ['freeze: needs root'] },
  ];
  const verdict = verdictOf(reports, { skipsFail: false });
  expect(verdict).toMatchObject({ ok: false, countLine: '5 passed, 1 failed, 1 skipped' });
  expect(verdict.notes).toContain('  freeze: needs root');
});

test('nothing skipped leaves the skips out of the line', () => {
  expect(verdictOf([{ name: 'unit', passed: 3, failed: [], skipped: [] }], { skipsFail: true })).toEqual({
    ok: true,
    notes: [],
    countLine: '3 passed, 0 failed',
  });
});

test('where everything can run, a skipped test counts as failed', () => {
  const reports = [{ name: 'unit', passed: 3, failed: [], skipped: ['x'] }];
  expect(verdictOf(reports, { skipsFail: true })).toMatchObject({ ok: false, countLine: '3 passed, 1 failed' });
  expect(verdictOf(reports, { skipsFail: false })).toMatchObject({ ok: true, countLine: '3 passed, 0 failed, 1 skipped' });
});

test('a run without any executed test fails', () => {
  expect(verdictOf([], { skipsFail: false }).ok).toBe(false);
  expect(verdictOf([{ name: 'unit', passed: 0, failed: [], skipped: ['x'] }], { skipsFail: false }).ok).toBe(false);
});

test('statuses of vitest become passed, failed and skipped', () => {
  const file = vitestFile('failed', [
    ['a', 'passed'],
    ['b', 'failed'],
    ['c', 'skipped'],
    ['d', 'todo'],
  ]);
  expect(reportFromVitest('unit', 1, { testResults: [file] })).toEqual({ name: 'unit', passed: 1, failed: ['b'], skipped: ['c', 'd'] });
});

test('a file that does not load, an error outside of tests and a missing report are failures', () => {
  const broken = reportFromVitest('unit', 1, { testResults: [vitestFile('failed', [], 'cannot load')] });
  expect(broken.failed).toEqual(['a.test.ts: cannot load']);
  expect(reportFromVitest('unit', 1, { testResults: [vitestFile('passed', [['a', 'passed']])] }).failed).toHaveLength(1);
  expect(reportFromVitest('unit', null, undefined).failed).toHaveLength(1);
});
