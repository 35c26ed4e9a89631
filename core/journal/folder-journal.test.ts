import { expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { emptyVector, journalDevice } from '../model/index.ts';
import { auditFolder } from '../testing/journal/audit.ts';
import { directory, file, JournalBed, path, removed, statOf } from '../testing/journal/journal-bed.ts';

async function expectSound(bed: JournalBed): Promise<void> {
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder), device.name).toEqual([]);
}

test('JRN-1 a change reaches a third device through the second while its author sleeps', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo']);
  const entry = await bed.edit(0, 'notes/today.txt', file('today'));
  await bed.transfer(0, 1);
  await bed.transfer(1, 2);
  const state = await bed.journal(2).pathState(path('notes/today.txt'));
  expect(state.heads).toEqual([entry]);
  expect(state.history).toBeUndefined();
  expect(entry.vector).toEqual(new Map([[bed.journal(0).own, 1]]));
  await expectSound(bed);
});

test('JRN-1 a forged, changed or foreign batch is refused', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'a', file('a'));
  const own = bed.journal(0).own;
  const [item] = await bed.journal(0).batchesAfter(own, undefined, 1_000_000);
  const bytes = present(item, 'batch').bytes;
  const changed = bytes.slice();
  changed[3] = (changed[3] ?? 0) ^ 1;
  expect(await bed.journal(1).mergeBatch(changed)).toEqual({ ok: false, error: { kind: 'bad-signature' } });
  expect(await bed.journal(1).mergeBatch(bytes.slice(0, 90))).toMatchObject({ ok: false, error: { kind: 'malformed' } });
  const other = await JournalBed.create(['anna', 'ben'], 'another folder');
  expect(await other.journal(1).mergeBatch(bytes)).toMatchObject({ ok: false, error: { kind: 'malformed' } });
  expect(await bed.journal(1).mergeBatch(bytes)).toMatchObject({ ok: true, value: { end: 1 } });
});

test('JRN-2 batches arrive oldest first; a gap is answered with where to go on, a repetition is harmless', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  for (let i = 0; i < 5; i++) await bed.edit(0, `file ${i}`, file(`${i}`));
  const items = await bed.journal(0).batchesAfter(bed.journal(0).own, undefined, 1_000_000);
  expect(items.map((item) => item.lastSequence)).toEqual([1, 2, 3, 4, 5]);
  const take = (index: number) => bed.journal(1).mergeBatch(present(items[index], 'item').bytes);
  expect(await take(0)).toMatchObject({ ok: true, value: { end: 1 } });
  expect(await take(2)).toMatchObject({ ok: false, error: { kind: 'gap', mark: { end: 1 } } });
  expect(await take(0)).toMatchObject({ ok: true, value: { end: 1 } });
  expect(await take(1)).toMatchObject({ ok: true, value: { end: 2 } });
  const commits = bed.device(1).store.commits;
  await take(1);
  expect(bed.device(1).store.commits).toBe(commits);
  await expectSound(bed);
});

test('JRN-2 two different batches of one author at one place are noticed', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo']);
  await bed.edit(0, 'first', file('first'));
  await bed.transfer(0, 1);
  await bed.transfer(0, 2);
  const backup = bed.device(0).store.copy();
  await bed.edit(0, 'a', file('a'));
  await bed.transfer(0, 1);
  await bed.reopen(0, backup);
  await bed.edit(0, 'b', file('b'));
  await bed.transfer(0, 2);
  const own = bed.journal(0).own;
  const [forked] = await bed.journal(2).batchesAfter(own, { end: 1, endHash: '' }, 1_000_000);
  expect(await bed.journal(1).mergeBatch(present(forked, 'batch').bytes)).toEqual({ ok: false, error: { kind: 'chain-broken' } });
});

test('JRN-3 the winner is wanted until history covers it; totals follow', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'old', file('old', { size: 5, mtimeMs: 1 }));
  await bed.edit(0, 'new', file('new', { size: 7, mtimeMs: 9 }));
  await bed.edit(0, 'folder', directory);
  await bed.transfer(0, 1);
  const journal = bed.journal(1);
  expect((await journal.wanted({ limit: 9 })).map((row) => row.path)).toEqual(['folder', 'new', 'old']);
  const [first] = await journal.wanted({ limit: 1 });
  expect((await journal.wanted({ after: present(first, 'row'), limit: 9 })).map((row) => row.path)).toEqual(['new', 'old']);
  expect(journal.wantedTotals()).toEqual({ files: 3, bytes: 12 });
  expect(await journal.totals()).toEqual({ files: 2, bytes: 12 });
  await journal.setHeld(path('new'), 'ignored');
  expect(journal.wantedTotals()).toEqual({ files: 2, bytes: 5 });
  expect((await journal.wanted({ limit: 9 })).map((row) => [row.path, row.held])).toEqual([
    ['folder', undefined],
    ['old', undefined],
    ['new', 'ignored'],
  ]);
  await expectSound(bed);
  await journal.setHeld(path('new'), undefined);
  await bed.applyAll(1);
  expect(journal.wantedTotals()).toEqual({ files: 0, bytes: 0 });
  expect(await journal.historyCount()).toBe(3);
  await bed.edit(0, 'old', removed());
  await bed.transfer(0, 1);
  expect(journal.wantedTotals()).toEqual({ files: 1, bytes: 0 });
  await bed.applyAll(1);
  expect(await journal.totals()).toEqual({ files: 1, bytes: 7 });
  await expectSound(bed);
});

