import { type DesktopRowId, desktopRowIds } from './desktop-row-ids.ts';
import { desktopRowFacts } from './desktop-rows.ts';
import type {
  BenchReport,
  ContenderId,
  GaugeMeasurement,
  Measurement,
  Outcome,
  RowOutcome,
  RowReport,
  WaitMeasurement,
  WaitRowReport,
} from './results.ts';
import { rowFacts, type Scale, type WaitRowId, waitRowFacts, waitRowIds, type WorkRowId, workRowIds } from './rows.ts';
import { medianMeasurement, summarizeWaits } from './stats.ts';

/** What came of all runs so far. */
export class Outcomes {
  readonly #scale: Scale;
  readonly #work = new Map<WorkRowId, Map<ContenderId, Outcome<Measurement>[]>>();
  readonly #waits = new Map<WaitRowId, Map<ContenderId, Outcome<WaitMeasurement>[]>>();
  readonly #gauges = new Map<DesktopRowId, Outcome<GaugeMeasurement>[]>();

  constructor(scale: Scale) {
    this.#scale = scale;
  }

  add(contender: ContenderId, told: RowOutcome): void {
    if (told.kind === 'work') addTo(this.#work, told.row, contender, told.outcome);
    else if (told.kind === 'waits') addTo(this.#waits, told.row, contender, told.outcome);
    else this.#gauges.set(told.row, [...(this.#gauges.get(told.row) ?? []), told.outcome]);
  }

  get anyFailed(): boolean {
    const contended = [...this.#work.values(), ...this.#waits.values()].flatMap((row) => [...row.values()]);
    return [...contended, ...this.#gauges.values()].some((runs) => runs.some(({ ok }) => !ok));
  }

  /** Of the rows that were measured. */
  reports(): Pick<BenchReport, 'rows' | 'waits' | 'gauges'> {
    return {
      rows: workRowIds.flatMap((id) => {
        const row = this.#work.get(id);
        return row ? [{ id, ...rowFacts(id, this.#scale), contenders: [...row].map(([contender, runs]) => workOf(contender, runs)) }] : [];
      }),
      waits: waitRowIds.flatMap((id) => {
        const row = this.#waits.get(id);
        if (!row) return [];
        const facts = waitRowFacts(id, this.#scale);
        return [{ id, ...facts, contenders: [...row].map(([contender, runs]) => waitsOf(contender, runs, facts)) }];
      }),
      gauges: desktopRowIds.flatMap((id) => {
        const runs = this.#gauges.get(id);
        return runs ? [{ id, ...desktopRowFacts(id, this.#scale), runs }] : [];
      }),
    };
  }
}

function addTo<R, M>(rows: Map<R, Map<ContenderId, Outcome<M>[]>>, row: R, contender: ContenderId, outcome: Outcome<M>): void {
  const contenders = rows.get(row) ?? new Map<ContenderId, Outcome<M>[]>();
  rows.set(row, contenders.set(contender, [...(contenders.get(contender) ?? []), outcome]));
}

function workOf(id: ContenderId, runs: readonly Outcome<Measurement>[]): RowReport['contenders'][number] {
  return { id, runs, median: medianMeasurement(measurementsOf(runs)) };
}

function waitsOf(
  id: ContenderId,
  runs: readonly Outcome<WaitMeasurement>[],
  { figures }: Pick<WaitRowReport, 'figures'>,
): WaitRowReport['contenders'][number] {
  const samples = measurementsOf(runs).flatMap((measurement) => measurement.samples);
  return { id, runs, summaries: figures.flatMap((figure) => summarizeWaits(figure.id, samples) ?? []) };
}

function measurementsOf<M>(runs: readonly Outcome<M>[]): M[] {
  return runs.flatMap((run) => (run.ok ? [run.measurement] : []));
}
