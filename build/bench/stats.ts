import type { Measurement, SideFigures } from './results.ts';

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
