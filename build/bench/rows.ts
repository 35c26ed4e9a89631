import { KIB, MIB } from '../../core/base/index.ts';
import { type DesktopRowId, desktopRowIds } from './desktop-row-ids.ts';

/** Work that is measured by how long it takes and what it costs, in the order in which it is shown. */
export const workRowIds = ['new-file', 'many-files', 'edit'] as const;
export type WorkRowId = (typeof workRowIds)[number];

/** What somebody has to wait for when a device hangs or has slept. */
export const waitRowIds = ['frozen-source', 'wake-20', 'wake-60', 'wake-240', 'wake-late-network'] as const;
export type WaitRowId = (typeof waitRowIds)[number];

export const rowIds = [...workRowIds, ...waitRowIds, ...desktopRowIds] as const;
export type RowId = WorkRowId | WaitRowId | DesktopRowId;

/** Names for several rows. */
export const rowGroups: Readonly<Record<string, readonly RowId[]>> = {
  work: workRowIds,
  waits: waitRowIds,
  wake: ['wake-20', 'wake-60', 'wake-240'],
  desktop: desktopRowIds,
};

export function isWaitRow(row: RowId): row is WaitRowId {
  return waitRowIds.some((id) => id === row);
}

export function isDesktopRow(row: RowId): row is DesktopRowId {
  return desktopRowIds.some((id) => id === row);
}

/** How much of everything. */
export interface Scale {
  readonly largeFileBytes: number;
  readonly editBytes: number;
  readonly smallFileCount: number;
  readonly smallFileBytes: number;
  /** The file that a reader fetches from two sources. */
  readonly sharedFileBytes: number;
  /** Devices that sleep at the same time, each giving one sample. */
  readonly sleepers: number;
  /** Longer sleeps are left out. */
  readonly sleepSecondsMax: number;
  /** How long an idle desktop program is looked at, and the files that it has. */
  readonly idleSeconds: number;
  readonly idleFileCount: number;
  /** What the lists of the window are tried with. */
  readonly listFileCount: number;
  readonly listConflictCount: number;
}

export const scales = {
  full: {
    largeFileBytes: 1024 * MIB,
    editBytes: 4 * KIB,
    smallFileCount: 10_000,
    smallFileBytes: 10 * KIB,
    sharedFileBytes: 1024 * MIB,
    sleepers: 4,
    sleepSecondsMax: Infinity,
    idleSeconds: 60,
    idleFileCount: 10_000,
    listFileCount: 50_000,
    listConflictCount: 500,
  },
  small: {
    largeFileBytes: 64 * MIB,
    editBytes: 4 * KIB,
    smallFileCount: 1000,
    smallFileBytes: 10 * KIB,
    sharedFileBytes: 256 * MIB,
    sleepers: 2,
    sleepSecondsMax: 20,
    idleSeconds: 20,
    idleFileCount: 1000,
    listFileCount: 2000,
    listConflictCount: 100,
  },
} as const satisfies Record<string, Scale>;

export interface RowFacts {
  readonly title: string;
  /** What a rate counts, and how many of it a run moves; null where only the time says something. */
  readonly rate: { readonly unit: 'MiB/s' | 'files/s'; readonly amount: number } | null;
}

export function rowFacts(row: WorkRowId, scale: Scale): RowFacts {
  const largeMib = scale.largeFileBytes / MIB;
  switch (row) {
    case 'new-file':
      return { title: `One new file of ${largeMib} MiB`, rate: { unit: 'MiB/s', amount: largeMib } };
    case 'many-files':
      return {
        title: `${scale.smallFileCount} new files of ${scale.smallFileBytes / KIB} KiB`,
        rate: { unit: 'files/s', amount: scale.smallFileCount },
      };
    case 'edit':
      return { title: `${scale.editBytes / KIB} KiB changed in the middle of a file of ${largeMib} MiB`, rate: null };
  }
}

export interface WakeFacts {
  readonly sleepSeconds: number;
  /** The network comes so long after the wake; everything is counted from then on. */
  readonly networkLateSeconds: number;
}

export const wakeFacts: Readonly<Record<Exclude<WaitRowId, 'frozen-source'>, WakeFacts>> = {
  'wake-20': { sleepSeconds: 20, networkLateSeconds: 0 },
  'wake-60': { sleepSeconds: 60, networkLateSeconds: 0 },
  'wake-240': { sleepSeconds: 240, networkLateSeconds: 0 },
  'wake-late-network': { sleepSeconds: 20, networkLateSeconds: 20 },
};

export type FigureId = 'gap' | 'complete' | 'live' | 'first-byte' | 'even';

/** One thing that is waited for in a row. */
export interface FigureFacts {
  readonly id: FigureId;
  readonly title: string;
  /** What Dormouse is to reach: the 95th percentile stays under so many seconds. */
  readonly targetSeconds: number | null;
}

export interface WaitRowFacts {
  readonly title: string;
  readonly figures: readonly FigureFacts[];
}

export function waitRowFacts(row: WaitRowId, { sharedFileBytes }: Scale): WaitRowFacts {
  if (row === 'frozen-source') {
    return {
      title: `A file of ${sharedFileBytes / MIB} MiB from two sources, one of them frozen after a third`,
      figures: [
        { id: 'gap', title: 'longest gap', targetSeconds: 2 },
        { id: 'complete', title: 'from freeze to complete', targetSeconds: null },
      ],
    };
  }
  const { sleepSeconds, networkLateSeconds } = wakeFacts[row];
  const isLate = networkLateSeconds > 0;
  return {
    title: `Asleep for ${sleepSeconds} s, meanwhile a new file of 1 MiB elsewhere${isLate ? `; the network ${networkLateSeconds} s late, counted from there` : ''}`,
    figures: [
      { id: 'live', title: 'link live', targetSeconds: isLate ? 2 : 1 },
      { id: 'first-byte', title: 'first wanted byte', targetSeconds: isLate ? null : 1.5 },
      { id: 'even', title: 'file visible', targetSeconds: null },
    ],
  };
}

/** Whether a row is part of a benchmark of this scale. */
export function isWithinScale(row: RowId, { sleepSecondsMax }: Scale): boolean {
  return row === 'frozen-source' || !isWaitRow(row) || wakeFacts[row].sleepSeconds <= sleepSecondsMax;
}

/** Rows that are measured one after the other on the same devices. What a row needs comes before it. */
export const sessions: readonly (readonly RowId[])[] = [
  ['new-file', 'edit'],
  ['many-files'],
  ...[...waitRowIds, ...desktopRowIds].map((row) => [row]),
];

export interface SessionStep<R extends RowId = RowId> {
  readonly row: R;
  /** False where the row is only there for what a later one needs. */
  readonly measured: boolean;
}

/** What one session does: the wanted rows, and before them those that they need. Empty where nothing is wanted. */
export function sessionSteps(session: readonly RowId[], wanted: ReadonlySet<RowId>): SessionStep[] {
  const last = session.findLastIndex((row) => wanted.has(row));
  return session.slice(0, last + 1).map((row) => ({ row, measured: wanted.has(row) }));
}
