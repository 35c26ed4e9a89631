import { describe, expect, test } from 'vitest';
import { FolderBed } from '../testing/folder/folder-bed.ts';

const seeds = [0, 1, 2, 3, 4, 5, 6, 7];

describe('what history says after a failed sync', () => {
  test.each(seeds)(
    'DUR-1 a name that could not be synced when it was put in place is synced before a scan takes it over (%i)',
    async (seed) => {
      const bed = await FolderBed.create(['anna', 'ben'], { seed: `durable ${seed}` });
      const [anna, ben] = [bed.device(0), bed.device(1)];
      anna.write('f.txt', 'precious');
      anna.write('d/g.txt', 'precious too');
      await bed.pass(500);
      await bed.run(bed.transfer(0, 1));
      let failures = 0;
      ben.host.disk.faults.add({ kind: 'busy', applies: (operation) => operation === 'syncDirectory' && failures++ < 6 });
      await bed.run(bed.fetchAll(1));
      await bed.pass(20_000);
      await bed.run(bed.fetchAll(1));
      await bed.pass(60_000);
      expect(ben.read('f.txt')).toBe('precious');
      expect(failures).toBeGreaterThan(6);
      expect(ben.journal.wantedTotals().files).toBe(0);
      expect(ben.journal.problems()).toEqual([]);
      bed.crash(1, true);
      await bed.run(bed.restart(1));
      await bed.converge();
      expect(anna.print()).toEqual(['d directory ', 'd/g.txt file precious too', 'f.txt file precious']);
      expect(ben.print()).toEqual(anna.print());
    },
  );
});
