import { describe, expect, test } from 'vitest';
import { FolderBed } from '../testing/folder/folder-bed.ts';
import type { BedDeviceOptions, BedHost } from '../testing/folder/folder-bed.ts';

/** Two devices that are even, then a change, then the work of one device that is cut off at every operation on its disk. */
interface Scenario {
  readonly title: string;
  /** Whose program dies. */
  readonly victim: 0 | 1;
  readonly prepare: (anna: BedHost, ben: BedHost, bed: FolderBed) => Promise<void>;
  readonly change: (anna: BedHost, ben: BedHost, bed: FolderBed) => Promise<void>;
  /** What everybody has in the end. A `*` stands for any text. */
  readonly expected: readonly string[];
  /** Contents that must be in somebody's folder or trash in the end. */
  readonly kept: readonly string[];
}

const movedTree = ['b directory ', 'b/one file one', 'b/same-1 file same', 'b/same-2 file same', 'b/sub directory ', 'b/sub/two file two'];

async function prepareTree(anna: BedHost): Promise<void> {
  anna.write('a/one', 'one');
  anna.write('a/same-1', 'same');
  anna.write('a/same-2', 'same');
  anna.write('a/sub/two', 'two');
}

async function moveTree(anna: BedHost): Promise<void> {
  anna.host.user.rename(anna.at('a'), anna.at('b'));
}

const scenarios: readonly Scenario[] = [
  {
    title: 'FLD-2 a replaced file',
    victim: 1,
    prepare: async (anna) => anna.write('d/f.txt', 'old'),
    change: async (anna) => anna.host.user.replace(anna.at('d/f.txt'), 'new'),
    expected: ['d directory ', 'd/f.txt file new'],
    kept: ['new'],
  },
  {
    title: 'FLD-2 a removed file',
    victim: 1,
    prepare: async (anna) => anna.write('d/f.txt', 'old'),
    change: async (anna) => anna.remove('d/f.txt'),
    expected: ['d directory '],
    kept: [],
  },
  {
    title: 'FLD-2 new files in new directories, and a link',
    victim: 1,
    prepare: async () => undefined,
    change: async (anna) => {
      anna.write('a/b/one', 'one');
      anna.write('a/two', 'two');
      anna.host.user.symlink(anna.at('a/link'), 'two');
    },
    expected: ['a directory ', 'a/b directory ', 'a/b/one file one', 'a/link link two', 'a/two file two'],
    kept: ['one', 'two'],
  },
  {
    title: 'FLD-8 a move',
    victim: 1,
    prepare: async (anna) => {
      anna.write('a/f.txt', 'moved');
      anna.write('b/g.txt', 'stays');
    },
    change: async (anna) => anna.host.user.rename(anna.at('a/f.txt'), anna.at('b/f.txt')),
    expected: ['a directory ', 'b directory ', 'b/f.txt file moved', 'b/g.txt file stays'],
    kept: ['moved', 'stays'],
  },
  {
    title: 'FLD-8 a moved directory with files of the same bytes',
    victim: 1,
    prepare: prepareTree,
    change: moveTree,
    expected: movedTree,
    kept: ['one', 'same'],
  },
  {
    title: 'FLD-8 the announcing of a moved directory',
    victim: 0,
    prepare: prepareTree,
    change: moveTree,
    expected: movedTree,
    kept: ['one', 'same'],
  },
  {
    title: 'FLD-3 a conflict that is settled by the holder of the loser',
    victim: 1,
    prepare: async (anna) => anna.write('f.txt', 'base'),
    change: async (anna, ben, bed) => {
      ben.write('f.txt', 'loser');
      await bed.pass(100);
      anna.write('f.txt', 'winner');
    },
    expected: ['f (conflict *).txt file loser', 'f.txt file winner'],
    kept: ['loser', 'winner'],
  },
  {
    title: 'FLD-4 a directory that takes the place of a file',
    victim: 1,
    prepare: async (anna) => anna.write('x', 'file'),
    change: async (anna) => {
      anna.remove('x');
      anna.write('x/inner', 'inner');
    },
    expected: ['x directory ', 'x/inner file inner'],
    kept: ['inner'],
  },
  {
    title: 'FLD-4 a file that takes the place of a directory',
    victim: 1,
    prepare: async (anna) => anna.write('x/inner', 'inner'),
    change: async (anna) => {
      anna.remove('x');
      anna.write('x', 'file');
    },
    expected: ['x file file'],
    kept: ['file'],
  },
  {
    title: 'FLD-1 the announcing of new, changed and removed files',
    victim: 0,
    prepare: async (anna) => {
      anna.write('old', 'old');
      anna.write('gone', 'gone');
      anna.write('d/e', 'e');
    },
    change: async (anna) => {
      anna.write('old', 'changed');
      anna.remove('gone');
      anna.write('d/new', 'new');
    },
    expected: ['d directory ', 'd/e file e', 'd/new file new', 'old file changed'],
    kept: ['changed', 'new', 'e'],
  },
];

