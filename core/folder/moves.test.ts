import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import type { KnownEntry } from '../model/index.ts';
import { winnerOf } from '../model/index.ts';
import { patternBytes } from '../testing/contracts/support.ts';
import { FolderBed, path } from '../testing/folder/folder-bed.ts';
import type { BedDeviceOptions, BedHost } from '../testing/folder/folder-bed.ts';
import { engineLimits } from './engine-limits.ts';

async function pair(devices: readonly BedDeviceOptions[] = []): Promise<FolderBed> {
  return FolderBed.create(['anna', 'ben'], { devices });
}

async function winnerAt(bed: FolderBed, device: BedHost, at: string): Promise<KnownEntry | undefined> {
  return winnerOf((await bed.run(device.journal.pathState(path(at)))).heads);
}

/** Whether anna announced that the file at `from` is at `to` now in one go, the new path first. */
async function isOneMove(bed: FolderBed, from: string, to: string): Promise<boolean> {
  const [old, created] = [await winnerAt(bed, bed.device(0), from), await winnerAt(bed, bed.device(0), to)];
  return old?.snap.kind === 'removed' && created?.snap.kind === 'file' && created.ref.sequence + 1 === old.ref.sequence;
}

function inodeAt(device: BedHost, at: string): number {
  return device.host.disk.get(device.at(at)).number;
}

function kinds(device: BedHost): readonly string[] {
  return device.print().map((line) => line.replace(/\(conflict .*\)/, '(conflict)'));
}

