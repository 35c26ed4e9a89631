import { describe, expect, test } from 'vitest';
import { FolderBed, path } from '../testing/folder/folder-bed.ts';
import type { Download } from './types.ts';

describe('a folder on two devices', () => {
  test('FLD-1 what one device writes appears on the other with its bytes, times and mode', async () => {
    const bed = await FolderBed.create(['anna', 'ben']);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('notes/today.txt', 'hello');
    anna.write('run.sh', '#!/bin/sh');
    anna.host.user.chmod(anna.at('run.sh'), 0o755);
    anna.host.user.mkdir(anna.at('empty/inner'));
    anna.host.user.symlink(anna.at('link'), 'notes/today.txt');
    await bed.converge();
    expect(ben.print({ mtimes: true })).toEqual(anna.print({ mtimes: true }));
    expect(ben.print()).toHaveLength(6);
    expect(ben.engine.state()).toMatchObject({ stop: undefined, scanned: true, diskFull: false });
  });

  test('DUR-1 files that are published side by side share their commits, and one that comes alone does not wait', async () => {
    const bed = await FolderBed.create(['anna', 'ben']);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const fetchTogether = async (): Promise<number> => {
      await bed.run(anna.engine.scanNow());
      await bed.run(bed.transfer(0, 1));
      await bed.pass(1500);
      const downloads: Download[] = [];
      for (let next = await bed.run(ben.engine.nextDownload()); next; next = await bed.run(ben.engine.nextDownload())) downloads.push(next);
      const before = ben.host.storeFile.commits;
      await bed.run(Promise.all(downloads.map((download) => bed.fetch(1, download))));
      return ben.host.storeFile.commits - before;
    };
    for (let index = 0; index < 60; index++) anna.write(`directory/${index}`, `content ${index}`);
    expect(await fetchTogether()).toBe(1);
    expect(ben.print()).toEqual(anna.print());
    anna.write('alone', 'alone');
    expect(await fetchTogether()).toBe(1);
    expect(ben.print()).toEqual(anna.print());
  });

  test('FLD-4 removals, replacements and moves follow', async () => {
    const bed = await FolderBed.create(['anna', 'ben']);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('a/b/c.txt', 'one');
    anna.write('stay.txt', 'stay');
    anna.write('change.txt', 'before');
    await bed.converge();
    const carried = bed.carriedBlocks;
    anna.host.user.rename(anna.at('a/b'), anna.at('moved'));
    anna.remove('stay.txt');
    await bed.converge();
    expect(bed.carriedBlocks).toBe(carried);
    anna.host.user.replace(anna.at('change.txt'), 'after');
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
    expect(ben.print()).toEqual(['a directory ', 'change.txt file after', 'moved directory ', 'moved/c.txt file one']);
    const trash = await bed.run(ben.engine.trash());
    expect(trash.map(({ path: where, reason }) => [where, reason])).toEqual([
      ['stay.txt', 'removed'],
      ['change.txt', 'replaced'],
    ]);
  });

  test('FLD-3 concurrent edits leave one winner and one copy everywhere, and the conflict does not come back', async () => {
    const bed = await FolderBed.create(['anna', 'ben', 'cleo']);
    const [anna, ben, cleo] = [bed.device(0), bed.device(1), bed.device(2)];
    anna.write('f.txt', 'base');
    await bed.converge();
    anna.write('f.txt', 'from anna');
    await bed.pass(50);
    ben.write('f.txt', 'from ben');
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
    expect(cleo.print()).toEqual(anna.print());
    expect(anna.print()).toHaveLength(2);
    expect(anna.print()[1]).toBe('f.txt file from ben');
    expect(anna.print()[0]).toMatch(/^f \(conflict .{7} 2026-01-05 0800\d\d\)\.txt file from anna$/);
    const [copy] = await bed.run(cleo.journal.conflicts());
    expect(copy?.conflictOf).toBe('f.txt');
    await bed.run(bed.stop(1));
    await bed.run(bed.restart(1));
    await bed.converge();
    expect(anna.print()).toHaveLength(2);
    expect((await bed.run(anna.journal.pathState(path('f.txt')))).heads).toHaveLength(1);
  });
});
