export interface PinnedSeed {
  readonly seed: string;
  readonly why: string;
  /** Whether its plan had faults of stores when it failed. */
  readonly storeFaults: boolean;
}

/** Seeds that once failed, each with what was wrong then. A change of the plan or of the simulation gives a seed another history; the list stays short. */
export const pinnedSeeds: readonly PinnedSeed[] = [
  { seed: '5', why: 'an errand that asked to be repeated after a vanishing fraction of a ms never let time pass', storeFaults: false },
  { seed: '30', why: 'entries made while a push was under way were held back for ever', storeFaults: false },
  { seed: '1077', why: 'a staged file got the executable bit of an older version of the same bytes', storeFaults: false },
  { seed: '1081', why: 'after a crash in the middle of accepting a folder its other devices stayed unknown', storeFaults: false },
  {
    seed: '1134',
    why: 'peers that no longer named a superseded block were taken for liars, and nothing was fetched from them any more',
    storeFaults: false,
  },
  { seed: '713', why: 'a disk that decomposes names announced them beside the composed ones of others', storeFaults: false },
  {
    seed: '875',
    why: 'what was written while a directory could not be listed was forgotten when another name in it was looked at',
    storeFaults: false,
  },
  { seed: '3053', why: 'history kept a file below a directory that was gone and forgotten', storeFaults: false },
  { seed: '3218', why: 'a download stayed open after the file had been announced anew here', storeFaults: false },
  {
    seed: '4001',
    why: 'a download was opened for a version that was superseded while it was being prepared, and blocked its path',
    storeFaults: false,
  },
  {
    seed: '5114',
    why: 'a change was forgotten when the folder was hidden for a moment while the file was being read again',
    storeFaults: false,
  },
  { seed: '5151', why: 'a problem of a path that was gone again was not over on a disk that folds names', storeFaults: false },
  { seed: '896', why: 'a file came back when a journal was cut off, and the directory that it lay in did not', storeFaults: true },
  {
    seed: '942',
    why: 'what was taken back of a journal was told to nobody: two devices held the same and were not even',
    storeFaults: true,
  },
  { seed: '185', why: 'a device whose pairing could not be stored was let in, and could never be paired again', storeFaults: true },
  {
    seed: '20001',
    why: 'on disks that fold names a new spelling was taken over in the journal only, and undone by the next listing',
    storeFaults: true,
  },
  {
    seed: '20230',
    why: 'a directory that the user took away counted as there, and what was new in it waited for it for ever',
    storeFaults: true,
  },
  { seed: '20309', why: 'with a journal that was cut off removals were, and files came back whose bytes nobody had', storeFaults: true },
];
