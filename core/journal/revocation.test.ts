import { expect, test } from 'vitest';
import { present } from '../base/index.ts';
import { emptyVector } from '../model/index.ts';
import { auditFolder } from '../testing/journal/audit.ts';
import { file, JournalBed, path, removed, statOf } from '../testing/journal/journal-bed.ts';
import { revocationClaim } from './roster-statements.ts';

async function expectSound(bed: JournalBed): Promise<void> {
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder), device.name).toEqual([]);
}

const anna = 0;
const ben = 1;
const cleo = 2;

/** Ben edits; Cleo gets and applies it all, Anna knows the first part; then Anna revokes Ben with what she has. */
async function revokedTooEarly(): Promise<JournalBed> {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'revocation');
  await bed.edit(ben, 'shared', file('first'));
  await bed.evenOut();
  await bed.applyAll(cleo);
  await bed.edit(ben, 'shared', file('second'));
  await bed.edit(ben, 'late', file('late'));
  await bed.edit(ben, 'unseen', file('unseen'));
  await bed.transfer(ben, cleo);
  await bed.applyAll(cleo);
  return bed;
}

test('ROS-2 entries after the accepted end are refused, directly and relayed', async () => {
  const bed = await revokedTooEarly();
  await bed.say(anna, [revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have())], [anna]);
  const own = bed.journal(ben).own;
  for (const from of [ben, cleo]) {
    const [item] = await bed.journal(from).batchesAfter(own, bed.journal(anna).have().get(own), 1_000_000);
    expect(await bed.journal(anna).mergeBatch(present(item, 'batch').bytes)).toEqual({ ok: false, error: { kind: 'past-accepted-end' } });
  }
});

test('ROS-2 who had applied later entries announces the bytes on its disk as its own', async () => {
  const bed = await revokedTooEarly();
  await bed.say(anna, [revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have())], [anna, cleo]);
  const own = bed.journal(ben).own;
  const journal = bed.journal(cleo);
  expect(journal.have().get(own)?.end).toBe(1);
  expect([...(await journal.disownedPaths())].sort()).toEqual(['late', 'shared', 'unseen']);
  // What everyone accepts is known again, although something newer had replaced it.
  expect(await bed.heads(cleo, ['shared', 'late', 'unseen'])).toBe(await bed.heads(anna, ['shared', 'late', 'unseen']));
  await expectSound(bed);
  await bed.reopen(cleo);
  const again = bed.journal(cleo);
  const states = await again.pathStates(await again.disownedPaths());
  await again.announce(
    states.map(({ path: at, history }) => {
      const { entry, stat } = present(history, 'history');
      return { draft: { path: at, snap: entry.snap, vector: entry.vector, bump: true }, onDisk: { stat } };
    }),
  );
  expect(await again.disownedPaths()).toEqual([]);
  await bed.transfer(cleo, anna);
  expect(await bed.heads(cleo, ['shared', 'late', 'unseen'])).toBe(await bed.heads(anna, ['shared', 'late', 'unseen']));
  expect((await bed.journal(anna).pathState(path('shared'))).heads[0]?.snap).toEqual(file('second'));
  await expectSound(bed);
});

test('ROS-2 a crash within a cut is finished at the next start', async () => {
  for (let crashAt = 1; crashAt <= 4; crashAt++) {
    const bed = await revokedTooEarly();
    const { store } = bed.device(cleo);
    let left = crashAt;
    store.beforeCommit = () => {
      left -= 1;
      if (left <= 0) throw new Error('crash');
    };
    const claim = revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have());
    await bed.say(anna, [claim], [anna, cleo]).catch(() => undefined);
    store.beforeCommit = undefined;
    await bed.reopen(cleo);
    for (const { bytes } of bed.journal(anna).rosterStatements()) await bed.journal(cleo).mergeStatements([bytes]);
    expect([...(await bed.journal(cleo).disownedPaths())].sort()).toEqual(['late', 'shared', 'unseen']);
    expect(await bed.heads(cleo, ['shared', 'late', 'unseen'])).toBe(await bed.heads(anna, ['shared', 'late', 'unseen']));
    await expectSound(bed);
  }
});

test('ROS-2 a device that is admitted again starts a new generation', async () => {
  const bed = await JournalBed.create(['anna', 'ben'], 'again');
  await bed.edit(ben, 'a', file('a'));
  await bed.evenOut();
  const before = bed.journal(ben).own;
  await bed.say(anna, [revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have())]);
  await expect(bed.edit(ben, 'b', file('b'))).rejects.toThrow('ROS-4');
  await bed.grant(anna, ben, 'writer');
  const entry = await bed.edit(ben, 'b', file('b'));
  expect(bed.journal(ben).own).not.toBe(before);
  expect(entry.ref).toEqual({ journal: bed.journal(ben).own, sequence: 1 });
  await bed.evenOut();
  expect(await bed.heads(anna, ['a', 'b'])).toBe(await bed.heads(ben, ['a', 'b']));
  await expectSound(bed);
});

