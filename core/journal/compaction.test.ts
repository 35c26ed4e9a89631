import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { auditFolder } from '../testing/journal/audit.ts';
import { file, JournalBed, path, removed } from '../testing/journal/journal-bed.ts';
import { storedEntries } from './compaction.ts';
import { decodeJournalState } from './journal-state.ts';
import { folderScopes } from './scopes.ts';

/** Entries that a device stores of its own journal, and paths whose newest entry these are. */
async function ownCounts(bed: JournalBed, index: number): Promise<{ stored: number; current: number }> {
  const { store, journal } = bed.device(index);
  const bytes = present(await store.get(folderScopes(bed.folder).journals, journal.own), 'state of our journal');
  const state = decodeJournalState(journal.own, bytes);
  return { stored: storedEntries(state), current: state.headsCount };
}

describe('JRN-2 compaction', () => {
  test('JRN-2 a thousand edits of one file cost about one batch', async () => {
    const bed = await JournalBed.create(['anna', 'ben']);
    await bed.edit(0, 'other', file('other'));
    for (let i = 0; i < 2000; i++) await bed.edit(0, 'busy', file(`${i}`));
    const { stored, current } = await ownCounts(bed, 0);
    expect(current).toBe(2);
    expect(stored).toBeLessThanOrEqual(2 * current + 1000);
    const sent = await bed.transfer(0, 1);
    expect(sent).toBeLessThanOrEqual(1001);
    expect(await bed.heads(1, ['busy', 'other'])).toBe(await bed.heads(0, ['busy', 'other']));
    expect(await auditFolder(bed.device(0).store, bed.folder)).toEqual([]);
    expect(await auditFolder(bed.device(1).store, bed.folder)).toEqual([]);
  });

  test('JRN-2 what is written again keeps its vector and is not wanted again', async () => {
    const bed = await JournalBed.create(['anna', 'ben'], 'vectors', { batchEntriesMax: 4 });
    const first = await bed.edit(0, 'still', file('still'));
    await bed.edit(0, 'gone', file('gone'));
    await bed.edit(0, 'gone', removed());
    await bed.evenOut();
    await bed.applyAll(1);
    await bed.applied(1, 0);
    for (let i = 0; i < 30; i++) await bed.edit(0, 'busy', file(`${i}`));
    const { heads } = await bed.journal(0).pathState(path('still'));
    expect(heads[0]?.vector).toEqual(first.vector);
    expect(heads[0]?.ref.sequence).toBeGreaterThan(first.ref.sequence);
    expect((await bed.journal(0).pathState(path('gone'))).heads[0]?.snap.kind).toBe('removed');
    // Ben’s last word is older than the second writing, and still says that he has the file.
    expect(await bed.journal(0).needsOf(bed.device(1).signer.device)).toMatchObject({ files: 1 });
    await bed.evenOut();
    expect((await bed.journal(1).wanted({ limit: 9 })).map((row) => row.path)).toEqual(['busy']);
    expect(await auditFolder(bed.device(1).store, bed.folder)).toEqual([]);
  });

  test('JRN-2 nothing is dropped below a floor before everything from there to the floor’s own sequence is held', async () => {
    const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'floors', { batchEntriesMax: 4 });
    for (let i = 0; i < 6; i++) await bed.edit(0, `file ${i}`, file(`${i}`));
    await bed.transfer(0, 1);
    for (let i = 0; i < 40; i++) await bed.edit(0, 'busy', file(`${i}`));
    const own = bed.journal(0).own;
    const items = await bed.journal(0).batchesAfter(own, bed.journal(1).have().get(own), Infinity);
    expect(items[0]?.kind).toBe('floor');
    const oldEnd = present(bed.journal(1).have().get(own), 'mark').end;
    for (const item of items.slice(0, -1)) {
      const merged = await (item.kind === 'floor' ? bed.journal(1).mergeFloor(item.bytes) : bed.journal(1).mergeBatch(item.bytes));
      expect(merged.ok).toBe(true);
      const mark = present(bed.journal(1).have().get(own), 'mark');
      if (mark.pending) expect(mark.end).toBe(oldEnd);
      expect(await auditFolder(bed.device(1).store, bed.folder)).toEqual([]);
    }
    await bed.reopen(1);
    await bed.transfer(1, 2);
    await bed.transfer(0, 1);
    expect(bed.journal(1).have().get(own)).toEqual(bed.journal(0).have().get(own));
    await bed.transfer(1, 2);
    expect(bed.journal(2).have().get(own)).toEqual(bed.journal(0).have().get(own));
  });

  test('JRN-2 a crash at any commit leaves a journal that goes on', async () => {
    for (let crashAt = 1; crashAt <= 12; crashAt++) {
      const bed = await JournalBed.create(['anna', 'ben'], 'crash', { batchEntriesMax: 4 });
      for (let i = 0; i < 7; i++) await bed.edit(0, `file ${i}`, file(`${i}`));
      const { store } = bed.device(0);
      let left = crashAt;
      store.beforeCommit = () => {
        left -= 1;
        if (left <= 0) throw new Error('crash');
      };
      for (let i = 0; i < 12; i++) await bed.edit(0, 'busy', file(`${i}`)).catch(() => undefined);
      store.beforeCommit = undefined;
      await bed.reopen(0);
      expect(await auditFolder(store, bed.folder)).toEqual([]);
      await bed.edit(0, 'after', file('after'));
      await bed.transfer(0, 1);
      const names = [...Array.from({ length: 7 }, (_, i) => `file ${i}`), 'busy', 'after'];
      expect(await bed.heads(1, names)).toBe(await bed.heads(0, names));
    }
  });
});

