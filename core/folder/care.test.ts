import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { patternBytes } from '../testing/contracts/support.ts';
import { FolderBed, path, readBlock } from '../testing/folder/folder-bed.ts';
import type { BedDeviceOptions } from '../testing/folder/folder-bed.ts';

async function pair(devices: readonly BedDeviceOptions[] = []): Promise<FolderBed> {
  return FolderBed.create(['anna', 'ben'], { devices });
}

describe('ignore rules', () => {
  test('FLD-9 ignored paths are neither announced nor removed; un-ignoring merges', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a.log', 'log');
    anna.write('keep.txt', 'keep');
    await bed.converge();
    anna.write('.dormouseignore', '*.log\nbuild/\n');
    anna.write('build/out', 'out');
    await bed.converge();
    ben.write('b.log', 'ben only');
    anna.remove('a.log');
    await bed.converge();
    expect(ben.print()).toEqual(['.dormouseignore file *.log\nbuild/\n', 'a.log file log', 'b.log file ben only', 'keep.txt file keep']);
    expect(anna.exists('b.log')).toBe(false);
    expect(anna.journal.wantedTotals().files).toBe(0);
    anna.write('.dormouseignore', 'build/\n');
    await bed.converge();
    await bed.pass(2000);
    await bed.converge();
    expect(anna.read('a.log')).toBe('log');
    expect(anna.read('b.log')).toBe('ben only');
    expect(ben.exists('build')).toBe(false);
  });

  test('FLD-4 litter goes with its directory; a directory with other ignored content stays here, unannounced', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('.dormouseignore', '*.tmp');
    anna.write('littered/f', 'f');
    anna.write('kept/f', 'f2');
    await bed.converge();
    ben.write('littered/.DS_Store', 'litter');
    ben.write('kept/mine.tmp', 'mine');
    anna.remove('littered');
    anna.remove('kept');
    await bed.converge();
    expect(ben.print()).toEqual(['.dormouseignore file *.tmp', 'kept directory ', 'kept/mine.tmp file mine']);
    expect(anna.print()).toEqual(['.dormouseignore file *.tmp']);
    ben.write('kept/now', 'now');
    await bed.converge();
    expect(anna.print()).toEqual(['.dormouseignore file *.tmp', 'kept directory ', 'kept/now file now']);
  });
});

describe('directories', () => {
  test('FLD-4 a directory with something new in it is not removed', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('d/old', 'old');
    await bed.converge();
    anna.remove('d');
    ben.write('d/new', 'new');
    await bed.converge();
    expect(anna.print()).toEqual(['d directory ', 'd/new file new']);
    expect(ben.print()).toEqual(anna.print());
  });

  test('FLD-4 a file that took the place of a directory with something new in it becomes a conflict copy', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('d/old', 'old');
    await bed.converge();
    anna.remove('d');
    anna.write('d', 'file');
    ben.write('d/new', 'new');
    await bed.converge();
    expect(anna.print().map((line) => line.replace(/\(conflict .*\)/, '(conflict)'))).toEqual([
      'd (conflict) file file',
      'd directory ',
      'd/new file new',
    ]);
    expect(ben.print()).toEqual(anna.print());
  });

  test('FLD-2 a whole tree is removed and found in the trash', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    for (let i = 0; i < 20; i++) anna.write(`t/${i % 3}/${i}`, `content ${i}`);
    await bed.converge();
    anna.remove('t');
    await bed.converge();
    expect(ben.print()).toEqual([]);
    expect(await bed.run(ben.engine.trash())).toHaveLength(20);
  });
});

