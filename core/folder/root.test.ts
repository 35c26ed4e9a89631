import { describe, expect, test } from 'vitest';
import { FolderBed, path } from '../testing/folder/folder-bed.ts';
import type { InjectedFault } from '../testing/sim/disk-options.ts';
import { markerPath, prepareRoot } from './marker.ts';

async function twoEvenDevices(options: Parameters<typeof FolderBed.create>[1] = {}): Promise<FolderBed> {
  const bed = await FolderBed.create(['anna', 'ben'], options);
  bed.device(0).write('d/f.txt', 'content');
  bed.device(0).write('g.txt', 'more');
  await bed.converge();
  return bed;
}

describe('the root of a folder', () => {
  test('FLD-5 a root that disappears removes nothing anywhere, and goes on by itself when it is back', async () => {
    const bed = await twoEvenDevices();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.host.user.rename(anna.root, '/home/anna/away');
    await bed.run(anna.engine.scanNow());
    expect(anna.engine.state().stop).toMatchObject({ kind: 'root-missing' });
    await bed.pass(10_000);
    await bed.run(bed.transfer(0, 1));
    anna.host.user.rename('/home/anna/away', anna.root);
    await bed.pass(5000);
    expect(anna.engine.state()).toMatchObject({ stop: undefined, scanned: true });
    await bed.converge();
    expect(ben.print()).toEqual(['d directory ', 'd/f.txt file content', 'g.txt file more']);
    expect(anna.print()).toEqual(ben.print());
  });

  test('FLD-5 an empty directory in place of the folder removes nothing', async () => {
    const bed = await twoEvenDevices();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.host.disk.mount(anna.root);
    await bed.run(anna.engine.scanNow());
    expect(anna.engine.state().stop).toMatchObject({ kind: 'marker-missing' });
    await bed.run(bed.transfer(0, 1));
    await bed.pass(4000);
    expect(ben.print()).toHaveLength(3);
    anna.host.disk.unmount(anna.root);
    await bed.pass(5000);
    expect(anna.engine.state().stop).toBeUndefined();
  });

  test('FLD-1 a new file that is to be read again while the folder is hidden is found when that is back', async () => {
    const bed = await FolderBed.create(['anna', 'ben'], { devices: [{ disk: { mtimeGranularityMs: 2000 } }] });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('before', 'before');
    await bed.converge();
    anna.write('new', 'new');
    await bed.pass(500);
    anna.host.disk.mount(anna.root);
    await bed.pass(3000);
    expect(anna.engine.state().stop).toMatchObject({ kind: 'marker-missing' });
    anna.host.disk.unmount(anna.root);
    await bed.pass(10_000);
    await bed.run(bed.transfer(0, 1));
    await bed.pass(1500);
    await bed.run(bed.fetchAll(1));
    expect(ben.print()).toEqual(['before file before', 'new file new']);
  });

  test('FLD-5 without the marker nothing is scanned, applied or removed', async () => {
    const bed = await twoEvenDevices();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    ben.remove('.dormouse/folder');
    ben.remove('g.txt');
    anna.write('new.txt', 'new');
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(3000);
    expect(ben.engine.state().stop).toMatchObject({ kind: 'marker-missing' });
    expect(ben.exists('new.txt')).toBe(false);
    ben.write(markerPath, `${bed.folder}\n`);
    await bed.pass(5000);
    await bed.converge();
    expect(ben.print()).toEqual(['d directory ', 'd/f.txt file content', 'new.txt file new']);
    expect(anna.print()).toEqual(ben.print());
  });

  test('FLD-5 another folder in its place is not touched', async () => {
    const bed = await twoEvenDevices();
    const ben = bed.device(1);
    ben.write(markerPath, `${'0'.repeat(64)}\n`);
    await bed.run(ben.engine.scanNow());
    expect(ben.engine.state().stop).toMatchObject({ kind: 'marker-foreign' });
  });

  test('FLD-5 a mount that vanishes below the root removes nothing', async () => {
    const bed = await FolderBed.create(['anna', 'ben']);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.host.user.mkdir(anna.at('usb'));
    await bed.converge();
    anna.host.disk.mount(anna.at('usb'));
    anna.write('usb/photo', 'photo');
    await bed.converge();
    expect(ben.read('usb/photo')).toBe('photo');
    anna.host.disk.unmount(anna.at('usb'));
    await bed.converge();
    expect(ben.read('usb/photo')).toBe('photo');
    expect((await bed.run(anna.journal.pathState(path('usb/photo')))).heads[0]?.snap.kind).toBe('file');
  });

  test('FLD-5 a directory that cannot be listed removes nothing and is shown as a problem', async () => {
    const bed = await twoEvenDevices();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const fault = { kind: 'permission' as const, applies: (operation: string, at: string) => operation === 'list' && at === anna.at('d') };
    anna.host.disk.faults.add(fault);
    await bed.run(anna.engine.scanNow());
    expect(anna.journal.problems()).toMatchObject([{ path: 'd', kind: 'permission-denied', permanent: false }]);
    await bed.run(bed.transfer(0, 1));
    expect(ben.exists('d/f.txt')).toBe(true);
    anna.host.disk.faults.delete(fault);
    await bed.pass(20_000);
    expect(anna.journal.problems()).toEqual([]);
  });

  test.each([0, 1, 2, 3])('FLD-9 what appears in a directory that cannot be listed is found when it can (%i)', async (seed) => {
    const bed = await FolderBed.create(['anna', 'ben'], { seed: `unlisted ${seed}` });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('src/lib/known', 'old');
    await bed.converge();
    const fault: InjectedFault = { kind: 'io', applies: (operation, at) => operation === 'list' && at === ben.at('src') };
    ben.host.disk.faults.add(fault);
    ben.host.watcher.overflow();
    ben.write('src/lib/new', 'new');
    // Tries that fail go on beside changes of other devices in that directory.
    for (let round = 0; round < 8; round++) {
      await bed.pass(1_500);
      anna.write('src/other', `other ${round}`);
      await bed.pass(200);
      await bed.run(bed.transfer(0, 1));
      await bed.run(bed.fetchAll(1));
    }
    ben.host.disk.faults.delete(fault);
    await bed.pass(300_000);
    await bed.run(bed.transfer(1, 0));
    await bed.run(bed.fetchAll(0));
    expect(anna.read('src/lib/new')).toBe('new');
    expect(ben.journal.problems()).toEqual([]);
  });

  test.each([true, false])('FLD-9 a problem of what is gone again ends (case-sensitive: %s)', async (caseSensitive) => {
    const bed = await FolderBed.create(['anna', 'ben'], { devices: [{}, { disk: { caseSensitive } }] });
    const ben = bed.device(1);
    const fault: InjectedFault = { kind: 'busy', applies: (operation, at) => operation === 'openRead' && at === ben.at('docs/b') };
    ben.host.disk.faults.add(fault);
    ben.write('docs/a', 'fine');
    ben.write('docs/b', 'in use');
    await bed.pass(5_000);
    expect(ben.journal.problems()).toMatchObject([{ path: 'docs/b', kind: 'in-use' }]);
    ben.remove('docs/b');
    ben.host.disk.faults.delete(fault);
    await bed.pass(120_000);
    expect(ben.journal.problems()).toEqual([]);
  });

  test('FLD-9 a problem of what went together with the directories above it ends', async () => {
    const bed = await twoEvenDevices();
    const ben = bed.device(1);
    const fault: InjectedFault = { kind: 'busy', applies: (operation, at) => operation === 'openRead' && at === ben.at('docs/old/b') };
    ben.host.disk.faults.add(fault);
    ben.write('docs/old/b', 'in use');
    await bed.pass(5_000);
    expect(ben.journal.problems()).toMatchObject([{ path: 'docs/old/b', kind: 'in-use' }]);
    ben.host.user.rename(ben.at('docs'), ben.at('moved'));
    ben.host.disk.faults.delete(fault);
    await bed.pass(120_000);
    expect(ben.journal.problems()).toEqual([]);
  });

  test('FLD-5 a read-only root is a clear stop', async () => {
    const bed = await twoEvenDevices();
    const ben = bed.device(1);
    await bed.run(bed.stop(1));
    ben.host.disk.faults.add({
      kind: 'read-only',
      applies: (operation) => ['makeDirectory', 'create', 'rename', 'unlink'].includes(operation),
    });
    await bed.run(bed.open(1));
    await bed.run(ben.engine.start());
    expect(ben.engine.state().stop).toMatchObject({ kind: 'root-read-only' });
    ben.host.disk.faults.clear();
    await bed.pass(5000);
    expect(ben.engine.state().stop).toBeUndefined();
  });

  test('FLD-5 a directory becomes a root only if nothing speaks against it', async () => {
    const bed = await FolderBed.create(['anna'], { start: false });
    const { host, root } = bed.device(0);
    const { trees } = host.ports;
    const prepare = (at: string) => bed.run(prepareRoot(trees, at, bed.folder));
    expect(await prepare(root)).toEqual({ ok: true, value: root });
    expect(await prepare('/home/anna/none')).toMatchObject({ ok: false, error: { kind: 'not-found' } });
    host.user.write('/home/anna/file', '');
    expect(await prepare('/home/anna/file')).toMatchObject({ ok: false, error: { kind: 'not-directory' } });
    host.user.write(`/home/anna/other/${markerPath}`, 'f'.repeat(64));
    expect(await prepare('/home/anna/other')).toMatchObject({ ok: false, error: { kind: 'other-folder' } });
    host.user.write(`/home/anna/broken/${markerPath}`, 'nonsense');
    expect(await prepare('/home/anna/broken')).toMatchObject({ ok: true });
    host.user.symlink('/home/anna/alias', root);
    expect(await prepare('/home/anna/alias')).toEqual({ ok: true, value: root });
  });
});

