/** How much was done in a world: what shows that a run was worth something. */
export interface WorldCounts {
  userActions: number;
  faults: number;
  /** By name of the fault. */
  readonly faultsByName: Record<string, number>;
  /** By name of a kind of machines; one may be of several. */
  readonly hostsByKind: Record<string, number>;
  programStarts: number;
  kills: number;
  powerCuts: number;
  sessions: number;
  linkFailures: number;
  incidents: number;
  /** Conflict copies in the tree at the end. */
  conflictCopies: number;
  /** Files that were put together from blocks of other devices. */
  filesFetched: number;
  /** Files in the tree at the end. */
  files: number;
}

export function newCounts(): WorldCounts {
  return {
    userActions: 0,
    faults: 0,
    faultsByName: {},
    hostsByKind: {},
    programStarts: 0,
    kills: 0,
    powerCuts: 0,
    sessions: 0,
    linkFailures: 0,
    incidents: 0,
    conflictCopies: 0,
    filesFetched: 0,
    files: 0,
  };
}

/** Adds `more` to `sum`. */
export function addCounts(sum: WorldCounts, more: WorldCounts): void {
  for (const [name, count] of Object.entries(more.faultsByName)) countOne(sum.faultsByName, name, count);
  for (const [name, count] of Object.entries(more.hostsByKind)) countOne(sum.hostsByKind, name, count);
  for (const name of countNames) sum[name] += more[name];
}

/** Adds `by` to what is counted under `name`. */
export function countOne(counted: Record<string, number>, name: string, by = 1): void {
  counted[name] = (counted[name] ?? 0) + by;
}

const countNames = [
  'userActions',
  'faults',
  'programStarts',
  'kills',
  'powerCuts',
  'sessions',
  'linkFailures',
  'incidents',
  'conflictCopies',
  'filesFetched',
  'files',
] as const satisfies readonly (keyof WorldCounts)[];
