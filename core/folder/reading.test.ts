import { describe, expect, test } from 'vitest';
import { MIB } from '../base/index.ts';
import { patternBytes } from '../testing/contracts/support.ts';
import type { BedHost } from '../testing/folder/folder-bed.ts';
import { FolderBed, path } from '../testing/folder/folder-bed.ts';

async function slowDisk(): Promise<{ bed: FolderBed; anna: BedHost }> {
  const bed = await FolderBed.create(['anna', 'ben']);
  await bed.pass(1000);
  const anna = bed.device(0);
  anna.host.diskSpeed = { operationMs: [2, 3], syncMs: [2, 3] };
  return { bed, anna };
}

describe('changed files that are not recorded yet', () => {
  test('STA-1 count from when they are found until they are recorded, in whatever parts they are read', async () => {
    const { bed, anna } = await slowDisk();
    for (let n = 0; n < 1_500; n++) anna.write(`note ${n}`, `text ${n}`);
    anna.write('film', patternBytes(70 * MIB));
    let told = 0;
    const seen: number[] = [];
    anna.engine.onChange(() => (told += 1));
    const scan = anna.engine.scanNow();
    let isOver = false;
    void scan.then(() => (isOver = true));
    const recorded = async (): Promise<number> => (await anna.journal.totals()).files;
    while (!isOver) {
      await bed.pass(20);
      const { reading, scanned, scanning } = anna.engine.state();
      seen.push(reading.files);
      // Nothing is forgotten between the parts of a scan.
      if (scanning && scanned && seen.some((files) => files > 0) && (await recorded()) < 1_501) expect(reading.files).toBeGreaterThan(0);
    }
    expect(Math.max(...seen)).toBeGreaterThan(500);
    expect(told).toBeLessThan(50);
    expect(await recorded()).toBe(1_501);
    expect(anna.engine.state().reading).toEqual({ files: 0, bytes: 0, done: 0 });
  });

  test('STA-1 how far a large one is read is known', async () => {
    const { bed, anna } = await slowDisk();
    anna.write('film', patternBytes(70 * MIB));
    const scan = anna.engine.scanNow();
    let before = -1;
    for (let look = 0; look < 5; look++) {
      await bed.pass(100);
      const { reading } = anna.engine.state();
      expect(reading).toMatchObject({ files: 1, bytes: 70 * MIB });
      expect(reading.done).toBeGreaterThan(before);
      before = reading.done;
    }
    anna.engine.pause(true);
    await bed.run(scan);
    await bed.pass(1000);
    expect(anna.engine.state().reading.files).toBe(0);
    anna.engine.pause(false);
    await bed.pass(10_000);
    expect((await bed.run(anna.journal.pathState(path('film')))).heads).toHaveLength(1);
    expect(anna.engine.state().reading.files).toBe(0);
  });

  test('STA-1 FLD-1 one that never rests is shown as one that could not be read, and not as being read for ever', async () => {
    const { bed, anna } = await slowDisk();
    anna.write('log', 'line\n');
    let isOver = false;
    anna.host.crashPoint = (operation, at) => {
      if (!isOver && operation === 'openRead' && at === anna.at('log')) anna.host.user.append(at, 'line\n');
      return 'go-on';
    };
    await bed.run(anna.engine.scanNow());
    expect(anna.engine.state()).toMatchObject({ reading: { files: 0 }, unread: 1 });
    isOver = true;
    await bed.pass(30_000);
    expect(anna.engine.state()).toMatchObject({ reading: { files: 0 }, unread: 0 });
  });

  test('ROS-4 a reader’s own change counts no more once it was noted', async () => {
    const { bed } = await slowDisk();
    const ben = bed.device(1);
    await bed.run(bed.grant(1, 'ben', 'reader'));
    ben.write('mine', 'text');
    await bed.pass(2000);
    expect(await bed.run(ben.engine.localChanges())).toEqual(['mine']);
    const seen = new Set<number>();
    ben.engine.onChange(() => seen.add(ben.engine.state().reading.files));
    await bed.run(ben.engine.scanNow());
    expect([...seen]).toEqual([0]);
  });
});