type Step =
  | { readonly kind: 'edit'; readonly device: number; readonly path: number; readonly removes: boolean }
  | { readonly kind: 'apply' | 'restart' | 'compact'; readonly device: number }
  | { readonly kind: 'transfer'; readonly from: number; readonly to: number; readonly items: number };

const device = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('edit' as const), device, path: fc.nat(7), removes: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('apply' as const, 'restart' as const, 'compact' as const), device }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('transfer' as const), from: device, to: device, items: fc.integer({ min: 1, max: 6 }) }),
  },
);

const paths = Array.from({ length: 8 }, (_, i) => `dir/file ${i}`);

test('JRN-2 any interleaving of edits, compactions, restarts and partial transfers ends with the same heads everywhere, within the bound', async () => {
  let compactions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
      const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'property', { batchEntriesMax: 3 });
      let edits = 0;
      for (const each of steps) {
        switch (each.kind) {
          case 'edit': {
            const where = present(paths[each.path], 'path');
            edits += 1;
            await bed.edit(each.device, where, each.removes ? removed(edits) : file(`${edits}`, { mtimeMs: edits }));
            const { stored, current } = await ownCounts(bed, each.device);
            expect(stored).toBeLessThanOrEqual(2 * current + 3);
            break;
          }
          case 'apply':
            await bed.applyAll(each.device);
            break;
          case 'restart':
            await bed.reopen(each.device);
            break;
          case 'compact':
            await bed.journal(each.device).compact();
            break;
          case 'transfer':
            if (each.from !== each.to) await bed.transfer(each.from, each.to, each.items);
            break;
        }
      }
      for (const each of bed.devices) expect(await auditFolder(each.store, bed.folder)).toEqual([]);
      await bed.evenOut();
      const heads = await bed.heads(0, paths);
      for (const [index, each] of bed.devices.entries()) {
        expect(await bed.heads(index, paths)).toBe(heads);
        expect(await auditFolder(each.store, bed.folder)).toEqual([]);
        if ([...each.journal.have().values()].some((mark) => mark.floor !== undefined)) compactions += 1;
      }
    }),
    { numRuns: 60 },
  );
  expect(compactions, 'the property is worth something only where journals were compacted').toBeGreaterThan(20);
}, 60_000);