describe('the trash', () => {
  test('FLD-2 an item is restored to its path, or beside it, and that is a change like any other', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('d/f.txt', 'one');
    await bed.converge();
    anna.remove('d');
    await bed.converge();
    const [item] = await bed.run(ben.engine.trash());
    expect(item).toMatchObject({ path: 'd/f.txt', reason: 'removed', bytes: 3 });
    expect(await bed.run(ben.engine.restore(present(item, 'item').id))).toEqual({ ok: true, value: 'd/f.txt' });
    await bed.converge();
    expect(anna.print()).toEqual(['d directory ', 'd/f.txt file one']);
    expect(await bed.run(ben.engine.trash())).toEqual([]);
    expect(await bed.run(ben.engine.restore('none'))).toMatchObject({ ok: false, error: { kind: 'not-found' } });
  });

  test('BLK-2 a file that comes back is taken from the trash', async () => {
    const bed = await pair();
    const [anna] = [bed.device(0)];
    anna.write('f.txt', 'back again');
    await bed.converge();
    anna.remove('f.txt');
    await bed.converge();
    const carried = bed.carriedBlocks;
    anna.write('g.txt', 'back again');
    await bed.converge();
    expect(bed.device(1).read('g.txt')).toBe('back again');
    expect(bed.carriedBlocks).toBe(carried);
  });

  test('FLD-2 trash and superseded staging go when they are old, by the time that the agent ran', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f.txt', 'one');
    await bed.converge();
    anna.remove('f.txt');
    await bed.converge();
    ben.write('.dormouse/staging/old-leftover', 'x');
    expect(await bed.run(ben.engine.trash())).toHaveLength(1);
    await bed.pass(8 * 86_400_000);
    expect(ben.exists('.dormouse/staging/old-leftover')).toBe(false);
    expect(await bed.run(ben.engine.trash())).toHaveLength(1);
    await bed.pass(23 * 86_400_000);
    expect(await bed.run(ben.engine.trash())).toEqual([]);
    expect([...ben.host.user.walk(ben.at('.dormouse/trash')).keys()]).toEqual([]);
  }, 60_000);
});

describe('conflicts', () => {
  async function conflict(): Promise<{ readonly bed: FolderBed; readonly copy: ReturnType<typeof path> }> {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f.txt', 'base');
    await bed.converge();
    anna.write('f.txt', 'copy');
    await bed.pass(60);
    ben.write('f.txt', 'that');
    await bed.converge();
    const [entry] = await bed.run(ben.journal.conflicts());
    return { bed, copy: present(entry, 'conflict').path };
  }

  test.each([
    ['this', ['f.txt file copy']],
    ['that', ['f.txt file that']],
    ['both', ['f (conflict).txt file copy', 'f.txt file that']],
  ] as const)('FLD-3 keeping %s settles it everywhere', async (keep, expected) => {
    const { bed, copy } = await conflict();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    expect(await bed.run(ben.engine.resolveConflict(copy, keep))).toEqual({ ok: true, value: undefined });
    await bed.converge();
    expect(anna.print().map((line) => line.replace(/\(conflict .*\)/, '(conflict)'))).toEqual(expected);
    expect(ben.print()).toEqual(anna.print());
    expect(await bed.run(anna.journal.conflicts())).toEqual([]);
    expect(await bed.run(ben.engine.resolveConflict(path('f.txt'), keep))).toMatchObject({ ok: false, error: { kind: 'not-a-conflict' } });
  });
});

