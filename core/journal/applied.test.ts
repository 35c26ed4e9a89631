import fc from 'fast-check';
import { expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { covers, limits, winnerOf } from '../model/index.ts';
import type { AppliedVector } from '../model/index.ts';
import { file, JournalBed, path, removed, statOf } from '../testing/journal/journal-bed.ts';
import type { PathState } from './types.ts';
import { decodeApplied, encodeApplied, markCovers, sortedMark } from './applied-codec.ts';

const anna = 0;
const ben = 1;
const cleo = 2;
const deviceOf = (bed: JournalBed, index: number) => bed.device(index).signer.device;

test('JRN-7 applied tells the end of the prefix and the exceptions', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  for (let i = 0; i < 5; i++) await bed.edit(anna, `file ${i}`, file(`${i}`));
  await bed.edit(anna, 'gone', removed());
  await bed.transfer(anna, ben);
  const own = bed.journal(anna).own;
  expect((await bed.journal(anna).applied()).get(own)).toEqual({ through: 6, exceptions: [] });
  expect((await bed.journal(ben).applied()).get(own)).toEqual({ through: 6, exceptions: [1, 2, 3, 4, 5] });
  const { heads } = await bed.journal(ben).pathState(path('file 2'));
  const entry = present(heads[0], 'head');
  await bed.journal(ben).recordHistory([{ kind: 'set', row: { path: entry.path, entry, stat: statOf(entry.snap) } }]);
  expect((await bed.journal(ben).applied()).get(own)).toEqual({ through: 6, exceptions: [1, 2, 4, 5] });
  await bed.applied(ben, anna);
  expect(bed.journal(anna).devicesThatApplied({ journal: own, sequence: 3 })).toEqual([deviceOf(bed, ben)]);
  expect(bed.journal(anna).devicesThatApplied({ journal: own, sequence: 4 })).toEqual([]);
  expect(bed.journal(anna).hasHeardFrom(deviceOf(bed, ben))).toBe(true);
  expect(await bed.journal(anna).needsOf(deviceOf(bed, ben))).toEqual({ files: 4, bytes: 40 });
  await bed.reopen(anna);
  expect(await bed.journal(anna).needsOf(deviceOf(bed, ben))).toEqual({ files: 4, bytes: 40 });
});

test('JRN-7 with too many exceptions the mark goes back to before the first that does not fit', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  const count = limits.historyExceptionsMax + 50;
  await bed.editMany(
    anna,
    Array.from({ length: count }, (_, i) => [`file ${i}`, file(`${i}`)] as const),
  );
  await bed.transfer(anna, ben);
  const mark = present((await bed.journal(ben).applied()).get(bed.journal(anna).own), 'mark');
  expect(mark.through).toBe(limits.historyExceptionsMax);
  expect(mark.exceptions).toHaveLength(limits.historyExceptionsMax);
});

test('STA-3 what is only here, and what a device that never said a word needs', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo']);
  await bed.edit(anna, 'a', file('a', { size: 3 }));
  await bed.edit(anna, 'b', file('b', { size: 4 }));
  const journal = bed.journal(anna);
  expect(await journal.onlyHere([])).toEqual({ files: 2, bytes: 7 });
  expect(await journal.onlyHere([deviceOf(bed, ben)])).toEqual({ files: 2, bytes: 7 });
  expect(await journal.needsOf(deviceOf(bed, cleo))).toEqual({ files: 2, bytes: 7 });
  await bed.transfer(anna, ben);
  await bed.applyAll(ben);
  await bed.applied(ben, anna);
  await bed.edit(anna, 'a', file('a2', { size: 5 }));
  expect(await journal.onlyHere([deviceOf(bed, ben)])).toEqual({ files: 1, bytes: 5 });
  expect(await journal.onlyHere([deviceOf(bed, cleo)])).toEqual({ files: 2, bytes: 9 });
  expect(await journal.onlyHere([deviceOf(bed, ben), deviceOf(bed, cleo)])).toEqual({ files: 1, bytes: 5 });
});

test('JRN-7 marks: coding and covering', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.array(fc.integer({ min: 1, max: 50 })), fc.nat(60), (through, exceptions, sequence) => {
      const mark = sortedMark({ through, exceptions });
      expect(markCovers(mark, sequence)).toBe(sequence <= through && !exceptions.includes(sequence));
      const applied: AppliedVector = new Map([[`${'2'.repeat(50)}.${'0'.repeat(16)}` as never, mark]]);
      expect(decodeApplied(encodeApplied(applied))).toEqual(applied);
    }),
  );
});

const device = fc.integer({ min: 0, max: 2 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit' as const), device, path: fc.nat(5), removes: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('apply' as const), device }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('transfer' as const), device, to: device }) },
);
const paths = Array.from({ length: 6 }, (_, i) => path(`file ${i}`));

/** Paths whose winner is a file that `theirs` has on disk. */
function appliedFiles(winners: readonly PathState[], theirs: readonly PathState[]): boolean[] {
  return winners.map(({ heads }, index) => {
    const winner = present(winnerOf(heads), 'winner');
    const vector = theirs[index]?.history?.entry.vector;
    return vector !== undefined && covers(vector, winner.vector);
  });
}

/** Compaction writes the first path's entry again before any other device has applied it. */
const rewrittenBeforeApplied = [1, 0, 0, 0, 0, 0, 0, 0].map((path) => ({ kind: 'edit', device: 0, path, removes: false }) as const);

test('STA-3 once everybody knows everything, needs and onlyHere are exactly what the disks lack', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'needs', { batchEntriesMax: 4 });
      let edits = 0;
      for (const each of steps) {
        edits += 1;
        if (each.kind === 'edit')
          await bed.edit(
            each.device,
            paths[each.path] ?? '',
            each.removes ? removed(edits) : file(`${edits}`, { mtimeMs: edits, size: 1 }),
          );
        else if (each.kind === 'apply') await bed.applyAll(each.device);
        else if (each.device !== each.to) await bed.transfer(each.device, each.to);
      }
      await bed.evenOut();
      const states = await Promise.all(bed.devices.map(({ journal }) => journal.pathStates(paths)));
      const known = present(states[anna], 'states');
      const isFile = known.map(({ heads }) => winnerOf(heads)?.snap.kind === 'file');
      const live = known.filter((_, index) => isFile[index]);
      const onDisk = states.map((theirs) =>
        appliedFiles(
          live,
          theirs.filter((_, index) => isFile[index]),
        ),
      );
      for (const index of [ben, cleo]) {
        await bed.applied(index, anna);
        const lacking = present(onDisk[index], 'disk').filter((has) => !has).length;
        expect((await bed.journal(anna).needsOf(deviceOf(bed, index))).files).toBe(lacking);
      }
      const here = present(onDisk[anna], 'disk').filter((has, at) => has && !onDisk[ben]?.[at] && !onDisk[cleo]?.[at]).length;
      expect((await bed.journal(anna).onlyHere([deviceOf(bed, ben), deviceOf(bed, cleo)])).files).toBe(here);
      expect(await bed.journal(anna).isAnyOnlyHere([deviceOf(bed, ben), deviceOf(bed, cleo)])).toBe(here > 0);
      const alone = present(onDisk[anna], 'disk').filter((has) => has).length;
      expect((await bed.journal(anna).onlyHere([])).files).toBe(alone);
      expect(await bed.journal(anna).isAnyOnlyHere([])).toBe(alone > 0);
    }),
    { numRuns: 60, examples: [[rewrittenBeforeApplied]] },
  );
}, 60_000);
