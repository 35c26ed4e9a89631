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
import { Outcomes } from './outcomes.ts';
import { type BenchReport, type ContenderReport, type Outcome, reportSchemaVersion, type RowOutcome } from './results.ts';
import { desktopMissing } from '../../main/testing/desktop-app.ts';
import { buildOnce } from '../../main/testing/desktop-build.ts';
import { isDesktopRow, isWaitRow, isWithinScale, type RowId, rowIds, scales, sessions, sessionSteps } from './rows.ts';
import { Session } from './session.ts';
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
  if (!isolation.possible && [...options.rows].some(isWaitRow)) {
    say('The rows about frozen and sleeping devices are left out: each device would need a network namespace of its own.');
  }
  const noDesktop = [...options.rows].some(isDesktopRow) ? desktopMissing() : undefined;
  if (noDesktop !== undefined) say(`The rows about the desktop program are left out: ${noDesktop}.`);
  else if ([...options.rows].some(isDesktopRow)) await buildOnce();
  const possible = new Set(rowIds.filter((row) => (isWaitRow(row) ? isolation.possible : !isDesktopRow(row) || noDesktop === undefined)));
  const startedAt = new Date().toISOString();
  const loadBefore = loadOfLastMinute();
  const chosen = contenders.filter(({ id }) => options.contenders.has(id));
  const inspected = await Promise.all(chosen.map(async (contender) => inspect(contender, options)));
  const present = chosen.filter((_, index) => inspected[index]?.inspection.present === true);
  const outcomes = await measureAll(
    present,
    options,
    { isolated: isolation.possible, rows: possible },
    folder,
    (started) => (session = started),
  );

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
    ...outcomes.reports(),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}`);
  say(await clearingLine());
  if (outcomes.anyFailed) process.exitCode = 1;
}

async function inspect(contender: Contender, options: BenchOptions): Promise<ContenderReport> {
  return { id: contender.id, title: contender.title, inspection: await contender.inspect(options) };
}

function describeIsolation(isolation: Isolation): string {
  return isolation.possible
    ? 'each contender in a network namespace of its own'
    : `NOT ISOLATED, on the machine's own loopback interface: ${isolation.reason}`;
}

/** What this machine allows. */
interface Ground {
  readonly isolated: boolean;
  /** What can be measured here. */
  readonly rows: ReadonlySet<RowId>;
}

/** The rows of a contender that are wanted and can be measured here. */
function wantedRows(contender: Contender, options: BenchOptions, { rows }: Ground): Set<RowId> {
  const takesPart = (row: RowId): boolean => {
    if (isDesktopRow(row)) return contender.hasDesktop === true;
    return isWaitRow(row) ? contender.createAgent !== undefined : contender.rows.includes(row);
  };
  return new Set([...options.rows].filter((row) => rows.has(row) && takesPart(row) && isWithinScale(row, scales[options.scale])));
}

/** All runs, the contenders in turn, so that a drift of the machine hits all of them. */
async function measureAll(
  present: readonly Contender[],
  options: BenchOptions,
  ground: Ground,
  folder: string,
  onSession: (session: Session) => void,
): Promise<Outcomes> {
  const outcomes = new Outcomes(scales[options.scale]);
  for (let run = 1; run <= options.runs; run++) {
    for (const [index, rows] of sessions.entries()) {
      for (const contender of present) {
        const steps = sessionSteps(rows, wantedRows(contender, options, ground));
        if (steps.length === 0) continue;
        const session = new Session({
          contender: contender.id,
          steps,
          scale: scales[options.scale],
          folder: join(folder, `${contender.id}-${index}-${run}`),
          choices: { syncthing: options.syncthing },
          isolated: ground.isolated,
          patienceSeconds: options.patienceSeconds,
        });
        onSession(session);
        await session.run((outcome) => {
          outcomes.add(contender.id, outcome);
          say(`run ${run}/${options.runs}  ${outcome.row.padEnd(17)}  ${contender.title.padEnd(13)}  ${describeOutcome(outcome)}`);
        });
      }
    }
  }
  return outcomes;
}

function describeOutcome(told: RowOutcome): string {
  if (told.kind === 'work') return describe(told.outcome, ({ seconds }) => `${seconds.toFixed(2)} s`);
  if (told.kind === 'gauges') {
    return describe(told.outcome, ({ values }) =>
      Object.entries(values)
        .map(([id, value]) => `${id} ${value.toFixed(2)}`)
        .join(', '),
    );
  }
  return describe(told.outcome, ({ samples }) =>
    samples.map(({ figure, seconds, cutOff }) => `${figure} ${cutOff ? 'at least ' : ''}${seconds.toFixed(2)} s`).join(', '),
  );
}

function describe<M>(outcome: Outcome<M>, tell: (measurement: M) => string): string {
  if (outcome.ok) return tell(outcome.measurement);
  return `FAILED: ${outcome.text}${outcome.logTail === '' ? '' : `\n${outcome.logTail}`}`;
}