describe('joining', () => {
  test('FLD-3 a non-empty directory is merged: equal files are taken over, others become conflicts, nothing is lost', async () => {
    const bed = await FolderBed.create(['anna', 'ben'], { start: false });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('same.txt', 'same');
    anna.write('differs.txt', 'from anna');
    anna.write('only-anna', 'a');
    ben.write('same.txt', 'same');
    await bed.pass(500);
    ben.write('differs.txt', 'from ben');
    ben.write('only-ben', 'b');
    await bed.run(bed.start(0));
    await bed.run(bed.transfer(0, 1));
    await bed.run(bed.start(1));
    await bed.converge();
    expect(ben.print({ mtimes: true })).toEqual(anna.print({ mtimes: true }));
    expect(anna.print().map((line) => line.replace(/\(conflict .*\)/, '(conflict)'))).toEqual([
      'differs (conflict).txt file from anna',
      'differs.txt file from ben',
      'only-anna file a',
      'only-ben file b',
      'same.txt file same',
    ]);
    expect((await bed.run(ben.journal.pathState(path('same.txt')))).heads).toHaveLength(1);
  });

  test('FLD-7 a link that is swapped in is never followed, when reading, writing or removing', async () => {
    const bed = await twoEvenDevices();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    ben.host.user.write('/home/ben/secret/f.txt', 'secret');
    ben.host.user.write('/home/ben/secret/other', 'other secret');
    ben.host.user.rename(ben.at('d'), '/home/ben/aside');
    ben.host.user.symlink(ben.at('d'), '/home/ben/secret');
    anna.write('d/f.txt', 'changed by anna');
    anna.write('d/new', 'new');
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(100);
    await bed.run(bed.fetchAll(1));
    await bed.converge();
    expect(Buffer.from(ben.host.user.read('/home/ben/secret/f.txt')).toString()).toBe('secret');
    expect([...ben.host.user.walk('/home/ben/secret').keys()]).toEqual(['f.txt', 'other']);
    for (const device of bed.devices) expect(device.print().join('\n')).not.toContain('secret file');
    expect(anna.print().join('\n')).not.toContain('other secret');
    expect(anna.print()).toEqual(ben.print());
  });
});

