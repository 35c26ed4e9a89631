import type { ContenderChoices } from './contender-choices.ts';
import type { ContenderId, Inspection, Measurement } from './results.ts';
import type { Scale, WorkRowId } from './rows.ts';
import type { AgentSeat, WaitAgent } from './wait-agent.ts';

/** Where and how large one session is. */
export interface Stage {
  /** An empty folder on the measured disk, removed by whoever made it. */
  readonly folder: string;
  readonly scale: Scale;
  readonly choices: ContenderChoices;
  /** How long a contender may keep a row about waiting waiting, where it sets no bound of its own. */
  readonly patienceSeconds: number;
}

/** Something that is measured: a pair of sync agents, or a floor that says what the machine can do at best. */
export interface Contender {
  readonly id: ContenderId;
  readonly title: string;
  /** The work that it does. */
  readonly rows: readonly WorkRowId[];
  /** What takes part in the rows about waiting, each device in a process and a network of its own; undefined where it does not. */
  readonly createAgent?: (seat: AgentSeat) => WaitAgent;
  /** Whether the rows about the desktop program are about it. */
  readonly hasDesktop?: true;
  /** Its own bound on such a wait, seconds. */
  readonly patienceSeconds?: number;
  /** Whether it is there, and with what settings it runs. Starts nothing that lasts. */
  inspect(choices: ContenderChoices): Promise<Inspection>;
  /** Makes it ready on an empty stage. Bounded in time; after a failure its processes are killed by whoever started this one. */
  start(stage: Stage): Promise<Subject>;
}

/** A contender that is ready. */
export interface Subject {
  /** Measures one row. The rows that it needs have been measured before on the same subject. Throws a {@link BenchFailure}. */
  measure(row: WorkRowId): Promise<Measurement>;
  stop(): Promise<void>;
  /** The last of what it logged, for the report of a failure. */
  logTail(): string;
}

/** A contender did not do what a row asks for. */
export class BenchFailure extends Error {
  override name = 'BenchFailure';
}
