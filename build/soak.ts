// Runs simulated worlds, each from a seed of its own, and says which seeds fail.
// Use: npm run soak -- [--seeds N] [--from S] [--seed X]... [--trace] [--list] [--stop-at-failure]
//      [--store-faults|--no-store-faults]
// --list: also one line for each seed that passes. --store-faults: stores fail and are set back in every world; without either in every second one.
import { parseArgs } from 'node:util';
import { runSeed } from '../core/testing/world/run-seed.ts';
import { countsLine, failureLine } from '../core/testing/world/seed-batch.ts';
import { addCounts, newCounts } from '../core/testing/world/world-counts.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', multiple: true },
    trace: { type: 'boolean', default: false },
    'store-faults': { type: 'boolean' },
    list: { type: 'boolean', default: false },
    'stop-at-failure': { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const uncaught: string[] = [];
process.on('unhandledRejection', (reason) => uncaught.push(`nobody caught: ${reason instanceof Error ? reason.stack : String(reason)}`));

const from = Number(values.from);
const seeds = values.seed ?? Array.from({ length: Number(values.seeds) }, (_, index) => String(from + index));
const sum = newCounts();
const startMs = performance.now();
let failed = 0;
let done = 0;
let events = 0;

for (const seed of seeds) {
  const seedStartMs = performance.now();
  const report = await runSeed(seed, {
    ...(values['store-faults'] === undefined ? {} : { storeFaults: values['store-faults'] }),
    uncaught: () => uncaught.splice(0),
    ...(values.trace ? { trace: (line: string) => console.log(line) } : {}),
  });
  done += 1;
  events += report.events;
  addCounts(sum, report.counts);
  if (values.list) {
    const tookMs = Math.round(performance.now() - seedStartMs);
    const { virtualMs, traceHash } = report;
    console.log(`seed ${seed}: ${report.events} events, ${Math.round(virtualMs)} virtual ms, ${tookMs} ms, trace ${traceHash}`);
  }
  if (report.failures.length === 0) continue;
  failed += 1;
  if (values.trace) for (const failure of report.failures) console.log(`  ${failure}`);
  console.log(`FAILED ${failureLine(report)}`);
  if (values['stop-at-failure']) break;
}

const seconds = (performance.now() - startMs) / 1000;
const rate = (done / seconds).toFixed(2);
console.log(`${done} seeds, ${failed} failed, ${seconds.toFixed(1)} s, ${rate} seeds/s, ${Math.round(events / done)} events each`);
console.log(countsLine(sum));
process.exitCode = failed > 0 ? 1 : 0;
