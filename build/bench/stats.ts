import type { Measurement, SideFigures, WaitSample, WaitSummary } from './results.ts';
import type { FigureId } from './rows.ts';

/** The middle value; of an even number of values the mean of the two middle ones. Undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** The median of each figure by itself. A figure that any of the runs lacks is null; so is the whole of no runs. */
export function medianMeasurement(runs: readonly Measurement[]): Measurement | null {
  const seconds = median(runs.map((run) => run.seconds));
  if (seconds === undefined) return null;
  return {
    seconds,
    writeSeconds: medianOrNull(runs.map((run) => run.writeSeconds)),
    writer: medianSide(runs.map((run) => run.writer)),
    reader: medianSide(runs.map((run) => run.reader)),
    sentBytes: medianOrNull(runs.map((run) => run.sentBytes)),
    otherCpuSeconds: medianOrNull(runs.map((run) => run.otherCpuSeconds)),
  };
}

/** The smallest value that at least `fraction` of all are not above (nearest rank); a wait that was cut off counts as longer than one that was not. */
export function quantile(samples: readonly WaitSample[], fraction: number): WaitSample | undefined {
  const sorted = samples.toSorted((a, b) => Number(a.cutOff) - Number(b.cutOff) || a.seconds - b.seconds);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)];
}

/** Undefined of no samples. */
export function summarizeWaits(figure: FigureId, samples: readonly WaitSample[]): WaitSummary | undefined {
  const own = samples.filter((sample) => sample.figure === figure);
  const [p50, p95, max] = [0.5, 0.95, 1].map((fraction) => quantile(own, fraction));
  return p50 && p95 && max && { figure, samples: own.length, p50: valueOf(p50), p95: valueOf(p95), max: valueOf(max) };
}

const valueOf = ({ seconds, cutOff }: WaitSample) => ({ seconds, cutOff });

function medianSide(sides: readonly (SideFigures | null)[]): SideFigures | null {
  const present = sides.filter((side) => side !== null);
  if (present.length < sides.length) return null;
  const of = (figure: keyof SideFigures): number => median(present.map((side) => side[figure])) ?? 0;
  return {
    cpuSeconds: of('cpuSeconds'),
    peakRssBytes: of('peakRssBytes'),
    peakRssSumBytes: of('peakRssSumBytes'),
    processes: of('processes'),
  };
}

function medianOrNull(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length < values.length ? null : (median(present) ?? null);
}
