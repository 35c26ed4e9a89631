import { MIB } from '../../core/base/index.ts';
import { alignTable } from './align-table.ts';
import type { BenchReport, ContenderId, ContenderReport, Measurement, RowReport, SideFigures } from './results.ts';
import { desktopLegend, formatGaugeRow } from './desktop-table.ts';
import { formatWaitRow, waitLegend } from './wait-table.ts';

/** The report as text for a terminal: what was compared, a table for each row, and how Dormouse stands to each of the others. */
export function formatReport(report: BenchReport): string {
  const titles = new Map(report.contenders.map((contender) => [contender.id, contender.title]));
  const parts = [formatMachine(report), ...report.contenders.map(formatContender), ''];
  for (const row of report.rows) parts.push(formatRow(row, titles, report.settings.runs), '');
  for (const row of report.waits) parts.push(formatWaitRow(row, titles), '');
  for (const row of report.gauges) parts.push(formatGaugeRow(row), '');
  if (report.rows.length > 0) parts.push(...legend(report));
  if (report.waits.length > 0) parts.push(...waitLegend);
  if (report.gauges.length > 0) parts.push(...desktopLegend);
  return `${parts.join('\n')}\n`;
}

function formatMachine({ machine, settings }: BenchReport): string {
  const memory = `${Math.round(machine.memoryBytes / MIB / 1024)} GiB`;
  return [
    `${machine.cpus} × ${machine.cpuModel}, ${memory}, ${machine.system}, ${machine.fileSystem}, Node ${machine.node}`,
    `${settings.runs} ${settings.runs === 1 ? 'run' : 'runs'} in turn (${settings.scale}); ${settings.isolation}; load ${machine.loadBefore.toFixed(1)} before, ${machine.loadAfter.toFixed(1)} after`,
    '',
  ].join('\n');
}

function formatContender({ title, inspection }: ContenderReport): string {
  if (!inspection.present) return `${title}: left out. ${inspection.reason}`;
  return [`${title} ${inspection.version}`, ...inspection.settings.map((setting) => `    ${setting}`)].join('\n');
}

const columns = ['', 'seconds', 'rate', 'CPU s w', 'CPU s r', 'RSS MiB w', 'RSS MiB r', 'sent MiB', 'runs, s'] as const;

function formatRow(row: RowReport, titles: ReadonlyMap<ContenderId, string>, runs: number): string {
  const cells = row.contenders.map(({ id, runs: outcomes, median }) => {
    const each = outcomes.map((run) => (run.ok ? formatSeconds(run.measurement.seconds) : 'failed')).join(' ');
    return [titles.get(id) ?? id, ...formatFigures(row, median), each];
  });
  const failures = row.contenders.flatMap(({ id, runs: outcomes }) =>
    outcomes.flatMap((run, index) => (run.ok ? [] : [`  ${titles.get(id) ?? id}, run ${index + 1} failed: ${run.text}`])),
  );
  const heading = `${row.title} (${runs === 1 ? 'one run' : `medians of ${runs}`})`;
  return [heading, ...alignTable([[...columns], ...cells]), ...failures, ...comparisons(row, titles)].join('\n');
}

function formatFigures(row: RowReport, figures: Measurement | null): string[] {
  if (figures === null) return columns.slice(1, -1).map(() => '-');
  return [
    formatSeconds(figures.seconds),
    row.rate === null ? '-' : `${(row.rate.amount / figures.seconds).toFixed(0)} ${row.rate.unit}`,
    formatCpu(figures.writer),
    formatCpu(figures.reader),
    formatPeak(figures.writer),
    formatPeak(figures.reader),
    figures.sentBytes === null ? '-' : formatMib(figures.sentBytes),
  ];
}

const formatSeconds = (seconds: number): string => seconds.toFixed(seconds < 10 ? 2 : 1);
const formatCpu = (side: SideFigures | null): string => (side === null ? '-' : side.cpuSeconds.toFixed(1));

/** The largest process, and in brackets all of them where there are several. */
function formatPeak(side: SideFigures | null): string {
  if (side === null) return '-';
  const peak = (side.peakRssBytes / MIB).toFixed(0);
  return side.processes > 1 ? `${peak} (${(side.peakRssSumBytes / MIB).toFixed(0)})` : peak;
}

function formatMib(bytes: number): string {
  const mib = bytes / MIB;
  return mib.toFixed(mib < 10 ? 2 : 0);
}

/** How Dormouse stands to each of the others in one row. */
function comparisons(row: RowReport, titles: ReadonlyMap<ContenderId, string>): string[] {
  const ours = row.contenders.find(({ id }) => id === 'dormouse')?.median;
  if (ours === null || ours === undefined) return [];
  return row.contenders.flatMap(({ id, median: theirs }) => {
    if (id === 'dormouse' || theirs === null) return [];
    const facts = [`${formatRatio(theirs.seconds / ours.seconds)} its rate`];
    const ourCpu = totalCpu(ours);
    const theirCpu = totalCpu(theirs);
    if (ourCpu !== null && theirCpu !== null && theirCpu > 0) facts.push(`${formatRatio(ourCpu / theirCpu)} its CPU seconds`);
    if (ours.sentBytes !== null && theirs.sentBytes !== null && theirs.sentBytes > 0) {
      facts.push(`${formatRatio(ours.sentBytes / theirs.sentBytes)} its bytes`);
    }
    return [`  Dormouse to ${titles.get(id) ?? id}: ${facts.join(', ')}`];
  });
}

const formatRatio = (ratio: number): string => `${ratio.toFixed(2)} ×`;

function totalCpu({ writer, reader }: Measurement): number | null {
  return writer === null && reader === null ? null : (writer?.cpuSeconds ?? 0) + (reader?.cpuSeconds ?? 0);
}

function legend({ settings, rows }: BenchReport): string[] {
  const others = rows.flatMap((row) =>
    row.contenders.flatMap(({ runs }) => runs.flatMap((run) => (run.ok ? [run.measurement.otherCpuSeconds ?? 0] : []))),
  );
  return [
    'seconds: from the last close() on the writer (w) to everything visible under its name on the reader (r); contents are compared after that.',
    'CPU s: all processes of a device, from before the first open() until 2 s after visibility. RSS: the largest process, (all together).',
    `sent: at the loopback interface, both directions, with headers${settings.isolated ? '' : '; NOT ISOLATED: other traffic of the machine is in it'}.`,
    `Other work on the machine took up to ${Math.max(0, ...others).toFixed(1)} CPU seconds during a run.`,
  ];
}
