import { expect, test } from 'vitest';
import { DAY_MS, present } from '../base/index.ts';
import { emptyVector, limits, packBlocks, pagesOfBlocks } from '../model/index.ts';
import type { BlockName, BlockRef, FileSnap } from '../model/index.ts';
import { auditFolder } from '../testing/journal/audit.ts';
import { blockName, file, JournalBed, path, statOf } from '../testing/journal/journal-bed.ts';

interface Paged {
  readonly snap: FileSnap;
  readonly blocks: readonly BlockRef[];
  readonly root: { readonly name: BlockName; readonly bytes: Uint8Array };
  readonly leaves: readonly { readonly name: BlockName; readonly bytes: Uint8Array; readonly blocks: readonly BlockRef[] }[];
}

function paged(bed: JournalBed, blocks: readonly BlockRef[]): Paged {
  const leaves = pagesOfBlocks(blocks).map((page) => {
    const bytes = packBlocks(page);
    return { name: bed.crypto.sha256Hex(bytes), bytes, blocks: page };
  });
  const rootBytes = packBlocks(leaves.map(({ name, bytes }) => ({ name, size: bytes.length })));
  const root = { name: bed.crypto.sha256Hex(rootBytes), bytes: rootBytes };
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  const list = { kind: 'paged', root: root.name, rootSize: rootBytes.length, count: blocks.length } as const;
  return { snap: { kind: 'file', size, mtimeMs: 1, executable: false, cutClass: 'normal', blocks: list }, blocks, root, leaves };
}

const manyBlocks = (count: number, salt = ''): BlockRef[] =>
  Array.from({ length: count }, (_, i) => ({ name: blockName(`${salt}${i}`), size: 100 + (i % 7) }));
const isLongList = limits.inlineBlocksMax + 2000;

async function announce(bed: JournalBed, index: number, where: string, snap: FileSnap): Promise<void> {
  const { history } = await bed.journal(index).pathState(path(where));
  await bed
    .journal(index)
    .announce([
      { draft: { path: path(where), snap, vector: history?.entry.vector ?? emptyVector, bump: true }, onDisk: { stat: statOf(snap) } },
    ]);
}

test('BLK-2 blocks of history are found with their places, until history changes', async () => {
  const bed = await JournalBed.create(['anna']);
  const journal = bed.journal(0);
  const snap: FileSnap = {
    ...file('x'),
    size: 30,
    blocks: { kind: 'inline', blocks: [blockName('a'), blockName('b'), blockName('a')].map((name) => ({ name, size: 10 })) },
  };
  await announce(bed, 0, 'dir/one', snap);
  await announce(bed, 0, 'two', snap);
  expect((await journal.blockPlaces([blockName('b')]))[0]).toEqual([
    { path: 'two', offset: 10, size: 10 },
    { path: 'dir/one', offset: 10, size: 10 },
  ]);
  expect((await journal.blockPlaces([blockName('a')]))[0]).toHaveLength(2);
  await announce(bed, 0, 'two', file('other'));
  expect((await journal.blockPlaces([blockName('b')]))[0]).toEqual([{ path: 'dir/one', offset: 10, size: 10 }]);
  await journal.recordHistory([{ kind: 'forget', path: path('dir/one') }]);
  expect((await journal.blockPlaces([blockName('b')]))[0]).toEqual([]);
  expect(await auditFolder(bed.device(0).store, bed.folder)).toEqual([]);
});

test('BLK-4 a long list is known page by page', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  const big = paged(bed, manyBlocks(isLongList));
  const journal = bed.journal(1);
  expect(await journal.blocksOf(big.snap)).toEqual({
    kind: 'missing-pages',
    pages: [{ name: big.root.name, size: big.root.bytes.length }],
  });
  await journal.putPages([big.root]);
  const missing = await journal.blocksOf(big.snap);
  expect(missing).toEqual({ kind: 'missing-pages', pages: big.leaves.map(({ name, bytes }) => ({ name, size: bytes.length })) });
  await journal.putPages(big.leaves.slice(1));
  expect(await journal.blocksOf(big.snap)).toMatchObject({ kind: 'missing-pages', pages: [{ name: big.leaves[0]?.name }] });
  await journal.putPages(big.leaves);
  expect(await journal.blocksOf(big.snap)).toEqual({ kind: 'blocks', blocks: big.blocks });
  expect(await journal.page(big.root.name)).toEqual(big.root.bytes);
  expect(await journal.blocksOf({ ...big.snap, size: big.snap.size + 1 })).toMatchObject({ kind: 'malformed' });
  const nonsense = { name: blockName('nonsense'), bytes: new Uint8Array(35) };
  await journal.putPages([nonsense]);
  const lying: FileSnap = { ...big.snap, blocks: { kind: 'paged', root: nonsense.name, rootSize: 35, count: isLongList } };
  expect(await journal.blocksOf(lying)).toMatchObject({ kind: 'malformed' });
});