test('JRN-3 questions about directories', async () => {
  const bed = await JournalBed.create(['anna']);
  await bed.editMany(0, [
    ['a', directory],
    ['a/b', directory],
    ['a/b/c', file('c')],
    ['a.txt', file('a')],
    ['top', file('top')],
  ]);
  const journal = bed.journal(0);
  const children = (await journal.childHistory(path('a'))).map((row) => row.path);
  expect(children).toEqual(['a/b']);
  expect((await journal.liveChildren('' as never)).map((entry) => entry.path).sort()).toEqual(['a', 'a.txt', 'top']);
  expect(await journal.hasLiveBelow(path('a/b'))).toBe(true);
  await bed.edit(0, 'a/b/c', removed());
  expect(await journal.hasLiveBelow(path('a/b'))).toBe(false);
  expect(await journal.hasLiveBelow(path('a'))).toBe(true);
  expect(await journal.liveChildren(path('a/b'))).toEqual([]);
  await expectSound(bed);
});

test('JRN-4 an edit made before a peer’s entry was applied stays concurrent to it', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'a', file('base'));
  await bed.evenOut();
  await bed.applyAll(1);
  await bed.edit(0, 'a', file('by anna', { mtimeMs: 3000 }));
  await bed.transfer(0, 1);
  await bed.edit(1, 'a', file('by ben', { mtimeMs: 2000 }));
  await bed.evenOut();
  const heads = (await bed.journal(0).pathState(path('a'))).heads;
  expect(heads).toHaveLength(2);
  expect(await bed.heads(0, ['a'])).toBe(await bed.heads(1, ['a']));
  // Anna's is the winner; ben has his own bytes on disk.
  expect((await bed.journal(1).wanted({ limit: 5 })).map((row) => row.path)).toEqual(['a']);
  expect(await bed.journal(0).wanted({ limit: 5 })).toEqual([]);
  await expectSound(bed);
});

test('FLD-3 announcing the winner again with joined vectors settles a conflict for everyone', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'a', file('anna', { mtimeMs: 3000 }));
  await bed.edit(1, 'a', file('ben', { mtimeMs: 2000 }));
  await bed.evenOut();
  const { heads } = await bed.journal(1).pathState(path('a'));
  const joined = new Map(heads.flatMap((head) => [...head.vector]));
  const winner = present(
    heads.find((head) => head.vector.has(bed.journal(0).own)),
    'winner',
  );
  await bed.journal(1).announce([
    { draft: { path: path('a'), snap: winner.snap, vector: joined, bump: false } },
    {
      draft: { path: path('a (conflict)'), snap: file('ben', { mtimeMs: 2000 }), vector: emptyVector, conflictOf: path('a'), bump: true },
      onDisk: { stat: statOf(file('ben')) },
    },
  ]);
  await bed.evenOut();
  await bed.applyAll(0);
  await bed.applyAll(1);
  expect((await bed.journal(0).pathState(path('a'))).heads).toHaveLength(1);
  expect(await bed.heads(0, ['a', 'a (conflict)'])).toBe(await bed.heads(1, ['a', 'a (conflict)']));
  expect((await bed.journal(0).conflicts()).map((entry) => entry.path)).toEqual(['a (conflict)']);
  await bed.edit(0, 'a (conflict)', removed());
  expect(await bed.journal(0).conflicts()).toEqual([]);
  await expectSound(bed);
});

test('JRN-5 a journal is named by device and generation, and survives a restart', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  const own = bed.journal(0).own;
  expect(journalDevice(own)).toBe(bed.device(0).signer.device);
  await bed.edit(0, 'a', file('a'));
  const before = await bed.heads(0, ['a']);
  await bed.reopen(0);
  expect(bed.journal(0).own).toBe(own);
  expect(await bed.heads(0, ['a'])).toBe(before);
  expect((await bed.edit(0, 'b', file('b'))).ref.sequence).toBe(2);
  await bed.transfer(0, 1);
  await bed.reopen(1);
  expect(bed.journal(1).have().get(own)?.end).toBe(2);
  expect(bed.journal(1).wantedTotals().files).toBe(2);
});