describe('a reader', () => {
  test('ROS-4 lists its own changes, announces none, and reverts them', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f.txt', 'base');
    anna.write('g.txt', 'gone');
    await bed.converge();
    await bed.run(bed.grant(1, 'ben', 'reader'));
    ben.write('f.txt', 'mine');
    ben.write('new.txt', 'new');
    ben.remove('g.txt');
    await bed.converge();
    expect(anna.print()).toEqual(['f.txt file base', 'g.txt file gone']);
    expect(await bed.run(ben.engine.localChanges())).toEqual(['f.txt', 'g.txt', 'new.txt']);
    const hashed = ben.engine.state().hashedBytes;
    await bed.run(ben.engine.scanNow());
    expect(ben.engine.state().hashedBytes).toBe(hashed);
    expect(await bed.run(ben.engine.revert(undefined))).toEqual({ ok: true, value: 3 });
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
    expect(await bed.run(ben.engine.localChanges())).toEqual([]);
    expect((await bed.run(ben.engine.trash())).map((item) => item.path).sort()).toEqual(['f.txt', 'new.txt']);
  });

  test('ROS-4 keeps its change as a local copy when a newer version comes', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f.txt', 'base');
    await bed.converge();
    await bed.run(bed.grant(1, 'ben', 'reader'));
    ben.write('f.txt', 'mine');
    await bed.run(ben.engine.scanNow());
    anna.write('f.txt', 'newer');
    await bed.converge();
    expect(anna.print()).toEqual(['f.txt file newer']);
    expect(ben.print().map((line) => line.replace(/\(conflict .*\)/, '(conflict)'))).toEqual([
      'f (conflict).txt file mine',
      'f.txt file newer',
    ]);
    expect((await bed.run(ben.engine.localChanges())).map((each) => each.replace(/\(.*\)/, '()'))).toEqual(['f ().txt']);
  });
});

describe('scans', () => {
  test('FLD-1 a start on an unchanged folder hashes nothing, and writes nothing', async () => {
    const bed = await pair();
    const anna = bed.device(0);
    for (let i = 0; i < 50; i++) anna.write(`d${i % 5}/f${i}`, `content ${i}`);
    await bed.converge();
    await bed.run(bed.stop(0));
    await bed.run(bed.restart(0));
    const before = anna.host.storeFile.commits;
    await bed.run(anna.engine.scanNow());
    expect(anna.engine.state().hashedBytes).toBe(0);
    expect(anna.host.storeFile.commits).toBe(before);
  });

  test('FLD-1 a changed file is found by the watcher, reading no other one', async () => {
    const bed = await pair();
    const anna = bed.device(0);
    for (let i = 0; i < 50; i++) anna.write(`f${i}`, `content ${i}`);
    await bed.converge();
    const { hashedBytes, scannedPaths } = anna.engine.state();
    anna.write('f7', 'changed');
    await bed.pass(1000);
    expect(anna.engine.state().hashedBytes - hashedBytes).toBe(7);
    expect(anna.engine.state().scannedPaths - scannedPaths).toBeLessThan(5);
    expect((await bed.run(anna.journal.pathState(path('f7')))).heads[0]?.snap).toMatchObject({ size: 7 });
  });

  test('FLD-1 without a watcher the periodic scan finds it', async () => {
    const bed = await pair([{ settings: { watch: false, rescanMs: 60_000 } }]);
    const anna = bed.device(0);
    anna.write('f', 'x');
    await bed.pass(100_000);
    expect((await bed.run(anna.journal.pathState(path('f')))).heads).toHaveLength(1);
    expect(anna.engine.state().watchIncomplete).toBe(false);
  });

  test('FLD-5 what was missed while a directory could not be listed is found with the next listing of it', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('d/one', 'one');
    anna.write('d/two', 'two');
    await bed.converge();
    const fault = { kind: 'permission' as const, applies: (operation: string, at: string) => operation === 'list' && at.endsWith('/d') };
    anna.host.disk.faults.add(fault);
    anna.remove('d/one');
    await bed.pass(300);
    expect(anna.journal.problems().map(({ path }) => path)).toEqual(['d']);
    anna.host.disk.faults.delete(fault);
    anna.remove('d/two');
    await bed.pass(300);
    expect(anna.journal.problems()).toEqual([]);
    expect(await bed.run(anna.journal.historyCount())).toBe(1);
    await bed.converge();
    expect(ben.print()).toEqual(['d directory ']);
  });

  test('FLD-1 a file that changes while it is read is recorded only at rest', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f', 'a');
    await bed.pass(1000);
    let writes = 0;
    let isOpened = false;
    anna.host.crashPoint = (operation, at) => {
      if (at !== anna.at('f')) return 'go-on';
      if (operation === 'read' && isOpened && writes++ < 12) anna.host.user.append(at, 'b');
      isOpened = operation === 'openRead' || (isOpened && operation !== 'read');
      return 'go-on';
    };
    anna.write('f', 'a');
    await bed.run(anna.engine.scanNow());
    expect(anna.journal.problems()).toMatchObject([{ path: 'f', kind: 'changes-while-read' }]);
    await bed.pass(120_000);
    await bed.converge();
    expect(ben.read('f')).toBe(`a${'b'.repeat(12)}`);
    const heads = (await bed.run(anna.journal.pathState(path('f')))).heads;
    expect(heads).toHaveLength(1);
    expect(anna.journal.problems()).toEqual([]);
  });

  test('JRN-3 a path that failed is tried again by itself', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const fault = { kind: 'busy' as const, applies: (operation: string, at: string) => operation === 'rename' && at === ben.at('f') };
    ben.host.disk.faults.add(fault);
    anna.write('f', 'x');
    anna.write('g', 'y');
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(300);
    await bed.run(bed.fetchAll(1));
    expect(ben.print()).toEqual(['g file y']);
    expect(ben.journal.problems()).toMatchObject([{ path: 'f', kind: 'in-use', permanent: false }]);
    ben.host.disk.faults.delete(fault);
    await bed.pass(10_000);
    await bed.run(bed.fetchAll(1));
    expect(ben.print()).toEqual(['f file x', 'g file y']);
    expect(ben.journal.problems()).toEqual([]);
  });
});

