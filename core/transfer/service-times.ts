import { fetchTuning as tuning } from './fetch-tuning.ts';

const samplesKept = 32;
/** A percentile is computed again after so many new samples. */
const refreshAfter = 8;

interface SizeClass {
  readonly samplesMs: number[];
  next: number;
  sinceRefresh: number;
  percentileMs: number;
}

/** Recent service times of one peer by size class (powers of two), and their 95th percentile. */
export class ServiceTimes {
  readonly #classes = new Map<number, SizeClass>();

  add(size: number, ms: number): void {
    const key = sizeClassOf(size);
    let sizeClass = this.#classes.get(key);
    if (!sizeClass) this.#classes.set(key, (sizeClass = { samplesMs: [], next: 0, sinceRefresh: 0, percentileMs: 0 }));
    sizeClass.samplesMs[sizeClass.next] = ms;
    sizeClass.next = (sizeClass.next + 1) % samplesKept;
    sizeClass.sinceRefresh += 1;
    if (sizeClass.sinceRefresh < refreshAfter) return;
    sizeClass.sinceRefresh = 0;
    const sorted = sizeClass.samplesMs.toSorted((a, b) => a - b);
    sizeClass.percentileMs = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
  }

  /** Undefined until enough blocks of that size came. */
  percentile95(size: number): number | undefined {
    const sizeClass = this.#classes.get(sizeClassOf(size));
    return sizeClass && sizeClass.samplesMs.length >= tuning.samplesMin ? sizeClass.percentileMs : undefined;
  }
}

/** All blocks up to 32 KiB are one class: their bytes hardly matter. */
function sizeClassOf(size: number): number {
  return Math.max(15, Math.ceil(Math.log2(size)));
}
