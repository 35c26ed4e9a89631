/** What a suite says of its run. */
export interface SuiteReport {
  readonly name: string;
  readonly passed: number;
  /** Names of the tests that failed. */
  readonly failed: readonly string[];
  /** Names of the tests that were not run, with the reason where there is one. */
  readonly skipped: readonly string[];
}

export interface Verdict {
  readonly ok: boolean;
  /** Lines for a person: what was skipped, and what went wrong outside of any test. */
  readonly notes: readonly string[];
  /** `N passed, N failed`, with `, N skipped` when there are any. */
  readonly countLine: string;
}

/** The parts of vitest's JSON report that are used here. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Merges the suites' reports. A run in which no test was executed fails; with `skipsFail` so does every skipped test. */
export function verdictOf(reports: readonly SuiteReport[], options: { readonly skipsFail: boolean }): Verdict {
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  const failed = reports.flatMap((report) => report.failed);
  const skipped = reports.flatMap((report) => report.skipped);
  const notes: string[] = [];
  const title = options.skipsFail ? 'Skipped, although everything can run here (each counts as failed):' : 'Skipped:';
  if (skipped.length > 0) notes.push(title, ...skipped.map((name) => `  ${name}`));
  if (failed.length > 0) notes.push('Failed:', ...failed.map((name) => `  ${name}`));
  if (passed + failed.length === 0) notes.push('No test was run.');

  const failedCount = failed.length + (options.skipsFail ? skipped.length : 0);
  const skippedCount = options.skipsFail ? 0 : skipped.length;
  const countLine = `${passed} passed, ${failedCount} failed${skippedCount > 0 ? `, ${skippedCount} skipped` : ''}`;
  return { ok: failedCount === 0 && passed > 0, notes, countLine };
}

/** Reads vitest's JSON report. What fails outside of a test (a file that does not load, an unhandled rejection) counts as one failure. */
export function reportFromVitest(name: string, exitCode: number | null, json: unknown): SuiteReport {
  if (!isVitestReport(json))
    return { name, passed: 0, failed: [`${name}: the run ended without a report (exit code ${exitCode})`], skipped: [] };
  const tests = json.testResults.flatMap((file) => file.assertionResults);
  const failed = tests.filter((test) => test.status === 'failed').map((test) => test.fullName);
  for (const file of json.testResults) {
    const isExplained = file.assertionResults.some((test) => test.status === 'failed');
    if (file.status === 'failed' && !isExplained) failed.push(`${file.name}: ${file.message ?? 'failed outside of a test'}`);
  }
  if (exitCode !== 0 && failed.length === 0 && tests.length > 0)
    failed.push(`${name}: an error outside of any test (exit code ${exitCode})`);
  return {
    name,
    passed: tests.filter((test) => test.status === 'passed').length,
    failed,
    skipped: tests.filter((test) => test.status !== 'passed' && test.status !== 'failed').map((test) => test.fullName),
  };
}

function isVitestReport(json: unknown): json is VitestReport {
  return typeof json === 'object' && json !== null && 'testResults' in json && Array.isArray(json.testResults);
}