describe('a moved file', () => {
  test('FLD-8 is announced together with the removal of its old path, and is renamed by who has it', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/one', 'one');
    anna.write('a/large', patternBytes(900_000));
    anna.write('b/two', 'two');
    await bed.converge();
    const before = [inodeAt(ben, 'a/one'), inodeAt(ben, 'a/large')];
    anna.host.user.rename(anna.at('a/one'), anna.at('b/one'));
    anna.host.user.mkdir(anna.at('c'));
    anna.host.user.rename(anna.at('a/large'), anna.at('c/large'));
    await bed.converge();
    expect(await isOneMove(bed, 'a/one', 'b/one')).toBe(true);
    expect(await isOneMove(bed, 'a/large', 'c/large')).toBe(true);
    expect([inodeAt(ben, 'b/one'), inodeAt(ben, 'c/large')]).toEqual(before);
    expect(ben.print()).toEqual(anna.print());
    expect(await bed.run(ben.engine.trash())).toEqual([]);
  });

  test.each([true, false])('FLD-8 so is each file of a directory that was moved, on a disk with case %s', async (caseSensitive) => {
    const bed = await pair([{ disk: { caseSensitive } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    for (let index = 0; index < 700; index++) anna.write(`old/${index % 7}/${index}`, `content ${index}`);
    await bed.converge();
    const before = inodeAt(ben, 'old/3/3');
    const reads = ben.engine.state().hashedBytes;
    anna.host.user.rename(anna.at('old'), anna.at('new'));
    await bed.converge();
    for (let index = 0; index < 700; index += 50)
      expect(await isOneMove(bed, `old/${index % 7}/${index}`, `new/${index % 7}/${index}`)).toBe(true);
    expect(inodeAt(ben, 'new/3/3')).toBe(before);
    expect(ben.engine.state().hashedBytes).toBe(reads);
    expect(ben.print()).toEqual(anna.print());
    expect(await bed.run(ben.engine.trash())).toEqual([]);
  });

  test('FLD-8 is found by a scan of its new path alone', async () => {
    const bed = await pair([{ settings: { watch: false } }]);
    const anna = bed.device(0);
    anna.write('a/f', 'moved');
    anna.write('b/g', 'stays');
    await bed.converge();
    anna.host.user.rename(anna.at('a/f'), anna.at('b/f'));
    anna.engine.requestScan([path('b/f')]);
    await bed.pass(500);
    expect(await isOneMove(bed, 'a/f', 'b/f')).toBe(true);
  });

  test('FLD-5 is a new file like any other where the listing of its old place fails', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/f', 'moved');
    anna.write('b/g', 'stays');
    await bed.converge();
    anna.host.disk.faults.add({ kind: 'permission', applies: (operation, at) => operation === 'list' && at === anna.at('a') });
    anna.host.user.rename(anna.at('a/f'), anna.at('b/f'));
    await bed.run(anna.engine.scanNow());
    expect((await winnerAt(bed, anna, 'a/f'))?.snap.kind).toBe('file');
    expect((await winnerAt(bed, anna, 'b/f'))?.snap.kind).toBe('file');
    await bed.run(bed.transfer(0, 1));
    await bed.pass(1500);
    expect(ben.read('a/f')).toBe('moved');
    expect(ben.read('b/f')).toBe('moved');
  });

  test('FLD-5 is a new file like any other where another file system hides its old place', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('usb/f', 'moved');
    await bed.converge();
    anna.write('copy', 'moved');
    anna.host.disk.mount(anna.at('usb'));
    await bed.converge();
    expect((await winnerAt(bed, anna, 'usb/f'))?.snap.kind).toBe('file');
    expect(ben.print()).toEqual(['copy file moved', 'usb directory ', 'usb/f file moved']);
  });

  test('FLD-8 a copy is no move, whatever its time', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f', 'content');
    await bed.converge();
    anna.write('copy', 'content');
    await bed.converge();
    expect(ben.print()).toEqual(['copy file content', 'f file content']);
  });

  test('FLD-8 of several with the same bytes each old path has one new path', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    for (let index = 0; index < 30; index++) anna.write(`old/${index}`, 'same');
    await bed.converge();
    const carried = bed.carriedBlocks;
    for (let index = 0; index < 20; index++) anna.host.user.rename(anna.at(`old/${index}`), anna.at(`new-${index}`));
    for (let index = 20; index < 25; index++) anna.remove(`old/${index}`);
    for (let index = 0; index < 5; index++) anna.write(`more-${index}`, 'same');
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
    expect(ben.print()).toHaveLength(31);
    expect(bed.carriedBlocks).toBe(carried);
  });

  test('FLD-8 a file of more bytes than a scan reads is not removed before it is found again, and no directory above it', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const bytes = patternBytes(engineLimits.readBesideBytes + 1_000_000);
    anna.write('a/b/large', bytes);
    await bed.converge();
    const [before, carried] = [inodeAt(ben, 'a/b/large'), bed.carriedBlocks];
    anna.host.user.rename(anna.at('a'), anna.at('moved'));
    await bed.converge();
    expect(await isOneMove(bed, 'a/b/large', 'moved/b/large')).toBe(true);
    expect(inodeAt(ben, 'moved/b/large')).toBe(before);
    expect(bed.carriedBlocks).toBe(carried);
    expect(ben.print()).toEqual(anna.print());
    expect((await winnerAt(bed, anna, 'a/b'))?.snap.kind).toBe('removed');
  });

  test('FLD-8 a large file that went while another of its size is read is removed after that', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const bytes = patternBytes(engineLimits.readBesideBytes + 1_000_000);
    anna.write('a/large', bytes);
    await bed.converge();
    anna.remove('a');
    anna.write(
      'other',
      bytes.map((byte) => byte ^ 1),
    );
    await bed.run(anna.engine.scanNow());
    expect((await winnerAt(bed, anna, 'a/large'))?.snap.kind).toBe('removed');
    expect((await winnerAt(bed, anna, 'a'))?.snap.kind).toBe('removed');
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
  });

  test('FLD-8 keeps what the disk that it is moved on cannot express', async () => {
    const bed = await pair([{}, { disk: { executableBit: false, mtimeGranularityMs: 2000 } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('run', 'program');
    anna.host.user.chmod(anna.at('run'), 0o755);
    anna.host.user.touch(anna.at('run'), 1_700_000_000_123);
    await bed.converge();
    ben.host.user.rename(ben.at('run'), ben.at('run-moved'));
    await bed.converge();
    expect(anna.print({ mtimes: true })).toEqual(['run-moved file x program @1700000000123']);
  });
});

describe('a move that is applied', () => {
  test.each([
    ['edited', (ben: BedHost): void => ben.write('a/f', 'edit'), ['a directory ', 'a/f file edit', 'b directory ', 'b/f file moved']],
    ['touched', (ben: BedHost): void => ben.host.user.touch(ben.at('a/f'), 1_700_000_000_000), undefined],
    ['moved elsewhere', (ben: BedHost): void => ben.host.user.rename(ben.at('a/f'), ben.at('c')), undefined],
    ['removed', (ben: BedHost): void => ben.remove('a/f'), ['a directory ', 'b directory ', 'b/f file moved']],
    ['in the way', (ben: BedHost): void => ben.write('b/f', 'mine'), undefined],
    ['a directory in the way', (ben: BedHost): void => ben.write('b/f/g', 'mine'), undefined],
  ] as const)('FLD-2 loses nothing where the file here was %s meanwhile', async (_what, change, expected) => {
    const bed = await pair([{}, { settings: { watch: false } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/f', 'moved');
    await bed.converge();
    anna.host.user.mkdir(anna.at('b'));
    anna.host.user.rename(anna.at('a/f'), anna.at('b/f'));
    await bed.run(anna.engine.scanNow());
    await bed.pass(100);
    change(ben);
    await bed.run(bed.transfer(0, 1));
    await bed.converge();
    expect(kinds(ben)).toEqual(kinds(anna));
    const text = kinds(anna).join('\n');
    expect(text).toContain('moved');
    if (expected) expect(kinds(anna)).toEqual(expected);
    for (const own of ['mine', 'edit']) if (change.toString().includes(`'${own}'`)) expect(text).toContain(own);
  });

  test('ROS-4 is a rename for a reader as well, who keeps changes of its own', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/f', 'moved');
    anna.write('a/g', 'base');
    await bed.converge();
    await bed.run(bed.grant(1, 'ben', 'reader'));
    ben.write('a/g', 'mine');
    await bed.run(ben.engine.scanNow());
    const before = inodeAt(ben, 'a/f');
    anna.host.user.rename(anna.at('a'), anna.at('b'));
    await bed.converge();
    expect(inodeAt(ben, 'b/f')).toBe(before);
    expect(anna.print()).toEqual(['b directory ', 'b/f file moved', 'b/g file base']);
    expect(ben.print()).toEqual(anna.print());
    expect((await bed.run(ben.engine.trash())).map((item) => item.path)).toEqual(['a/g']);
  });

  test('FLD-9 leaves ignored content where it is', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('.dormouseignore', '*.tmp');
    anna.write('a/f', 'moved');
    await bed.converge();
    ben.write('a/x.tmp', 'ignored');
    anna.host.user.rename(anna.at('a'), anna.at('b'));
    await bed.converge();
    expect(ben.read('a/x.tmp')).toBe('ignored');
    expect(ben.read('b/f')).toBe('moved');
  });

  test('FLD-8 gives the file the times and the mode of its new version', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f', 'moved');
    await bed.converge();
    const before = inodeAt(ben, 'f');
    anna.host.user.rename(anna.at('f'), anna.at('g'));
    anna.host.user.chmod(anna.at('g'), 0o755);
    anna.host.user.touch(anna.at('g'), 1_700_000_000_000);
    await bed.converge();
    expect(ben.print({ mtimes: true })).toEqual(['g file x moved @1700000000000']);
    expect(inodeAt(ben, 'g')).toBe(before);
  });

  test('FLD-8 is a copy between two file systems', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/f', 'moved');
    await bed.converge();
    const carried = bed.carriedBlocks;
    const fault = {
      kind: 'cross-device' as const,
      applies: (operation: string, at: string): boolean => operation === 'rename' && (at === ben.at('g') || at === ben.at('a/f')),
      times: 1,
    };
    ben.host.disk.faults.add(fault);
    anna.host.user.rename(anna.at('a/f'), anna.at('g'));
    await bed.converge();
    expect(fault.times).toBe(0);
    expect(ben.print()).toEqual(anna.print());
    expect(bed.carriedBlocks).toBe(carried);
    expect(ben.journal.problems()).toEqual([]);
  });

  test('FLD-4 comes before the removal of its old path, although that was named before', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    for (let index = 0; index < 40; index++) anna.write(`old/${index}`, `content ${index}`);
    await bed.converge();
    const inodes = Array.from({ length: 40 }, (_, index) => inodeAt(ben, `old/${index}`));
    anna.host.user.rename(anna.at('old'), anna.at('new'));
    await bed.run(anna.engine.scanNow());
    ben.engine.pause(true);
    await bed.run(bed.transfer(0, 1));
    ben.engine.pause(false);
    await bed.converge();
    expect(Array.from({ length: 40 }, (_, index) => inodeAt(ben, `new/${index}`))).toEqual(inodes);
    expect(present(await winnerAt(bed, ben, 'old/3'), 'removal').snap.kind).toBe('removed');
  });

  test('FLD-4 comes before the removal of its old path, although it came while everything that is wanted was looked at', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const names = Array.from({ length: 60 }, (_, index) => `${index}`);
    for (const name of names) for (const directory of ['old', 'older']) anna.write(`${directory}/${name}`, `${directory} ${name}`);
    await bed.converge();
    const inodes = names.map((name) => inodeAt(ben, `older/${name}`));
    anna.host.user.rename(anna.at('old'), anna.at('new'));
    await bed.run(anna.engine.scanNow());
    ben.engine.pause(true);
    await bed.run(bed.transfer(0, 1));
    anna.host.user.rename(anna.at('older'), anna.at('newer'));
    await bed.run(anna.engine.scanNow());
    ben.host.diskSpeed = { operationMs: [2, 3], syncMs: [2, 3] };
    ben.engine.pause(false);
    await bed.pass(400);
    await bed.run(bed.transfer(0, 1));
    await bed.converge();
    expect(names.map((name) => inodeAt(ben, `newer/${name}`))).toEqual(inodes);
    expect(await bed.run(ben.engine.trash())).toEqual([]);
  });

  test.each([1, 5, 10, 15, 20, 30])(
    'JRN-3 a removal that comes while its path is being published is made after that (%i ms)',
    async (delayMs) => {
      const bed = await pair();
      const [anna, ben] = [bed.device(0), bed.device(1)];
      anna.write('f', 'content');
      await bed.run(anna.engine.scanNow());
      await bed.run(bed.transfer(0, 1));
      await bed.pass(1500);
      const download = present(await bed.run(ben.engine.nextDownload()), 'download');
      ben.host.diskSpeed = { operationMs: [3, 4], syncMs: [8, 9] };
      const fetched = bed.fetch(1, download);
      await bed.pass(delayMs);
      anna.remove('f');
      await bed.run(anna.engine.scanNow());
      await bed.run(bed.transfer(0, 1));
      await bed.run(fetched);
      await bed.pass(2000);
      expect(ben.print()).toEqual([]);
      expect(ben.journal.wantedTotals().files).toBe(0);
    },
  );
});

