import { KIB, MIB } from '../../core/base/index.ts';

/** The things that are measured, in the order in which they are shown. */
export const rowIds = ['new-file', 'many-files', 'edit'] as const;
export type RowId = (typeof rowIds)[number];

/** How much of everything. */
export interface Scale {
  readonly largeFileBytes: number;
  readonly editBytes: number;
  readonly smallFileCount: number;
  readonly smallFileBytes: number;
}

export const scales = {
  full: { largeFileBytes: 1024 * MIB, editBytes: 4 * KIB, smallFileCount: 10_000, smallFileBytes: 10 * KIB },
  small: { largeFileBytes: 64 * MIB, editBytes: 4 * KIB, smallFileCount: 1000, smallFileBytes: 10 * KIB },
} as const satisfies Record<string, Scale>;

export interface RowFacts {
  readonly title: string;
  /** What a rate counts, and how many of it a run moves; null where only the time says something. */
  readonly rate: { readonly unit: 'MiB/s' | 'files/s'; readonly amount: number } | null;
}

export function rowFacts(row: RowId, scale: Scale): RowFacts {
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

/** Rows that are measured one after the other on the same devices. What a row needs comes before it. */
export const sessions: readonly (readonly RowId[])[] = [['new-file', 'edit'], ['many-files']];

export interface SessionStep {
  readonly row: RowId;
  /** False where the row is only there for what a later one needs. */
  readonly measured: boolean;
}

/** What one session does: the wanted rows, and before them those that they need. Empty where nothing is wanted. */
export function sessionSteps(session: readonly RowId[], wanted: ReadonlySet<RowId>): SessionStep[] {
  const last = session.findLastIndex((row) => wanted.has(row));
  return session.slice(0, last + 1).map((row) => ({ row, measured: wanted.has(row) }));
}