interface Cut {
  readonly at: number;
  readonly powerCut: boolean;
}

/** Runs a scenario with the victim dying right before operation `cut.at` on its disk; returns how many operations there were. */
async function play(scenario: Scenario, cut: Cut, disk: BedDeviceOptions): Promise<number> {
  const bed = await FolderBed.create(['anna', 'ben'], { seed: `${scenario.title} ${cut.at}`, devices: [disk, disk] });
  const [anna, ben] = [bed.device(0), bed.device(1)];
  await scenario.prepare(anna, ben, bed);
  await bed.converge();
  await bed.pass(1000);
  const victim = bed.device(scenario.victim);
  let operations = 0;
  let died = false;
  victim.host.crashPointCutsPower = cut.powerCut;
  victim.host.crashPoint = () => (operations++ === cut.at ? 'crash' : 'go-on');
  victim.host.crashed.on(() => {
    died = true;
    victim.program = undefined;
  });
  await scenario.change(anna, ben, bed);
  const settled = bed.settle().catch((error: unknown) => (died ? undefined : Promise.reject(error as Error)));
  let isOver = false;
  void settled.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  await bed.world.scheduler.runUntil(() => died || isOver, 600_000);
  if (!died) await bed.run(settled);
  victim.host.crashPoint = undefined;
  if (died) {
    await bed.pass(10);
    await bed.run(bed.restart(scenario.victim));
    await bed.converge();
  }
  for (const device of bed.devices) {
    const lines = device.print();
    expect(lines, `${device.host.name} after ${operations} operations\n${bed.describe()}`).toHaveLength(scenario.expected.length);
    for (const [index, line] of lines.entries()) expect(line).toMatch(pattern(scenario.expected[index] ?? ''));
  }
  const contents = new Set(
    bed.devices.flatMap(({ host, root }) => [...host.user.walk(root).values()].map(({ content }) => Buffer.from(content).toString())),
  );
  for (const content of scenario.kept) expect([...contents]).toContain(content);
  return operations;
}

function pattern(line: string): RegExp {
  return new RegExp(`^${line.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

const disks = [
  { name: 'ext4', options: {} },
  { name: 'without hard links', options: { disk: { hardLinks: false } } },
];

/** A run of all tests looks at every so many operations; a longer one at all. */
const stride = 4;

describe.each(disks)('cut off at operation after operation, disk $name', ({ name, options }) => {
  for (const powerCut of [false, true]) {
    test.each(scenarios)(
      `$title (${powerCut ? 'power cut' : 'killed'})`,
      async (scenario) => {
        const operations = await play(scenario, { at: Infinity, powerCut }, options);
        expect(operations).toBeGreaterThan(10);
        const first = (name.length + (powerCut ? 1 : 0)) % stride;
        for (let at = first; at < operations; at += stride) {
          try {
            await play(scenario, { at, powerCut }, options);
          } catch (error) {
            throw new Error(
              `${scenario.title}: disk ${name}, ${powerCut ? 'power cut' : 'killed'} before operation ${at} of ${operations}`,
              { cause: error },
            );
          }
        }
      },
      60_000,
    );
  }
});