test('BLK-5 named are the blocks and pages of known entries, and nothing else', async () => {
  const bed = await JournalBed.create(['anna', 'ben']);
  const big = paged(bed, manyBlocks(isLongList));
  await bed.journal(0).putPages([big.root, ...big.leaves]);
  await announce(bed, 0, 'big', big.snap);
  const small: FileSnap = {
    ...file('s'),
    size: 2,
    blocks: { kind: 'inline', blocks: [blockName('s1'), blockName('s2')].map((name) => ({ name, size: 1 })) },
  };
  await announce(bed, 0, 'small', small);
  const last = present(big.blocks.at(-1), 'block').name;
  const leaf = present(big.leaves.at(-1), 'leaf').name;
  for (const name of [big.root.name, leaf, last, blockName('s1')]) expect(await bed.journal(0).isNamed(name)).toBe(true);
  expect(await bed.journal(0).isNamed(blockName('secret'))).toBe(false);
  await bed.transfer(0, 1);
  const journal = bed.journal(1);
  expect(await journal.isNamed(blockName('s2'))).toBe(true);
  expect(await journal.isNamed(big.root.name)).toBe(true);
  expect(await journal.isNamed(last)).toBe(false);
  await journal.putPages([big.root]);
  expect(await journal.isNamed(leaf)).toBe(true);
  await journal.putPages(big.leaves);
  expect(await journal.isNamed(last)).toBe(true);
  await announce(bed, 0, 'big', file('short now'));
  await bed.transfer(0, 1);
  for (const name of [big.root.name, leaf, last]) expect(await journal.isNamed(name)).toBe(false);
  for (const device of bed.devices) expect(await auditFolder(device.store, bed.folder)).toEqual([]);
});

test('BLK-2 a large file is indexed by its pages: a small change costs few rows', async () => {
  const bed = await JournalBed.create(['anna']);
  const journal = bed.journal(0);
  const blocks = manyBlocks(20_000);
  const before = paged(bed, blocks);
  await journal.putPages([before.root, ...before.leaves]);
  await announce(bed, 0, 'big', before.snap);
  const offsetOf = (list: readonly BlockRef[], index: number): number => list.slice(0, index).reduce((sum, block) => sum + block.size, 0);
  expect((await journal.blockPlaces([present(blocks[15_000], 'block').name]))[0]).toEqual([
    { path: 'big', offset: offsetOf(blocks, 15_000), size: blocks[15_000]?.size },
  ]);
  const edited = blocks.toSpliced(7000, 1, { name: blockName('changed'), size: 77 });
  const after = paged(bed, edited);
  expect(after.leaves.filter(({ name }) => !before.leaves.some((leaf) => leaf.name === name)).length).toBeLessThanOrEqual(2);
  await journal.putPages([after.root, ...after.leaves]);
  await announce(bed, 0, 'big', after.snap);
  expect((await journal.blockPlaces([blockName('changed')]))[0]).toEqual([{ path: 'big', offset: offsetOf(edited, 7000), size: 77 }]);
  expect((await journal.blockPlaces([present(blocks[7000], 'block').name]))[0]).toEqual([]);
  expect((await journal.blockPlaces([present(blocks[15_000], 'block').name]))[0]).toEqual([
    { path: 'big', offset: offsetOf(edited, 15_000), size: blocks[15_000]?.size },
  ]);
  expect(await auditFolder(bed.device(0).store, bed.folder)).toEqual([]);
});

test('BLK-4 pages that nothing names go after a day, in bounded steps', async () => {
  const bed = await JournalBed.create(['anna']);
  const journal = bed.journal(0);
  const kept = paged(bed, manyBlocks(isLongList, 'kept'));
  const dropped = paged(bed, manyBlocks(isLongList, 'dropped'));
  for (const big of [kept, dropped]) await journal.putPages([big.root, ...big.leaves]);
  await announce(bed, 0, 'kept', kept.snap);
  const collectAll = async (): Promise<number> => {
    let sum = 0;
    for (let round = 0; round < 20; round++) sum += await journal.collectPages(3);
    return sum;
  };
  expect(await collectAll()).toBe(0);
  bed.nowMs += 2 * DAY_MS;
  expect(await collectAll()).toBe(dropped.leaves.length + 1);
  expect(await journal.page(dropped.root.name)).toBeUndefined();
  expect(await journal.blocksOf(kept.snap)).toEqual({ kind: 'blocks', blocks: kept.blocks });
  expect(await bed.device(0).store.count(`folder/${bed.folder}/within`)).toBe(kept.blocks.length + kept.leaves.length);
});