describe('space', () => {
  test('FLD-9 what does not fit waits, says so, and goes on by itself; small things go on meanwhile', async () => {
    const bed = await FolderBed.create(['anna', 'ben'], {
      devices: [{}, { disk: { capacityBytes: 1_000_000 }, settings: { freeSpaceBytes: 100_000 } }],
    });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    ben.host.user.write('/home/ben/elsewhere', new Uint8Array(700_000));
    anna.write('big', new Uint8Array(300_000).fill(7));
    await bed.pass(10);
    anna.write('small', 'small');
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(500);
    await bed.run(bed.fetchAll(1));
    expect(ben.exists('small')).toBe(true);
    expect(ben.exists('big')).toBe(false);
    expect(ben.engine.state().diskFull).toBe(true);
    expect(ben.journal.wantedTotals()).toEqual({ files: 1, bytes: 300_000 });
    ben.host.user.remove('/home/ben/elsewhere');
    await bed.pass(31_000);
    await bed.run(bed.fetchAll(1));
    expect(ben.exists('big')).toBe(true);
    expect(ben.engine.state().diskFull).toBe(false);
  });

  test('FLD-9 a disk that is full in the middle of a file is no loss', async () => {
    const bed = await FolderBed.create(['anna', 'ben']);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('f', 'content');
    await bed.run(anna.engine.scanNow());
    await bed.run(bed.transfer(0, 1));
    await bed.pass(300);
    ben.host.disk.faults.add({ kind: 'full', applies: (operation) => operation === 'write', times: 1 });
    await bed.run(bed.fetchAll(1));
    expect(ben.engine.state().diskFull).toBe(true);
    expect(ben.journal.problems()).toMatchObject([{ path: 'f', kind: 'disk-full' }]);
    await bed.pass(40_000);
    await bed.run(bed.fetchAll(1));
    expect(ben.read('f')).toBe('content');
    expect(ben.journal.problems()).toEqual([]);
    expect(ben.engine.state().diskFull).toBe(false);
  });
});
