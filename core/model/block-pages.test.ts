import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, hexFromBytes } from '../base/index.ts';
import type { BlockRef } from './block.ts';
import { packBlocks, pagesOfBlocks, unpackBlocks } from './block-pages.ts';
import type { BlockName } from './ids.ts';
import { limits } from './limits.ts';

const block: fc.Arbitrary<BlockRef> = fc.record({
  name: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexFromBytes(bytes) as BlockName),
  size: fc.integer({ min: 1, max: limits.blockBytesMax }),
});

/** Names with an even spread, without the cost of hashing. */
function manyBlocks(count: number): BlockRef[] {
  return Array.from({ length: count }, (_, i) => ({
    name: (Math.imul(i + 1, 2654435761) >>> 0).toString(16).padStart(64, '0') as BlockName,
    size: 1 + (i % 9),
  }));
}

test('BLK-4 references packed and unpacked are the same', () => {
  fc.assert(
    fc.property(fc.array(block), (blocks) => {
      expect(unpackBlocks(packBlocks(blocks))).toEqual(blocks);
    }),
  );
});

test('BLK-4 bytes that are no list are refused', () => {
  const packed = packBlocks(manyBlocks(3));
  expect(unpackBlocks(packed.subarray(0, 100))).toBeUndefined();
  expect(unpackBlocks(concatBytes([packed, Uint8Array.of(1)]))).toBeUndefined();
  for (const size of [0, limits.blockBytesMax + 1])
    expect(unpackBlocks(packBlocks([{ name: 'ab'.repeat(32) as BlockName, size }]))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void unpackBlocks(bytes)));
});

test('BLK-4 pages keep every block in order and none is too long', () => {
  for (const count of [0, 1, 1025, 9000]) {
    const blocks = manyBlocks(count);
    const pages = pagesOfBlocks(blocks);
    expect(pages.flat()).toEqual(blocks);
    for (const page of pages) expect(page.length).toBeGreaterThan(0);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limits.blocksPerPageMax);
  }
  const same = Array.from({ length: 3000 }, () => ({ name: 'ff'.repeat(32) as BlockName, size: 1 }));
  expect(pagesOfBlocks(same).map((page) => page.length)).toEqual([1024, 1024, 952]);
});

test('BLK-4 one changed, added or dropped block changes few pages', () => {
  const blocks = manyBlocks(9000);
  const known = new Set(pagesOfBlocks(blocks).map((page) => hexFromBytes(packBlocks(page))));
  const changed = { name: 'ab'.repeat(32) as BlockName, size: 5 };
  for (const edited of [blocks.toSpliced(4000, 1, changed), blocks.toSpliced(4000, 0, changed), blocks.toSpliced(4000, 1)]) {
    const fresh = pagesOfBlocks(edited).filter((page) => !known.has(hexFromBytes(packBlocks(page))));
    expect(fresh.length).toBeLessThanOrEqual(3);
  }
});
