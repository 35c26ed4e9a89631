import { alignTable } from '../bench/align-table.ts';
import type { SuiteReport } from '../test-report.ts';
import type { Figure } from './scenario.ts';

/** How one scenario ended. */
export type Outcome =
  { readonly kind: 'passed' } | { readonly kind: 'failed'; readonly text: string } | { readonly kind: 'skipped'; readonly reason: string };

export interface ScenarioResult {
  readonly name: string;
  readonly proves: string;
  readonly rules: readonly string[];
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

/** What `--json` writes. */
export interface LabReport {
  readonly schema: 1;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly form: 'full' | 'short';
  readonly seed: string;
  readonly lanes: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly scenarios: readonly ScenarioResult[];
}

/** All figures in one table, and below it how many scenarios passed. */
export function formatLabReport(report: LabReport): string {
  const rows = report.scenarios.flatMap(({ name, outcome, seconds, figures }) => {
    const heading = [name, `${outcome.kind} after ${seconds.toFixed(0)} s`, '', '', ''];
    return [heading, ...figures.map((figure) => ['', figure.label, formatValue(figure.value, figure), ...formatTarget(figure)])];
  });
  const count = (kind: Outcome['kind']): number => report.scenarios.filter(({ outcome }) => outcome.kind === kind).length;
  return [
    ...alignLeft([['scenario', 'measured', '', 'target', ''], ...rows]),
    '',
    `${report.form} form, ${report.lanes} side by side, seed ${report.seed}, load ${report.loadBefore.toFixed(1)} before and ${report.loadAfter.toFixed(1)} after`,
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
    '',
  ].join('\n');
}

/** The table's second column is text as well. */
function alignLeft(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map((row) => row[1]?.length ?? 0));
  return alignTable(rows.map((row) => row.map((cell, column) => (column === 1 ? cell.padEnd(width) : cell))));
}

function formatTarget(figure: Figure): string[] {
  if (figure.target === undefined) return ['', ''];
  return [`at most ${formatValue(figure.target, figure)}`, figure.value <= figure.target ? 'within target' : 'OVER TARGET'];
}

function formatValue(value: number, { unit }: Figure): string {
  const digits = unit === '' ? 0 : unit === 's' ? 2 : 1;
  return `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

/** For `npm test`. The names begin with the rules that the scenarios prove. */
export function suiteReport(results: readonly ScenarioResult[]): SuiteReport {
  const title = ({ name, rules, proves }: ScenarioResult): string => `lab: ${rules.join(' ')} ${name}: ${proves}`;
  return {
    name: 'lab',
    passed: results.filter(({ outcome }) => outcome.kind === 'passed').length,
    failed: results.filter(({ outcome }) => outcome.kind === 'failed').map(title),
    skipped: results.flatMap((result) => (result.outcome.kind === 'skipped' ? [`${title(result)} (${result.outcome.reason})`] : [])),
  };
}
