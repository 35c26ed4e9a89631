// Real agents in networks of their own, with everything that laptops do to each other. `npm run lab -- --help` lists the options.
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { findIsolation } from '../bench/namespace.ts';
import { loadOfLastMinute } from '../bench/machine.ts';
import { type LabOptions, parseLabOptions, usage } from './lab-options.ts';
import { findTools } from './tools.ts';
import { keepLabFolder, makeLabFolder, removeLeftovers } from './leftovers.ts';
import { formatLabReport, type LabReport, type ScenarioResult, suiteReport } from './report.ts';
import { Runner } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const exitUsage = 2;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const names = scenarios.map(({ name }) => name);
const parsed = parseLabOptions(process.argv.slice(2), names, randomBytes(4).toString('hex'));
if (!parsed.ok) {
  process.stderr.write(`${parsed.error}\n\n${usage}`);
  process.exitCode = exitUsage;
} else if (parsed.value === 'help') process.stdout.write(usage);
else if (parsed.value.list) for (const { name, rules, proves } of scenarios) say(`${name.padEnd(18)} ${rules.join(' ')}: ${proves}`);
else await main(parsed.value);

async function main(options: LabOptions): Promise<void> {
  const chosen = scenarios.filter(({ name }) => options.only.has(name));
  const startedAt = new Date().toISOString();
  const loadBefore = loadOfLastMinute();
  const obstacle = findObstacle();
  const results = obstacle === undefined ? await runAll(chosen, options) : chosen.map((scenario) => skipped(scenario, obstacle));
  const report: LabReport = {
    ...{ schema: 1, startedAt, finishedAt: new Date().toISOString(), form: options.short ? 'short' : 'full' },
    ...{ seed: options.seed, lanes: options.lanes, loadBefore, loadAfter: loadOfLastMinute(), scenarios: results },
  };
  say(`\n${formatLabReport(report)}`);
  if (obstacle !== undefined) say(`Nothing was run: ${obstacle}`);
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  if (options.reportFile !== undefined) writeFileSync(options.reportFile, JSON.stringify(suiteReport(results)));
  if (results.some(({ outcome }) => outcome.kind === 'failed')) process.exitCode = 1;
}

/** Why this machine cannot have networks of the lab's own; undefined where it can. */
function findObstacle(): string | undefined {
  const isolation = findIsolation();
  return isolation.possible ? findTools() : isolation.reason;
}

async function runAll(chosen: readonly Scenario[], options: LabOptions): Promise<readonly ScenarioResult[]> {
  removeLeftovers();
  const folder = makeLabFolder();
  const runner = new Runner({ folder, isShort: options.short, seed: options.seed, lanes: options.lanes, say });
  let results: readonly ScenarioResult[] = [];
  // However this ends, nothing is left running, and nothing on the disk but what was asked to be kept.
  process.on('exit', () => {
    runner.close();
    if (options.keep && results.some(({ outcome }) => outcome.kind === 'failed')) say(`Kept: ${keepLabFolder(folder)}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
  say(`Everything happens in ${folder}; seed ${options.seed}.`);
  results = await runner.run(chosen);
  return results;
}

function skipped({ name, proves, rules }: Scenario, reason: string): ScenarioResult {
  return { name, proves, rules, outcome: { kind: 'skipped', reason }, seconds: 0, figures: [] };
}
