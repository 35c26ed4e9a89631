import { parseArgs } from 'node:util';
import { type Result, err, ok } from '../../core/base/index.ts';

export interface LabOptions {
  readonly short: boolean;
  readonly only: ReadonlySet<string>;
  readonly list: boolean;
  readonly keep: boolean;
  readonly seed: string;
  /** Scenarios side by side. */
  readonly lanes: number;
  readonly jsonFile: string | undefined;
  readonly reportFile: string | undefined;
}

const lanesMax = 8;
const lanesShort = 3;
const lanesFull = 1;

export const usage = `Use: npm run lab [-- OPTIONS]

Runs real agents in networks of their own, lets links break silently, laptops sleep, programs hang and disks fill up, and compares every byte.

  --short             shorter sleeps and smaller files: at most 6 minutes
  --only NAME,...     only these scenarios
  --list              say what there is, and run nothing
  --keep              keep homes, folders and logs of scenarios that fail
  --seed TEXT         what chance follows from (a fresh one each time)
  --lanes N           scenarios side by side (${lanesFull}; short: ${lanesShort})
  --json FILE         write all figures
  --report FILE       write passed, failed and skipped scenarios, for npm test
`;

/** The options, or what is wrong with them in words. `names`: the scenarios that there are. */
export function parseLabOptions(args: readonly string[], names: readonly string[], freshSeed: string): Result<LabOptions | 'help', string> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string' },
        list: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        seed: { type: 'string' },
        lanes: { type: 'string' },
        json: { type: 'string' },
        report: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return ok('help');
  const only = values.only?.split(',').map((name) => name.trim()) ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) return err(`There is no scenario ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  const lanes = Number(values.lanes ?? (values.short ? lanesShort : lanesFull));
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > lanesMax) return err(`--lanes takes a number from 1 to ${lanesMax}.`);
  return ok({
    short: values.short,
    only: new Set(only),
    list: values.list,
    keep: values.keep,
    seed: values.seed ?? freshSeed,
    lanes,
    jsonFile: values.json,
    reportFile: values.report,
  });
}
