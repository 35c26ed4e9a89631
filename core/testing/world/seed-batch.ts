import type { SeedReport } from './run-seed.ts';
import { runSeed } from './run-seed.ts';
import type { WorldCounts } from './world-counts.ts';
import { addCounts, newCounts } from './world-counts.ts';

/** What a number of seeds came to. */
export interface BatchReport {
  /** One line each, with the command that replays it. */
  readonly failures: readonly string[];
  readonly counts: WorldCounts;
}

/** Runs worlds one after the other. */
export async function runSeeds(seeds: readonly string[]): Promise<BatchReport> {
  const counts = newCounts();
  const failures: string[] = [];
  for (const seed of seeds) {
    const report = await runSeed(seed);
    addCounts(counts, report.counts);
    if (report.failures.length > 0) failures.push(failureLine(report));
  }
  return { failures, counts };
}

/** The seeds `from` to `from + count - 1`. */
export function seedRange(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index));
}

/** A failed seed in one dense line that says how to see it again. */
export function failureLine({ seed, failures }: SeedReport): string {
  const [first = '', ...more] = failures;
  const text = first.split('\n').slice(0, 3).join(' | ');
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  return `seed ${seed}: ${text}${rest} -- replay: npm run soak -- --seed ${seed} --trace`;
}

/** The totals in one line, as they are printed beside every run. */
export function countsLine(counts: WorldCounts): string {
  const { faultsByName, hostsByKind, ...totals } = counts;
  return [...Object.entries(totals), ...Object.entries(faultsByName), ...Object.entries(hostsByKind)]
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
