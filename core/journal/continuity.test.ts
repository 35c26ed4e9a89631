import { expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { withComponent } from '../model/index.ts';
import { auditFolder } from '../testing/journal/audit.ts';
import { file, JournalBed, path, removed, statOf } from '../testing/journal/journal-bed.ts';

const anna = 0;
const ben = 1;
const cleo = 2;

/** Anna announces, is backed up, announces more that Ben gets, and is then restored; `meanwhile` runs before she hears from Ben. */
async function restored(meanwhile: (bed: JournalBed) => Promise<void>): Promise<JournalBed> {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'continuity');
  await bed.edit(anna, 'old', file('old'));
  await bed.evenOut();
  const backup = bed.device(anna).store.copy();
  await bed.edit(anna, 'lost', file('lost'));
  await bed.edit(anna, 'both', file('before the loss', { mtimeMs: 5000 }));
  await bed.transfer(anna, ben);
  await bed.reopen(anna, backup);
  await meanwhile(bed);
  return bed;
}

async function show(bed: JournalBed): Promise<unknown> {
  const own = bed.journal(anna).own;
  const items = await bed.journal(ben).batchesAfter(own, bed.journal(anna).have().get(own), 1_000_000);
  const merged = await bed.journal(anna).mergeBatch(present(items[0], 'batch').bytes);
  return merged.ok ? 'ok' : merged.error;
}

test('JRN-5 a batch of ours that is ahead of our store proves a loss; then a new generation goes on from what peers hold', async () => {
  const bed = await restored(async () => undefined);
  const before = bed.journal(anna).own;
  expect(await show(bed)).toEqual({ kind: 'own-continuity-lost', sequence: 2, agreedThrough: 1 });
  await bed.reopen(anna);
  expect(await bed.journal(anna).startGeneration()).not.toBe(before);
  await bed.transfer(ben, anna);
  expect((await bed.journal(anna).wanted({ limit: 9 })).map((row) => row.path).sort()).toEqual(['both', 'lost']);
  expect((await bed.journal(anna).pathState(path('old'))).history?.entry.snap).toEqual(file('old'));
  await bed.edit(anna, 'new', file('new'));
  await bed.evenOut();
  expect(await bed.heads(anna, ['old', 'lost', 'both', 'new'])).toBe(await bed.heads(ben, ['old', 'lost', 'both', 'new']));
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
});

test('JRN-5 what was announced beside the lost entries is withdrawn, and concurrent when it is announced again', async () => {
  const bed = await restored(async (bed) => {
    await bed.edit(anna, 'both', file('after the restore', { mtimeMs: 1000 }));
    await bed.edit(anna, 'both', file('after the restore, again', { mtimeMs: 1001 }));
    await bed.edit(anna, 'both', file('after the restore, third', { mtimeMs: 1002 }));
  });
  const own = bed.journal(anna).own;
  const [differing] = await bed.journal(ben).batchesAfter(own, { end: 1, endHash: '' }, 1_000_000);
  const merged = await bed.journal(anna).mergeBatch(present(differing, 'batch').bytes);
  expect(merged).toEqual({ ok: false, error: { kind: 'own-continuity-lost', sequence: 2, agreedThrough: 1 } });
  await bed.journal(anna).startGeneration();
  const { heads, history } = await bed.journal(anna).pathState(path('both'));
  expect(heads).toEqual([]);
  expect(history).toBeUndefined();
  await bed.shareRoster();
  await bed.edit(ben, 'both', file('before the loss', { mtimeMs: 5000 }));
  await bed.edit(anna, 'both', file('after the restore, third', { mtimeMs: 1002 }));
  await bed.evenOut();
  expect((await bed.journal(ben).pathState(path('both'))).heads).toHaveLength(2);
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
});

test('JRN-5 announcing after a loss draws the new generation by itself', async () => {
  const bed = await restored(async () => undefined);
  const before = bed.journal(anna).own;
  await show(bed);
  const entry = await bed.edit(anna, 'new', file('new'));
  expect(entry.ref.journal).not.toBe(before);
  await bed.evenOut();
  expect(await bed.heads(anna, ['old', 'lost', 'both', 'new'])).toBe(await bed.heads(ben, ['old', 'lost', 'both', 'new']));
});

test('JRN-5 a version that has seen more of our journal than we wrote draws a new generation', async () => {
  const bed = await JournalBed.create(['anna', 'ben'], 'ahead');
  const before = bed.journal(anna).own;
  const snap = file('a');
  const [entry] = await bed
    .journal(anna)
    .announce([
      { draft: { path: path('a'), snap, vector: withComponent(new Map(), before, 50), bump: true }, onDisk: { stat: statOf(snap) } },
    ]);
  expect(entry?.ref.journal).toBe(bed.journal(anna).own);
  expect(bed.journal(anna).own).not.toBe(before);
  expect(entry?.vector.get(before)).toBe(50);
});

