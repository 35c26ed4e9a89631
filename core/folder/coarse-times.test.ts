import { describe, expect, test } from 'vitest';
import type { FileStat } from '../ports/index.ts';
import { FolderBed } from '../testing/folder/folder-bed.ts';
import type { BedHost } from '../testing/folder/folder-bed.ts';

const stepMs = 10_000;

/** Ben's disk keeps only coarse times. He gets a file of anna's in the very step in which she wrote it. */
async function freshFile(): Promise<{ readonly bed: FolderBed; readonly anna: BedHost; readonly ben: BedHost }> {
  const bed = await FolderBed.create(['anna', 'ben'], { devices: [{}, { disk: { mtimeGranularityMs: stepMs } }] });
  const [anna, ben] = [bed.device(0), bed.device(1)];
  await bed.pass(stepMs - (anna.host.time.wallNowMs() % stepMs));
  anna.write('f.txt', 'from anna');
  await bed.pass(300);
  await bed.run(bed.transfer(0, 1));
  await bed.pass(500);
  await bed.run(bed.fetchAll(1));
  expect(ben.read('f.txt')).toBe('from anna');
  return { bed, anna, ben };
}

/** Writes as many bytes in the same step of the clock, so that no stat tells of it. */
function editUnseen(ben: BedHost): void {
  const { mtimeMs } = statOf(ben);
  ben.write('f.txt', 'ben wrote');
  expect(statOf(ben)).toMatchObject({ size: 'from anna'.length, mtimeMs });
}

function statOf(ben: BedHost): FileStat {
  return ben.host.disk.statOf(ben.host.disk.get(ben.at('f.txt')));
}

async function expectBens({ bed, anna, ben }: Awaited<ReturnType<typeof freshFile>>): Promise<void> {
  await bed.pass(2 * stepMs);
  await bed.converge();
  expect(ben.read('f.txt')).toBe('ben wrote');
  expect(anna.read('f.txt')).toBe('ben wrote');
}

describe('edits that leave size and time as they were', () => {
  test('FLD-1 an edit right after a file was put in place is found', async () => {
    const fresh = await freshFile();
    editUnseen(fresh.ben);
    await expectBens(fresh);
  });

  test('FLD-1 an edit right after a file was put in place is found by the next run', async () => {
    const fresh = await freshFile();
    const { bed, ben } = fresh;
    bed.crash(1);
    editUnseen(ben);
    await bed.pass(2 * stepMs);
    await bed.run(bed.restart(1));
    await expectBens(fresh);
  });

  test('FLD-1 a newer version that comes right after such an edit replaces nothing unseen', async () => {
    const fresh = await freshFile();
    const { bed, anna, ben } = fresh;
    anna.write('f.txt', 'anna again');
    await bed.pass(300);
    editUnseen(ben);
    await bed.run(bed.transfer(0, 1));
    await bed.pass(500);
    await bed.converge();
    const contents = [...anna.tree().values()].map(({ content }) => Buffer.from(content).toString());
    expect(contents.sort()).toEqual(['anna again', 'ben wrote']);
    expect(ben.print()).toEqual(anna.print());
  });

  test('FLD-1 a file that was seen in another state is read even if it bears its old stat again', async () => {
    const bed = await FolderBed.create(['anna', 'ben'], {
      devices: [{}, { disk: { mtimeGranularityMs: stepMs }, wallOffsetMs: -4 * stepMs }],
    });
    const [anna, ben] = [bed.device(0), bed.device(1)];
    await bed.pass(stepMs - (anna.host.time.wallNowMs() % stepMs));
    anna.write('f.txt', 'from anna');
    await bed.converge();
    // Ben's clock comes to the time that anna's had.
    const { mtimeMs } = statOf(ben);
    await bed.pass(mtimeMs - ben.host.time.wallNowMs() + 1000);
    ben.write('f.txt', 'a longer text of his');
    await bed.pass(1000);
    editUnseen(ben);
    await expectBens({ bed, anna, ben });
  });
});
