import type { ContenderId, Inspection, Measurement } from './results.ts';
import type { RowId, Scale } from './rows.ts';

/** What the command line says about the contenders. */
export interface ContenderChoices {
  /** A Syncthing to use instead of the one on the path. */
  readonly syncthing: string | undefined;
}

/** Where and how large one session is. */
export interface Stage {
  /** An empty folder on the measured disk, removed by whoever made it. */
  readonly folder: string;
  readonly scale: Scale;
  readonly choices: ContenderChoices;
}

/** Something that is measured: a pair of sync agents, or a floor that says what the machine can do at best. */
export interface Contender {
  readonly id: ContenderId;
  readonly title: string;
  /** Where it takes part. */
  readonly rows: readonly RowId[];
  /** Whether it is there, and with what settings it runs. Starts nothing that lasts. */
  inspect(choices: ContenderChoices): Promise<Inspection>;
  /** Makes it ready on an empty stage. Bounded in time; after a failure its processes are killed by whoever started this one. */
  start(stage: Stage): Promise<Subject>;
}

/** A contender that is ready. */
export interface Subject {
  /** Measures one row. The rows that it needs have been measured before on the same subject. Throws a {@link BenchFailure}. */
  measure(row: RowId): Promise<Measurement>;
  stop(): Promise<void>;
  /** The last of what it logged, for the report of a failure. */
  logTail(): string;
}

/** A contender did not do what a row asks for. */
export class BenchFailure extends Error {
  override name = 'BenchFailure';
}
