import { alignTable } from './align-table.ts';
import type { ContenderId, WaitRowReport, WaitSummary, WaitValue } from './results.ts';
import type { FigureFacts } from './rows.ts';

const columns = ['', 'samples', 'p50 s', 'p95 s', 'longest s', 'target'] as const;

/** One row about waiting as a table: of each figure a line for each contender, with what Dormouse is to reach. */
export function formatWaitRow(row: WaitRowReport, titles: ReadonlyMap<ContenderId, string>): string {
  const lines = row.figures.flatMap((figure) =>
    row.contenders.map(({ id, summaries }) => {
      const summary = summaries.find((each) => each.figure === figure.id);
      return [
        `${figure.title}, ${titles.get(id) ?? id}`,
        ...formatSummary(summary),
        id === 'dormouse' ? formatTarget(figure, summary) : '',
      ];
    }),
  );
  const failures = row.contenders.flatMap(({ id, runs }) =>
    runs.flatMap((run, index) => (run.ok ? [] : [`  ${titles.get(id) ?? id}, run ${index + 1} failed: ${run.text}`])),
  );
  return [row.title, ...alignTable([[...columns], ...lines]), ...failures].join('\n');
}

function formatSummary(summary: WaitSummary | undefined): string[] {
  if (summary === undefined) return ['0', '-', '-', '-'];
  return [String(summary.samples), ...[summary.p50, summary.p95, summary.max].map(formatValue)];
}

const formatValue = ({ seconds, cutOff }: WaitValue): string => `${cutOff ? '≥ ' : ''}${seconds.toFixed(seconds < 10 ? 2 : 1)}`;

function formatTarget({ targetSeconds }: FigureFacts, summary: WaitSummary | undefined): string {
  if (targetSeconds === null) return '-';
  const isMet = summary !== undefined && !summary.p95.cutOff && summary.p95.seconds < targetSeconds;
  return `p95 under ${targetSeconds}: ${isMet ? 'met' : 'MISSED'}`;
}

/** What the figures of these rows are. */
export const waitLegend: readonly string[] = [
  'frozen: SIGSTOP to every process of the source that had sent more; its kernel still answers. longest gap: between two times at which another 64 KiB had come in at the',
  "reader's interface, up to the last one; where the patience ended before the file was complete (≥), up to then.",
  'asleep: SIGSTOP to every process and the link cut without a word; counted from the moment before SIGCONT. link live: as the program itself tells, or',
  'the first wanted byte if that is sooner; first wanted byte: 64 KiB have come in at the interface of the device that slept.',
];