describe('blocks', () => {
  test('BLK-5 a changed file is not served; a scan of it is queued', async () => {
    const bed = await pair();
    const anna = bed.device(0);
    anna.write('f', 'served');
    await bed.converge();
    const { heads } = await bed.run(anna.journal.pathState(path('f')));
    const snap = heads[0]?.snap;
    const block = snap?.kind === 'file' && snap.blocks.kind === 'inline' ? snap.blocks.blocks[0] : undefined;
    const { name, size } = present(block, 'block');
    expect(await bed.run(readBlock(anna.engine, { name, size }))).toMatchObject({ kind: 'bytes' });
    expect(await bed.run(readBlock(anna.engine, { name: '0'.repeat(64) as never, size: 5 }))).toEqual({ kind: 'unknown' });
    anna.write('f', 'edited');
    let opened = 0;
    anna.host.disk.faults.add({
      kind: 'io',
      applies: (operation, where) => {
        if (operation === 'openRead' && where.endsWith('/f')) opened += 1;
        return false;
      },
    });
    expect(await bed.run(readBlock(anna.engine, { name, size }))).toEqual({ kind: 'gone' });
    // A small file is looked at once.
    expect(opened).toBe(1);
    await bed.pass(1000);
    expect((await bed.run(anna.journal.pathState(path('f')))).heads[0]).not.toEqual(heads[0]);
  });

  test('BLK-2 BLK-3 a change in a large file carries little, and staged blocks outlive a crash', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const bytes = patternBytes(6_000_000);
    anna.write('big', bytes);
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(300);
    const download = present(await bed.run(ben.engine.nextDownload()), 'download');
    const all = download.missing().length;
    expect(all).toBeGreaterThan(8);
    for (const block of download.missing().slice(0, 5)) {
      const reading = await bed.run(readBlock(anna.engine, block));
      if (reading.kind === 'bytes') await bed.run(download.put(block.name, reading.bytes));
    }
    bed.crash(1);
    await bed.run(bed.restart(1));
    const again = present(await bed.run(ben.engine.nextDownload()), 'download');
    expect(again.missing()).toHaveLength(all - 5);
    expect(await bed.run(bed.fetch(1, again))).toBe(true);
    const carried = bed.carriedBlocks;
    bytes[3_000_000] = (bytes[3_000_000] ?? 0) ^ 255;
    anna.write('big', bytes);
    await bed.converge();
    expect(Buffer.from(ben.host.user.read(ben.at('big'))).equals(Buffer.from(bytes))).toBe(true);
    expect(bed.carriedBlocks - carried).toBeLessThanOrEqual(3);
  });
});
