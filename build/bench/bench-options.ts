import { parseArgs } from 'node:util';
import { type Result, err, ok } from '../../core/base/index.ts';
import { contenderIds, type ContenderId } from './results.ts';
import { rowGroups, rowIds, type RowId, scales } from './rows.ts';

export interface BenchOptions {
  readonly rows: ReadonlySet<RowId>;
  readonly contenders: ReadonlySet<ContenderId>;
  readonly runs: number;
  readonly scale: keyof typeof scales;
  /** How long a peer may keep a row about waiting waiting, until it counts as "at least so long". */
  readonly patienceSeconds: number;
  readonly json: boolean;
  readonly installPeers: boolean;
  readonly syncthing: string | undefined;
  /** Where the folders are made; undefined: the system's place for temporary files. */
  readonly folder: string | undefined;
}

const runsMax = 100;
const patienceSecondsMax = 3600;

export const usage = `Use: npm run bench [-- OPTIONS]

Measures Dormouse side by side with Syncthing, and against what rsync, a bare libp2p stream and the disk can do.

  --runs N                    runs of each, the median counts (3)
  --only ROW,...              ${rowIds.slice(0, 4).join(', ')},
                              ${rowIds.slice(4, 8).join(', ')},
                              ${rowIds.slice(8).join(', ')};
                              or several at once: ${Object.keys(rowGroups).join(', ')}
  --only-contender NAME,...   ${contenderIds.join(', ')}
  --small                     64 MiB and 1000 files, 256 MiB from two sources, no sleep above 20 s, short lists, for a quick trial
  --patience SECONDS          how long a peer may stand still in frozen-source and wake-... before its row is broken off (500)
  --folder DIR                measure on the disk of DIR instead of the one for temporary files
  --install-peers             install Syncthing and rsync with apt where they are missing (root, Debian)
  --syncthing PATH            use this Syncthing
  --json                      print the full report as JSON

In frozen-source a reader fetches from two complete sources, of which one gets SIGSTOP; in wake-SECONDS a device gets SIGSTOP and its
network is cut without a word for so long. These need root on Linux, for a network namespace for each device, and take as long as they say:
all of it, three times, some two hours. The rows desktop-... run the desktop program with its window and need Linux, Electron
(ELECTRON_OVERRIDE_DIST_PATH names the folder of one) and Xvfb.
`;

/** The options, or what is wrong with them in words. */
export function parseBenchOptions(args: readonly string[]): Result<BenchOptions | 'help', string> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string', default: '3' },
        patience: { type: 'string', default: '500' },
        only: { type: 'string' },
        'only-contender': { type: 'string' },
        small: { type: 'boolean', default: false },
        folder: { type: 'string' },
        'install-peers': { type: 'boolean', default: false },
        syncthing: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return ok('help');
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > runsMax) return err(`--runs takes a number from 1 to ${runsMax}.`);
  const patienceSeconds = Number(values.patience);
  if (!(patienceSeconds >= 1 && patienceSeconds <= patienceSecondsMax)) return err(`--patience takes 1 to ${patienceSecondsMax} seconds.`);
  const rows = chooseFrom(rowIds, spellOut(values.only), '--only');
  if (!rows.ok) return rows;
  const contenders = chooseFrom(contenderIds, values['only-contender'], '--only-contender');
  if (!contenders.ok) return contenders;
  return ok({
    rows: rows.value,
    contenders: contenders.value,
    runs,
    scale: values.small ? 'small' : 'full',
    patienceSeconds,
    json: values.json,
    installPeers: values['install-peers'],
    syncthing: values.syncthing,
    folder: values.folder,
  });
}

/** Puts the rows of a group in the place of its name. */
function spellOut(text: string | undefined): string | undefined {
  return text
    ?.split(',')
    .flatMap((word) => rowGroups[word.trim()] ?? word)
    .join(',');
}

/** The names in a comma-separated list; all of them where there is no list. */
function chooseFrom<T extends string>(known: readonly T[], text: string | undefined, option: string): Result<ReadonlySet<T>, string> {
  if (text === undefined) return ok(new Set(known));
  const chosen = new Set<T>();
  for (const word of text.split(',').map((part) => part.trim())) {
    const found = known.find((name) => name === word);
    if (found === undefined) return err(`${option} knows ${known.join(', ')}, not "${word}".`);
    chosen.add(found);
  }
  return ok(chosen);
}
