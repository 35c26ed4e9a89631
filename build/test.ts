// Runs every suite, one after the other, and ends with the plain line "N passed, N failed" (", N skipped" when there are any).
// Use: npm test [-- FILTER...]   With filters only the unit suite runs, on the test files whose paths contain one of them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportFromVitest, verdictOf, type SuiteReport } from './test-report.ts';

interface Suite {
  readonly name: string;
  /** Runs the suite with its progress on the terminal; `reportFile` is a path it may write to, gone afterwards. */
  run(reportFile: string): SuiteReport;
}

const filters = process.argv.slice(2);

/** In the order of running. */
const suites: readonly Suite[] =
  filters.length > 0 ? [unitSuite(filters)] : [unitSuite([]), programSuite('lab', ['build/lab/lab.ts', '--short'])];

const reports = suites.map((suite) => {
  const folder = mkdtempSync(join(tmpdir(), 'dormouse-test-'));
  try {
    return suite.run(join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// On Debian as root nothing is missing that a test could need, so in CI a skip there hides something.
const allCanRun = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
const verdict = verdictOf(reports, { skipsFail: process.env['CI'] === 'true' && allCanRun });
console.log(['', ...verdict.notes, verdict.countLine].join('\n'));
process.exitCode = verdict.ok ? 0 : 1;

/** Everything that vitest finds. */
function unitSuite(filtersOfRun: readonly string[]): Suite {
  return {
    name: 'unit',
    run(reportFile) {
      const args = ['run', ...filtersOfRun, '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
      const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { stdio: 'inherit' });
      return reportFromVitest(this.name, status, readJson(reportFile));
    },
  };
}

/** A program that takes `--report FILE`, writes a {@link SuiteReport} there and says on the terminal what it does. */
function programSuite(name: string, argv: readonly string[]): Suite {
  return {
    name,
    run(reportFile) {
      const { status } = spawnSync(process.execPath, [...argv, '--report', reportFile], { stdio: 'inherit' });
      const report = readJson(reportFile) as SuiteReport | undefined;
      if (report === undefined) return { name, passed: 0, failed: [`${name}: ended without a report (exit code ${status})`], skipped: [] };
      if (status === 0 || report.failed.length > 0) return { ...report, name };
      return { ...report, name, failed: [`${name}: exit code ${status}`] };
    },
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
