import { alignTable } from './align-table.ts';
import { type GaugeFacts, type GaugeTarget, meetsTarget } from './desktop-rows.ts';
import type { GaugeRowReport } from './results.ts';
import { median } from './stats.ts';

const columns = ['', 'median', 'unit', 'target', 'runs'] as const;

/** One row about the desktop program as a table: a line for each gauge, with what it is to reach. */
export function formatGaugeRow({ title, gauges, runs }: GaugeRowReport): string {
  const lines = gauges.map((gauge) => {
    const values = runs.flatMap((run) => (run.ok ? (run.measurement.values[gauge.id] ?? []) : []));
    const middle = median(values);
    return [
      gauge.title,
      middle === undefined ? '-' : formatValue(middle),
      gauge.unit,
      formatTarget(gauge, middle),
      values.map(formatValue).join(' '),
    ];
  });
  const failures = runs.flatMap((run, index) => (run.ok ? [] : [`  run ${index + 1} failed: ${run.text}`]));
  return [title, ...alignTable([[...columns], ...lines]), ...failures].join('\n');
}

const formatValue = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

const targetWords: Readonly<Record<GaugeTarget['kind'], string>> = { under: 'under', 'at-most': 'at most', 'at-least': 'at least' };

function formatTarget({ target }: GaugeFacts, value: number | undefined): string {
  if (target === null) return '-';
  return `${targetWords[target.kind]} ${target.value}: ${value !== undefined && meetsTarget(target, value) ? 'met' : 'MISSED'}`;
}

/** What the gauges of these rows are. */
export const desktopLegend: readonly string[] = [
  "event-loop delay: perf_hooks.monitorEventLoopDelay in the program's main, the 10 ms of its timer included, from before the first open() until visible.",
  'bare stream: memory to memory between the main processes of two Electrons. updates: changes of the page less than 50 ms apart are one.',
  'first content: by the record of the page; idle and started programs run without a debugger. longest task: as the browser tells (0: none of 50 ms or more).',
];
