import { describe, expect, test } from 'vitest';
import { FolderBed } from '../testing/folder/folder-bed.ts';
import type { BedDeviceOptions } from '../testing/folder/folder-bed.ts';

async function pair(devices: readonly BedDeviceOptions[] = []): Promise<FolderBed> {
  return FolderBed.create(['anna', 'ben'], { devices });
}

describe('what a disk cannot hold', () => {
  test('FLD-6 names of one spelling: the second is a problem here, and comes when the first goes', async () => {
    const bed = await pair([{}, { disk: { caseSensitive: false } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('README', 'first');
    await bed.converge();
    anna.write('readme', 'second');
    await bed.converge();
    expect(ben.print()).toEqual(['README file first']);
    expect(ben.journal.problems()).toMatchObject([{ path: 'readme', kind: 'name-collides-here', permanent: true }]);
    anna.remove('README');
    await bed.converge();
    await bed.pass(5000);
    await bed.converge();
    expect(ben.print()).toEqual(['readme file second']);
    expect(anna.print()).toEqual(ben.print());
    expect(ben.journal.problems()).toEqual([]);
  });

  test.each([
    ['file', 'Notes.txt', 'notes.txt', 'content'],
    ['file of several blocks', 'Notes.txt', 'notes.txt', 'content'.repeat(30_000)],
    ['directory', 'Photos/a.jpg', 'photos/a.jpg', 'content'],
  ])('FLD-6 a new spelling of a %s by case is one rename, in both directions', async (_kind, before, after, content) => {
    for (let seed = 0; seed < 12; seed++) await respell(`respelled ${seed}`, before, after, content);
  });

  async function respell(seed: string, before: string, after: string, content: string): Promise<void> {
    const bed = await FolderBed.create(['anna', 'ben'], { seed, devices: [{}, { disk: { caseSensitive: false } }] });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    const top = (text: string): string => text.split('/')[0] ?? '';
    anna.write(before, content);
    await bed.converge();
    const carried = bed.carriedBlocks;
    anna.host.user.rename(anna.at(top(before)), anna.at(top(after)));
    await bed.converge();
    // What was taken over must look so to a listing, too: else it would be undone.
    ben.engine.requestScan('all');
    await bed.pass(5000);
    await bed.converge();
    expect(ben.print()).toEqual(anna.print());
    expect(ben.print().at(-1)).toBe(`${after} file ${content}`);
    ben.host.user.rename(ben.at(top(after)), ben.at(top(before)));
    await bed.converge();
    expect(anna.print()).toEqual(ben.print());
    expect(anna.print().at(-1)).toBe(`${before} file ${content}`);
    expect(bed.carriedBlocks).toBe(carried);
  }

  test('FLD-6 of two spellings of the same bytes the one that stays gets its own name', async () => {
    const bed = await pair([{}, { disk: { caseSensitive: false } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('README', 'same');
    await bed.converge();
    anna.write('readme', 'same');
    await bed.converge();
    anna.remove('README');
    await bed.converge();
    // As a listing shows it: else the old spelling would be taken for a rename by ben.
    ben.engine.requestScan('all');
    await bed.pass(5000);
    await bed.converge();
    expect(anna.print()).toEqual(['readme file same']);
    expect(ben.print()).toEqual(anna.print());
    expect(ben.journal.problems()).toEqual([]);
  });

  test('FLD-6 two Unicode forms are one name on some disks, and no rename', async () => {
    const bed = await pair([{}, { disk: { unicode: 'nfd' } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('caf\u00e9/men\u00fc.txt', 'soup');
    await bed.converge();
    ben.write('cafe\u0301/menu\u0308.txt', 'salad');
    await bed.converge();
    expect(anna.print()).toEqual(['caf\u00e9 directory ', 'caf\u00e9/men\u00fc.txt file salad']);
  });

  test('FLD-6 what people type on a disk that decomposes names is announced as they typed it', async () => {
    const bed = await pair([{}, { disk: { unicode: 'nfd' } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    ben.write('caf\u00e9/men\u00fc.txt', 'soup');
    await bed.converge();
    expect(anna.print()).toEqual(['caf\u00e9 directory ', 'caf\u00e9/men\u00fc.txt file soup']);
    anna.write('caf\u00e9/men\u00fc.txt', 'salad');
    ben.write('caf\u00e9/w\u00fcrste.txt', 'sausages');
    await bed.converge();
    ben.write('caf\u00e9/w\u00fcrste.txt', 'vegan sausages');
    await bed.converge();
    expect(ben.read('caf\u00e9/men\u00fc.txt')).toBe('salad');
    expect(anna.print()).toEqual([
      'caf\u00e9 directory ',
      'caf\u00e9/men\u00fc.txt file salad',
      'caf\u00e9/w\u00fcrste.txt file vegan sausages',
    ]);
    expect(ben.journal.problems()).toEqual([]);
    expect(ben.tree().size).toBe(3);
  });

  test('FLD-6 names that Windows cannot hold are problems there only', async () => {
    const bed = await pair([{}, { disk: { windowsNames: true, caseSensitive: false, executableBit: false } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('what?.txt', 'x');
    anna.write('con', 'y');
    anna.write('fine.txt', 'z');
    await bed.converge();
    expect(ben.print()).toEqual(['fine.txt file z']);
    expect(
      ben.journal
        .problems()
        .map(({ path: where, kind }) => `${where} ${kind}`)
        .sort(),
    ).toEqual(['con name-impossible-here', 'what?.txt name-impossible-here']);
    expect(ben.journal.wantedTotals().files).toBe(0);
    expect(anna.print()).toHaveLength(3);
  });

  test('FLD-8 executable bits, links and coarse times stay as recorded', async () => {
    const bed = await pair([{}, { disk: { executableBit: false, links: false, mtimeGranularityMs: 2000 } }]);
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('run', '#!');
    anna.host.user.chmod(anna.at('run'), 0o755);
    anna.host.user.symlink(anna.at('link'), 'run');
    await bed.converge();
    const entries = [...anna.journal.have()].map(([, mark]) => mark.end);
    await bed.run(bed.stop(1));
    await bed.run(bed.restart(1));
    await bed.converge();
    expect([...anna.journal.have()].map(([, mark]) => mark.end)).toEqual(entries);
    expect(anna.print()).toEqual(['link link run', 'run file x #!']);
    expect(ben.journal.problems()).toMatchObject([{ path: 'link', kind: 'links-unsupported-here' }]);
    await bed.pass(5000);
    ben.write('run', '#! changed');
    await bed.converge();
    expect(anna.print()).toEqual(['link link run', 'run file x #! changed']);
  });

  test('FLD-6 pipes are never opened, are problems, and are no removals', async () => {
    const bed = await pair();
    const [anna, ben] = [bed.device(0), bed.device(1)];
    anna.write('p', 'was a file');
    await bed.converge();
    anna.remove('p');
    anna.host.user.pipe(anna.at('p'));
    await bed.converge();
    expect(anna.journal.problems()).toMatchObject([{ path: 'p', kind: 'special-file', permanent: true }]);
    expect(ben.read('p')).toBe('was a file');
    anna.remove('p');
    anna.write('p', 'a file again');
    await bed.converge();
    expect(ben.read('p')).toBe('a file again');
    expect(anna.journal.problems()).toEqual([]);
  });
});