test('JRN-6 a removal is kept and resurrects nothing on a device that comes back late', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'a', file('a'));
  await bed.evenOut();
  await bed.applyAll(1);
  await bed.edit(0, 'a', removed());
  for (let i = 0; i < 1600; i += 100)
    await bed.editMany(
      0,
      Array.from({ length: 100 }, (_, j) => ['busy', file(`${i + j}`)]),
    );
  await bed.reopen(0);
  await bed.transfer(0, 1);
  expect((await bed.journal(1).wanted({ limit: 5 })).map((row) => row.path).sort()).toEqual(['a', 'busy']);
  await bed.applyAll(1);
  expect((await bed.journal(1).pathState(path('a'))).history).toBeUndefined();
  await expectSound(bed);
});

test('RPC-5 an entry of an unknown kind is a problem of its path, relayed and never wanted', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo']);
  await bed
    .journal(0)
    .announce([{ draft: { path: path('odd'), snap: { kind: 'unknown', tag: 'hologram' }, vector: emptyVector, bump: true } }]);
  await bed.transfer(0, 1);
  await bed.transfer(1, 2);
  for (const index of [1, 2]) {
    expect(bed.journal(index).problems()).toMatchObject([{ path: 'odd', kind: 'unknown-kind', permanent: true }]);
    expect(bed.journal(index).wantedTotals().files).toBe(0);
  }
  await expectSound(bed);
  await bed.edit(0, 'odd', file('known now'));
  await bed.transfer(0, 1);
  expect(bed.journal(1).problems()).toEqual([]);
  expect(bed.journal(1).wantedTotals().files).toBe(1);
  await expectSound(bed);
});

test('FLD-9 a permanent problem takes its path out of what is wanted until it is cleared', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'CON', file('con'));
  await bed.transfer(0, 1);
  const journal = bed.journal(1);
  await journal.setProblem({ path: path('CON'), kind: 'name-impossible-here', permanent: true, text: 'no', sinceMs: 1 });
  expect(journal.wantedTotals().files).toBe(0);
  await bed.reopen(1);
  expect(bed.journal(1).problems()).toHaveLength(1);
  await expectSound(bed);
  await bed.journal(1).clearProblem(path('CON'));
  expect(bed.journal(1).wantedTotals().files).toBe(1);
  await expectSound(bed);
});

test('DUR-1 a commit that fails changes nothing, in the store or in memory', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  await bed.edit(0, 'a', file('a'));
  const { store } = bed.device(0);
  store.fault = { kind: 'disk-full' };
  await expect(bed.edit(0, 'b', file('b'))).rejects.toThrow('full');
  store.fault = undefined;
  expect(bed.journal(0).have().get(bed.journal(0).own)?.end).toBe(1);
  expect((await bed.edit(0, 'b', file('b'))).ref.sequence).toBe(2);
  await bed.transfer(0, 1);
  await expectSound(bed);
});

test('JRN-1 a large announcement is split into batches within their limits', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  const edits = Array.from({ length: 2500 }, (_, i) => [`dir/file ${i}`, file(`${i}`)] as const);
  await bed.editMany(0, edits);
  const items = await bed.journal(0).batchesAfter(bed.journal(0).own, undefined, 10_000_000);
  expect(items.map((item) => item.lastSequence)).toEqual([1000, 2000, 2500]);
  await bed.transfer(0, 1);
  expect(bed.journal(1).wantedTotals().files).toBe(2500);
  const blocks = Array.from({ length: 1024 }, (_, i) => ({
    name: file(`block ${i}`).blocks.kind === 'inline' ? 'aa'.repeat(32) : '',
    size: 1,
  }));
  const big = { ...file('x'), size: 1024, blocks: { kind: 'inline' as const, blocks: blocks as never } };
  await bed.editMany(
    0,
    Array.from({ length: 60 }, (_, i) => [`big ${i}`, big] as const),
  );
  for (const item of await bed.journal(0).batchesAfter(bed.journal(0).own, { end: 2500, endHash: '' }, 10_000_000)) {
    expect(item.bytes.length).toBeLessThanOrEqual(1024 * 1024 + 64);
  }
  await bed.transfer(0, 1);
  expect(bed.journal(1).wantedTotals().files).toBe(2560);
  await expectSound(bed);
});
