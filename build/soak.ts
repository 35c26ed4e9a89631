// Runs simulated worlds, each from a seed of its own, and says which seeds fail.
// Use: npm run soak -- [--seeds N] [--from S] [--seed X] [--trace] [--stop-at-failure] [--list]
// --list: also one line for each seed that passes
import { parseArgs } from 'node:util';
import { runSeed } from '../core/testing/world/run-seed.ts';
import type { SeedReport } from '../core/testing/world/run-seed.ts';
import { addCounts, newCounts } from '../core/testing/world/world-counts.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    'stop-at-failure': { type: 'boolean', default: false },
  },
});

const uncaught: string[] = [];
process.on('unhandledRejection', (reason) => uncaught.push(`nobody caught: ${reason instanceof Error ? reason.stack : String(reason)}`));

const from = Number(values.from);
const seeds = values.seed !== undefined ? [values.seed] : Array.from({ length: Number(values.seeds) }, (_, index) => String(from + index));
const sum = newCounts();
const startMs = performance.now();
let failed = 0;
let done = 0;
let events = 0;

for (const seed of seeds) {
  const seedStartMs = performance.now();
  const report = await runSeed(seed, {
    uncaught: () => uncaught.splice(0),
    ...(values.trace ? { trace: (line: string) => console.log(line) } : {}),
  });
  done += 1;
  events += report.events;
  addCounts(sum, report.counts);
  if (values.list) {
    const { virtualMs, traceHash } = report;
    console.log(`seed ${seed}: ${report.events} events, ${Math.round(virtualMs)} virtual ms, ${Math.round(performance.now() - seedStartMs)} ms, trace ${traceHash}`);
  }
  if (report.failures.length === 0) continue;
  failed += 1;
  printFailure(report);
  if (values['stop-at-failure']) break;
}

const seconds = (performance.now() - startMs) / 1000;
const { faultsByName, ...totals } = sum;
console.log(`${done} seeds, ${failed} failed, ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(2)} seeds/s, ${Math.round(events / done)} events each`);
console.log(Object.entries(totals).map(([name, count]) => `${name} ${count}`).join(', '));
console.log(Object.entries(faultsByName).map(([name, count]) => `${name} ${count}`).join(', '));
process.exitCode = failed > 0 ? 1 : 0;

/** One dense line; with `--trace` all that was found. */
function printFailure({ seed, failures }: SeedReport): void {
  const [first = '', ...more] = failures;
  const text = values.trace ? failures.join('\n  ') : `${first.split('\n').slice(0, 3).join(' | ')}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  console.log(`seed ${seed} FAILED: ${text}  -- replay: npm run soak -- --seed ${seed} --trace`);
}
