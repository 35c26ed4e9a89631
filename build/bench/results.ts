import type { DesktopRowId } from './desktop-row-ids.ts';
import type { GaugeFacts } from './desktop-rows.ts';
import type { FigureFacts, FigureId, WaitRowId, WorkRowId } from './rows.ts';

/** The version of {@link BenchReport}; it changes only when a member goes or changes its meaning. */
export const reportSchemaVersion = 2;

export const contenderIds = ['dormouse', 'syncthing', 'rsync', 'stream', 'fsync'] as const;
export type ContenderId = (typeof contenderIds)[number];

/** What one device of a contender used, over its whole tree of processes. */
export interface SideFigures {
  /** User and system time, with that of children that ended. */
  readonly cpuSeconds: number;
  /** The largest peak of any of its processes. */
  readonly peakRssBytes: number;
  /** The peaks of all its processes together, though they need not have been at the same time. */
  readonly peakRssSumBytes: number;
  readonly processes: number;
}

export interface Measurement {
  /** From the last close() on the writer to everything visible under its name on the reader; the content is compared afterwards. */
  readonly seconds: number;
  /** From the first open() to the last close() on the writer, before `seconds` begin; null where nothing is written beforehand. */
  readonly writeSeconds: number | null;
  /** Null where it cannot be told on this system. CPU time counts from before the first open() until two seconds after visibility. */
  readonly writer: SideFigures | null;
  readonly reader: SideFigures | null;
  /** Sent at the loopback interface by both devices, headers and acknowledgements included; null where no network is used. */
  readonly sentBytes: number | null;
  /** CPU seconds of everything else on the machine in the same time: how far the run was disturbed. Null where it cannot be told. */
  readonly otherCpuSeconds: number | null;
}

/** Somebody waited for something. */
export interface WaitSample {
  readonly figure: FigureId;
  readonly seconds: number;
  /** It had not come when the patience ended: the wait is at least so long. */
  readonly cutOff: boolean;
}

/** What a run of a row about waiting gives: of each figure one sample for each device that waited. */
export interface WaitMeasurement {
  readonly samples: readonly WaitSample[];
}

/** What a run of a row about the desktop program gives: a value for each gauge by its id, in the gauge's unit. */
export interface GaugeMeasurement {
  readonly values: Readonly<Record<string, number>>;
}

export type Outcome<M> =
  { readonly ok: true; readonly measurement: M } | { readonly ok: false; readonly text: string; readonly logTail: string };
export type RunOutcome = Outcome<Measurement>;

/** What came of one row in one run. */
export type RowOutcome =
  | { readonly kind: 'work'; readonly row: WorkRowId; readonly outcome: RunOutcome }
  | { readonly kind: 'waits'; readonly row: WaitRowId; readonly outcome: Outcome<WaitMeasurement> }
  | { readonly kind: 'gauges'; readonly row: DesktopRowId; readonly outcome: Outcome<GaugeMeasurement> };

/** A contender that takes part, or the reason why it does not and how to have it. */
export type Inspection =
  | { readonly present: true; readonly version: string; readonly settings: readonly string[] }
  | { readonly present: false; readonly reason: string };

export interface ContenderReport {
  readonly id: ContenderId;
  readonly title: string;
  readonly inspection: Inspection;
}

export interface RowReport {
  readonly id: WorkRowId;
  readonly title: string;
  readonly rate: { readonly unit: string; readonly amount: number } | null;
  readonly contenders: readonly {
    readonly id: ContenderId;
    readonly runs: readonly RunOutcome[];
    /** Of the runs that succeeded, each figure by itself; null where none did. */
    readonly median: Measurement | null;
  }[];
}

/** Seconds over all samples of one figure; each of them is at least so long where `cutOff` says so. */
export interface WaitSummary {
  readonly figure: FigureId;
  readonly samples: number;
  readonly p50: WaitValue;
  readonly p95: WaitValue;
  readonly max: WaitValue;
}

export interface WaitValue {
  readonly seconds: number;
  readonly cutOff: boolean;
}

export interface WaitRowReport {
  readonly id: WaitRowId;
  readonly title: string;
  readonly figures: readonly FigureFacts[];
  readonly contenders: readonly {
    readonly id: ContenderId;
    readonly runs: readonly Outcome<WaitMeasurement>[];
    /** Over the runs that succeeded; without the figures of which there is no sample. */
    readonly summaries: readonly WaitSummary[];
  }[];
}

export interface GaugeRowReport {
  readonly id: DesktopRowId;
  readonly title: string;
  readonly gauges: readonly GaugeFacts[];
  readonly runs: readonly Outcome<GaugeMeasurement>[];
}

export interface MachineReport {
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly node: string;
  /** The load of the last minute, before the first run and after the last. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** Everything that a run of the benchmark found out: what `--json` prints. */
export interface BenchReport {
  readonly schema: typeof reportSchemaVersion;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly machine: MachineReport;
  readonly settings: {
    readonly runs: number;
    readonly scale: string;
    /** Whether each contender had a network of its own, so that its bytes are its own. */
    readonly isolated: boolean;
    readonly isolation: string;
  };
  readonly contenders: readonly ContenderReport[];
  readonly rows: readonly RowReport[];
  readonly waits: readonly WaitRowReport[];
  readonly gauges: readonly GaugeRowReport[];
}