/** What a person does while the scan works on a move of `a/f` to `b/f`; each leaves these bytes and the moved ones. */
const doings: readonly { readonly name: string; readonly run: (anna: BedHost) => void }[] = [
  { name: 'edits it in place', run: (anna) => anna.host.user.append(anna.at(anna.exists('b/f') ? 'b/f' : 'c'), ' precious') },
  { name: 'puts another in its place', run: (anna) => anna.host.user.replace(anna.at('b/f'), 'moved precious') },
  { name: 'makes the old path again', run: (anna) => anna.write('a/f', 'moved precious') },
  {
    name: 'moves it back and edits it',
    run: (anna) => {
      anna.host.user.rename(anna.at('b/f'), anna.at('a/f'));
      anna.host.user.append(anna.at('a/f'), ' precious');
    },
  },
  {
    name: 'moves it on',
    run: (anna) => {
      anna.host.user.rename(anna.at('b/f'), anna.at('c'));
      anna.write('precious', 'moved precious');
    },
  },
];

describe('a person goes on while a move is announced', () => {
  test.each(doings)('FLD-8 and $name: nothing is lost and all become equal', async ({ name, run }) => {
    let operations = Infinity;
    for (let at = 0; at < operations; at += 3) {
      const bed = await FolderBed.create(['anna', 'ben'], { seed: `${name} ${at}` });
      const [anna, ben] = [bed.device(0), bed.device(1)];
      anna.write('a/f', 'moved');
      anna.write('a/g', 'stays');
      anna.write('b/g', 'other');
      await bed.converge();
      await bed.pass(1000);
      anna.host.user.rename(anna.at('a/f'), anna.at('b/f'));
      let count = 0;
      anna.host.crashPoint = () => {
        if (count++ === at) run(anna);
        return 'go-on';
      };
      await bed.run(anna.engine.scanNow());
      operations = Math.min(operations, count);
      await bed.converge();
      await bed.pass(2000);
      await bed.converge();
      expect(ben.print(), bed.describe()).toEqual(anna.print());
      if (count > at) expect(ben.print().join('\n'), bed.describe()).toContain('moved precious');
    }
    expect(operations).toBeGreaterThan(10);
  });
});
