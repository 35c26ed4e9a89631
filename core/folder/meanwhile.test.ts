import { describe, expect, test } from 'vitest';
import { FolderBed } from '../testing/folder/folder-bed.ts';
import type { BedHost } from '../testing/folder/folder-bed.ts';

/** What a person does at some moment of the engine's work on the same path. */
const doings: readonly { readonly name: string; readonly keeps: boolean; readonly run: (ben: BedHost, path: string) => void }[] = [
  { name: 'overwrites the file in place', keeps: true, run: (ben, path) => ben.write(path, 'precious') },
  { name: 'saves the file as an editor does', keeps: true, run: (ben, path) => ben.host.user.replace(ben.at(path), 'precious') },
  {
    name: 'removes the file and makes it anew',
    keeps: true,
    run: (ben, path) => {
      if (ben.exists(path)) ben.remove(path);
      ben.write(path, 'precious');
    },
  },
  {
    name: 'appends to the file',
    keeps: false,
    run: (ben, path) => {
      if (ben.exists(path)) ben.host.user.append(ben.at(path), ' and more');
    },
  },
  {
    name: 'removes the file',
    keeps: false,
    run: (ben, path) => {
      if (ben.exists(path)) ben.remove(path);
    },
  },
  {
    name: 'moves the file away',
    keeps: false,
    run: (ben, path) => {
      if (ben.exists(path)) ben.host.user.rename(ben.at(path), ben.at('elsewhere'));
    },
  },
];

const works: readonly { readonly name: string; readonly change: (anna: BedHost, ben: BedHost, bed: FolderBed) => Promise<void> }[] = [
  { name: 'FLD-2 a newer version is put in place', change: async (anna) => anna.write('f.txt', 'newer version') },
  { name: 'FLD-2 a removal is applied', change: async (anna) => anna.remove('f.txt') },
  { name: 'FLD-8 a move is applied', change: async (anna) => anna.host.user.rename(anna.at('f.txt'), anna.at('g.txt')) },
  { name: 'FLD-3 a touched time is applied', change: async (anna) => anna.host.user.touch(anna.at('f.txt'), 1_767_000_000_000) },
  {
    name: 'FLD-4 a directory takes its place',
    change: async (anna) => {
      anna.remove('f.txt');
      anna.write('f.txt/inner', 'inner');
    },
  },
  {
    name: 'FLD-3 a conflict is settled',
    change: async (anna, ben, bed) => {
      ben.write('f.txt', 'loser');
      await bed.pass(60);
      anna.write('f.txt', 'winner');
    },
  },
];

const disks = [
  { name: 'ext4', options: {} },
  { name: 'no hard links', options: { disk: { hardLinks: false } } },
];

/** Ben does something right before operation `at` of his device's work. Returns the number of operations, and whether he came to it. */
async function play(
  work: (typeof works)[number],
  doing: (typeof doings)[number],
  at: number,
  options: object,
): Promise<{ operations: number; done: boolean }> {
  const bed = await FolderBed.create(['anna', 'ben'], { seed: `${work.name} ${doing.name} ${at}`, devices: [{}, options] });
  const [anna, ben] = [bed.device(0), bed.device(1)];
  anna.write('f.txt', 'first version');
  await bed.converge();
  await bed.pass(1000);
  await work.change(anna, ben, bed);
  let operations = 0;
  let done = false;
  let isInWindow = false;
  ben.host.crashPoint = (operation, path) => {
    if (operations++ === at) {
      done = true;
      isInWindow = operation === 'rename' && path === ben.at('f.txt') && ben.host.disk.capabilities.hardLinks;
      try {
        doing.run(ben, 'f.txt');
      } catch {
        // There is a directory at that path by now.
        ben.write('f.txt/other', 'precious');
      }
    }
    return 'go-on';
  };
  await bed.converge();
  await bed.pass(2000);
  await bed.converge();
  expect(ben.print(), bed.describe()).toEqual(anna.print());
  // Between the last look at a path and the renaming over it nothing but an exchange of names could save a new object (FLD-2).
  if (done && doing.keeps && !isInWindow) {
    const contents = bed.devices.flatMap(({ host, root }) =>
      [...host.user.walk(root).values()].map(({ content }) => Buffer.from(content).toString()),
    );
    expect(contents, bed.describe()).toContain('precious');
  }
  return { operations, done };
}

/** A run of all tests looks at every so many operations. */
const stride = 5;

describe.each(disks)('a person works on the same path at operation after operation, disk $name', ({ options }) => {
  describe.each(works)('while $name', (work) => {
    test.each(doings)(
      '$name: nothing is lost and all become equal',
      async (doing) => {
        const { operations } = await play(work, doing, Infinity, options);
        let dones = 0;
        const first = (work.name.length + doing.name.length) % stride;
        for (let at = first; at < operations; at += stride) {
          try {
            dones += (await play(work, doing, at, options)).done ? 1 : 0;
          } catch (error) {
            throw new Error(`${work.name}, ${doing.name} before operation ${at} of ${operations}`, { cause: error });
          }
        }
        expect(dones).toBeGreaterThan(2);
      },
      60_000,
    );
  });
});