test('JRN-5 our own batches coming back unchanged are no loss', async () => {
  const bed = await JournalBed.create(['anna', 'ben'], 'echo');
  await bed.edit(anna, 'a', file('a'));
  await bed.transfer(anna, ben);
  await bed.edit(anna, 'b', file('b'));
  const own = bed.journal(anna).own;
  const [item] = await bed.journal(ben).batchesAfter(own, undefined, 1000);
  expect(await bed.journal(anna).mergeBatch(present(item, 'batch').bytes)).toMatchObject({ ok: true, value: { end: 2 } });
  expect(bed.journal(anna).own).toBe(own);
  expect(await bed.journal(anna).endHashAt(own, 1)).toBe(bed.journal(ben).have().get(own)?.endHash);
  expect(await bed.journal(anna).endHashAt(own, 7)).toBeUndefined();
});

test('JRN-5 a crash while a generation is replaced loses no part of it', async () => {
  for (let crashAt = 1; crashAt <= 5; crashAt++) {
    const bed = await restored(async (bed) => {
      await bed.edit(anna, 'both', file('after the restore'));
    });
    const own = bed.journal(anna).own;
    const [differing] = await bed.journal(ben).batchesAfter(own, { end: 1, endHash: '' }, 1_000_000);
    await bed.journal(anna).mergeBatch(present(differing, 'batch').bytes);
    const { store } = bed.device(anna);
    let left = crashAt;
    store.beforeCommit = () => {
      left -= 1;
      if (left <= 0) throw new Error('crash');
    };
    await bed
      .journal(anna)
      .startGeneration()
      .catch(() => undefined);
    store.beforeCommit = undefined;
    await bed.reopen(anna);
    await bed.edit(anna, 'new', file('new'));
    expect(bed.journal(anna).own).not.toBe(own);
    await bed.evenOut();
    expect(await bed.heads(anna, ['old', 'lost', 'both', 'new'])).toBe(await bed.heads(ben, ['old', 'lost', 'both', 'new']));
    for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
  }
});

test('JRN-5 what was announced in two ways after a loss is withdrawn everywhere, and everybody gets even', async () => {
  const bed = await restored(async (bed) => {
    await bed.edit(anna, 'both', file('after the restore', { mtimeMs: 9000 }));
    await bed.transfer(anna, cleo);
    await bed.applyAll(cleo);
  });
  await bed.applyAll(ben);
  const own = bed.journal(anna).own;
  // Both ways are told under one name: neither can be sent to who has the other.
  expect(bed.journal(ben).have().get(own)?.endHash).not.toBe(bed.journal(cleo).have().get(own)?.endHash);
  const [differing] = await bed.journal(ben).batchesAfter(own, { end: 1, endHash: '' }, 1_000_000);
  expect(await bed.journal(anna).mergeBatch(present(differing, 'batch').bytes)).toMatchObject({ ok: false });
  await bed.journal(anna).startGeneration();
  await bed.shareRoster();
  for (const device of [ben, cleo]) expect(bed.journal(device).have().get(own)?.end).toBe(1);
  // What they have on their disks of it is theirs to announce now.
  expect([...(await bed.journal(ben).disownedPaths())].sort()).toEqual(['both', 'lost']);
  expect(await bed.journal(cleo).disownedPaths()).toEqual(['both']);
  await bed.edit(ben, 'both', file('before the loss', { mtimeMs: 5000 }));
  await bed.edit(ben, 'lost', file('lost'));
  await bed.edit(cleo, 'both', file('after the restore', { mtimeMs: 9000 }));
  await bed.evenOut();
  const heads = await bed.heads(anna, ['old', 'lost', 'both']);
  for (const device of [ben, cleo]) expect(await bed.heads(device, ['old', 'lost', 'both'])).toBe(heads);
  expect((await bed.journal(anna).pathState(path('both'))).heads).toHaveLength(2);
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
});

test('JRN-5 a removal that was withdrawn so stays one: who has seen it announces it as its own', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'withdrawn removal');
  await bed.edit(cleo, 'old', file('old'));
  await bed.evenOut();
  for (const index of [anna, ben]) await bed.applyAll(index);
  const backup = bed.device(anna).store.copy();
  await bed.edit(anna, 'old', removed());
  await bed.transfer(anna, ben);
  await bed.applyAll(ben);
  await bed.reopen(anna, backup);
  await bed.edit(anna, 'new', file('new'));
  const own = bed.journal(anna).own;
  const [differing] = await bed.journal(ben).batchesAfter(own, undefined, 1_000_000);
  expect(await bed.journal(anna).mergeBatch(present(differing, 'batch').bytes)).toMatchObject({ ok: false });
  await bed.journal(anna).startGeneration();
  await bed.shareRoster();
  expect(bed.journal(ben).have().get(own)).toBeUndefined();
  expect(bed.journal(ben).wantedTotals().files).toBe(0);
  await bed.evenOut();
  for (const device of [anna, ben, cleo])
    expect((await bed.journal(device).pathState(path('old'))).heads).toMatchObject([{ snap: removed() }]);
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
});
