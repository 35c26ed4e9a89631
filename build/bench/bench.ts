// Measures Dormouse side by side with Syncthing and against floors. Use: npm run bench [-- --help]
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, parseBenchOptions, usage } from './bench-options.ts';
import { clearingLine } from './clear-references.ts';
import type { Contender } from './contender.ts';
import { contenders } from './contenders.ts';
import { installPeers } from './install-peers.ts';
import { describeMachine, loadOfLastMinute, missingSpace } from './machine.ts';
import { findIsolation, type Isolation } from './namespace.ts';
import { type BenchReport, type ContenderReport, reportSchemaVersion, type RowReport, type RunOutcome } from './results.ts';
import { rowFacts, rowIds, type RowId, scales, sessions, sessionSteps } from './rows.ts';
import { Session } from './session.ts';
import { medianMeasurement } from './stats.ts';
import { formatReport } from './table.ts';

const exitUsage = 2;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const parsed = parseBenchOptions(process.argv.slice(2));
if (!parsed.ok) {
  say(`${parsed.error}\n\n${usage}`);
  process.exit(exitUsage);
} else if (parsed.value === 'help') process.stdout.write(usage);
else await main(parsed.value);

async function main(options: BenchOptions): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(options.folder ?? tmpdir(), 'dormouse-bench-')));
  let session: Session | undefined;
  // However this ends, nothing is left running and nothing on the disk.
  process.on('exit', () => {
    session?.clear();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

  const noSpace = missingSpace(folder, scales[options.scale]);
  if (noSpace !== undefined) {
    say(noSpace);
    process.exit(1);
  }
  const trouble = options.installPeers ? installPeers() : undefined;
  if (trouble !== undefined) say(trouble);

  const isolation = findIsolation();
  const startedAt = new Date().toISOString();
  const loadBefore = loadOfLastMinute();
  const chosen = contenders.filter(({ id }) => options.contenders.has(id));
  const inspected = await Promise.all(chosen.map(async (contender) => inspect(contender, options)));
  const present = chosen.filter((_, index) => inspected[index]?.inspection.present === true);
  const outcomes = await measureAll(present, options, isolation.possible, folder, (started) => (session = started));

  const report: BenchReport = {
    schema: reportSchemaVersion,
    startedAt,
    finishedAt: new Date().toISOString(),
    machine: { ...describeMachine(folder), loadBefore, loadAfter: loadOfLastMinute() },
    settings: {
      runs: options.runs,
      scale: options.scale,
      isolated: isolation.possible,
      isolation: describeIsolation(isolation),
    },
    contenders: inspected,
    rows: rowReports(present, options, outcomes),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}`);
  say(await clearingLine());
  if (report.rows.some((row) => row.contenders.some(({ runs }) => runs.some((run) => !run.ok)))) process.exitCode = 1;
}

async function inspect(contender: Contender, options: BenchOptions): Promise<ContenderReport> {
  return { id: contender.id, title: contender.title, inspection: await contender.inspect(options) };
}

function describeIsolation(isolation: Isolation): string {
  return isolation.possible
    ? 'each contender in a network namespace of its own'
    : `NOT ISOLATED, on the machine's own loopback interface: ${isolation.reason}`;
}

type Outcomes = Map<string, RunOutcome[]>;

function outcomeKey(row: RowId, contender: Contender): string {
  return `${row} ${contender.id}`;
}

/** All runs, the contenders in turn, so that a drift of the machine hits all of them. */
async function measureAll(
  present: readonly Contender[],
  options: BenchOptions,
  isIsolated: boolean,
  folder: string,
  onSession: (session: Session) => void,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  for (let run = 1; run <= options.runs; run++) {
    for (const [index, rows] of sessions.entries()) {
      for (const contender of present) {
        const wanted = new Set(contender.rows.filter((row) => options.rows.has(row)));
        const steps = sessionSteps(rows, wanted);
        if (steps.length === 0) continue;
        const session = new Session({
          contender: contender.id,
          steps,
          scale: scales[options.scale],
          folder: join(folder, `${contender.id}-${index}-${run}`),
          choices: { syncthing: options.syncthing },
          isolated: isIsolated,
        });
        onSession(session);
        await session.run((row, outcome) => {
          const key = outcomeKey(row, contender);
          outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
          say(`run ${run}/${options.runs}  ${row.padEnd(10)}  ${contender.title.padEnd(13)}  ${describeOutcome(outcome)}`);
        });
      }
    }
  }
  return outcomes;
}

function describeOutcome(outcome: RunOutcome): string {
  if (outcome.ok) return `${outcome.measurement.seconds.toFixed(2)} s`;
  return `FAILED: ${outcome.text}${outcome.logTail === '' ? '' : `\n${outcome.logTail}`}`;
}

function rowReports(present: readonly Contender[], options: BenchOptions, outcomes: Outcomes): RowReport[] {
  return rowIds
    .filter((row) => options.rows.has(row))
    .map((row) => ({
      id: row,
      ...rowFacts(row, scales[options.scale]),
      contenders: present
        .filter((contender) => contender.rows.includes(row))
        .map((contender) => {
          const runs = outcomes.get(outcomeKey(row, contender)) ?? [];
          return { id: contender.id, runs, median: medianMeasurement(runs.flatMap((run) => (run.ok ? [run.measurement] : []))) };
        }),
    }));
}