test('ROS-2 a demoted writer keeps what was accepted; what was not is his own local change', async () => {
  const bed = await JournalBed.create(['anna', 'ben'], 'demotion');
  await bed.edit(ben, 'a', file('a'));
  await bed.evenOut();
  await bed.edit(ben, 'b', file('b'));
  const before = bed.journal(ben).own;
  await bed.grant(anna, ben, 'reader');
  expect(bed.journal(ben).roster().members.get(bed.device(ben).signer.device)?.role).toBe('reader');
  expect(await bed.heads(anna, ['a', 'b'])).toBe(await bed.heads(ben, ['a', 'b']));
  expect(await bed.journal(ben).disownedPaths()).toEqual(['b']);
  expect(bed.journal(ben).have().get(before)?.end).toBe(1);
  await expectSound(bed);
  // Made a writer again, he must not write numbers that were used: the cut drew a new name.
  expect(bed.journal(ben).own).not.toBe(before);
  await bed.grant(anna, ben, 'writer');
  await bed.edit(ben, 'c', file('c'));
  await bed.evenOut();
  expect(await bed.heads(anna, ['a', 'b', 'c'])).toBe(await bed.heads(ben, ['a', 'b', 'c']));
});

test('ROS-2 a floor that was signed after the accepted end does not count: the chain is fetched again', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'late floor', { batchEntriesMax: 3 });
  await bed.edit(ben, 'still', file('still'));
  await bed.edit(ben, 'busy', file('0'));
  await bed.evenOut();
  for (let i = 1; i < 20; i++) await bed.edit(ben, 'busy', file(`${i}`));
  await bed.transfer(ben, cleo);
  expect(bed.journal(cleo).have().get(bed.journal(ben).own)?.floor).toBeGreaterThan(2);
  await bed.say(anna, [revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have())], [anna, cleo]);
  await expectSound(bed);
  await bed.transfer(anna, cleo);
  expect(await bed.heads(cleo, ['still', 'busy'])).toBe(await bed.heads(anna, ['still', 'busy']));
  await expectSound(bed);
});

test('ROS-2 a removal that was cut off gives back what it removed', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'removal');
  await bed.edit(anna, 'kept', file('kept'));
  await bed.evenOut();
  for (const index of [ben, cleo]) await bed.applyAll(index);
  await bed.edit(ben, 'kept', removed());
  await bed.transfer(ben, cleo);
  await bed.applyAll(cleo);
  await bed.say(anna, [revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have())], [anna, cleo]);
  expect(await bed.journal(cleo).disownedPaths()).toEqual([]);
  expect((await bed.journal(cleo).wanted({ limit: 5 })).map((row) => row.path)).toEqual(['kept']);
  await expectSound(bed);
});

test('ROS-4 a reader announces nothing and his batches are refused', async () => {
  const bed = await JournalBed.create(['anna', 'ben'], 'reader');
  await bed.edit(ben, 'a', file('a'));
  const [item] = await bed.journal(ben).batchesAfter(bed.journal(ben).own, undefined, 1_000_000);
  await bed.grant(anna, ben, 'reader');
  expect(await bed.journal(anna).mergeBatch(present(item, 'batch').bytes)).toMatchObject({ ok: false, error: { kind: 'not-a-writer' } });
  await expect(
    bed
      .journal(ben)
      .announce([{ draft: { path: path('b'), snap: file('b'), vector: emptyVector, bump: true }, onDisk: { stat: statOf(file('b')) } }]),
  ).rejects.toThrow('ROS-4');
});

test('ROS-1 statements: bad ones are refused, unjustified ones ignored, and those that come too early asked for again', async () => {
  const bed = await JournalBed.create(['anna', 'ben', 'cleo'], 'statements');
  const all = bed
    .journal(anna)
    .rosterStatements()
    .map(({ bytes }) => bytes);
  const stranger = await JournalBed.create(['dora', 'emil'], 'other');
  const fresh = await bed.open((await JournalBed.create(['x'], 'y')).device(0).store, bed.device(cleo).signer, 'fresh');
  expect(await fresh.mergeStatements(all.slice(1))).toMatchObject({ ok: false, error: { kind: 'missing-predecessor' } });
  const changed = present(all[0], 'statement').slice();
  changed[70] = (changed[70] ?? 0) ^ 1;
  expect((await fresh.mergeStatements([changed])).ok).toBe(false);
  expect(
    await fresh.mergeStatements(
      stranger
        .journal(0)
        .rosterStatements()
        .map(({ bytes }) => bytes),
    ),
  ).toMatchObject({ ok: false, error: { kind: 'malformed' } });
  expect(await fresh.mergeStatements([...all].reverse())).toEqual({ ok: true, value: all.length });
  expect(await fresh.mergeStatements(all)).toEqual({ ok: true, value: 0 });
  expect(fresh.roster()).toEqual(bed.journal(anna).roster());
  // Ben is no owner: nobody takes his word for it.
  const before = bed.journal(anna).roster();
  await bed.grant(ben, cleo, 'owner');
  expect(bed.journal(anna).roster()).toEqual(before);
});

test('ROS-2 a cut that the disk refused is made before the next change', async () => {
  const bed = await revokedTooEarly();
  const { store } = bed.device(cleo);
  let commits = 0;
  store.beforeCommit = () => {
    commits += 1;
    if (commits > 1) throw new Error('refused');
  };
  const claim = revocationClaim(bed.device(ben).signer.device, bed.journal(anna).have());
  await expect(bed.say(anna, [claim], [cleo])).rejects.toThrow('refused');
  store.beforeCommit = undefined;
  expect(await bed.journal(cleo).disownedPaths()).toEqual([]);
  await bed.edit(cleo, 'next', file('next'));
  expect([...(await bed.journal(cleo).disownedPaths())].sort()).toEqual(['late', 'shared', 'unseen']);
  await expectSound(bed);
});
