import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KIB, MIB, concatBytes, ok } from '../../base/index.ts';
import { cutOffsets } from '../../chunking/index.ts';
import type { BlockName, BlockRef, CutClass } from '../../model/index.ts';
import { patternBytes, valueOf } from '../../testing/contracts/index.ts';
import { type CutPart, type Part, cutInParts, joinParts, planParts } from './part-cuts.ts';

/** Names blocks by where they lie, so that any other cut differs. */
function blocksAt(offsets: readonly number[], from: number): BlockRef[] {
  let start = from;
  return offsets.map((offset) => {
    const block = { name: `${start}-${from + offset}` as BlockName, size: from + offset - start };
    start = from + offset;
    return block;
  });
}

const wholeCut = (content: Uint8Array): BlockRef[] => blocksAt(cutOffsets(content, 'normal'), 0);

function cutterOf(content: Uint8Array): { readonly cut: CutPart<never>; readonly bytes: () => number } {
  let bytes = 0;
  return {
    bytes: () => bytes,
    cut: async ({ from, to }) => {
      // Whatever is cut does not depend on what lies behind it by more than a largest block.
      const offsets = cutOffsets(content.subarray(from, Math.min(content.length, to + 2 * MIB)), 'normal');
      const last = offsets.findIndex((offset) => from + offset >= to);
      const blocks = blocksAt(last < 0 ? offsets : offsets.slice(0, last + 1), from);
      bytes += blocks.reduce((sum, { size }) => sum + size, 0);
      return ok(blocks);
    },
  };
}

/** Parts of which each begins where `starts` says. */
function partsAt(starts: readonly number[], overlap: number): Part[] {
  const froms = [...new Set([0, ...starts])].sort((a, b) => a - b);
  return froms.map((from, index) => {
    const next = froms[index + 1] ?? Infinity;
    return { from, next, to: next + overlap };
  });
}

const stretch = fc.oneof(
  fc.record({ seed: fc.nat(1000), size: fc.integer({ min: 1, max: 2 * MIB }) }).map(({ seed, size }) => patternBytes(size, seed)),
  fc.integer({ min: 1, max: 3 * MIB }).map((size) => new Uint8Array(size)),
  fc.record({ seed: fc.nat(1000), period: fc.integer({ min: 1, max: 300 * KIB }) }).map(({ seed, period }) => {
    const once = patternBytes(period, seed);
    return concatBytes(Array.from({ length: Math.ceil((2 * MIB) / period) }, () => once));
  }),
);

test('BLK-1 parts that begin anywhere are joined to the one cut, whatever the content is', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stretch, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 9 * MIB }), { maxLength: 4 }),
      fc.constantFrom(0, 256 * KIB, 2 * MIB),
      async (stretches, starts, overlap) => {
        const content = concatBytes(stretches);
        const parts = partsAt(starts, overlap);
        const { cut } = cutterOf(content);
        const cuts = await Promise.all(parts.map(async (part) => valueOf(await cut(part))));
        expect(valueOf(await joinParts(parts, cuts, 'normal', cut))).toEqual(wholeCut(content));
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  ['of any content', (size: number) => patternBytes(size, 3)],
  ['of zeros', (size: number) => new Uint8Array(size)],
] as const)('BLK-1 a large file %s is cut in parts, and little of it twice', async (_name, contentOf) => {
  const content = contentOf(70 * MIB);
  const { cut, bytes } = cutterOf(content);
  expect(valueOf(await cutInParts(content.length, 'normal', 2, cut))).toEqual(wholeCut(content));
  expect(bytes() - content.length).toBeLessThan(4 * MIB);
});

test('BLK-1 what became shorter while it was cut ends where it ends now', async () => {
  const content = patternBytes(20 * MIB, 4);
  const { cut } = cutterOf(content);
  expect(valueOf(await cutInParts(200 * MIB, 'normal', 2, cut))).toEqual(wholeCut(content));
});

test('a part that fails fails the cut, and no further one is begun', async () => {
  const asked: number[] = [];
  const failed = await cutInParts(10_000 * MIB, 'normal', 2, async ({ from }) => {
    asked.push(from);
    return { ok: false, error: 'broken' };
  });
  expect(failed).toEqual({ ok: false, error: 'broken' });
  expect(asked).toHaveLength(2);
});

test('small files and single workers cut in one go; parts are bounded, and lie on multiples of the largest block', () => {
  const whole: Part = { from: 0, next: Infinity, to: Infinity };
  for (const size of [0, 1, 63 * MIB]) expect(planParts(size, 'normal', 2)).toEqual([whole]);
  expect(planParts(10_000 * MIB, 'normal', 1)).toEqual([whole]);
  for (const cutClass of ['normal', 'large'] satisfies CutClass[]) {
    const parts = planParts(5000 * MIB + 1, cutClass, 2);
    expect(parts.length).toBe(20);
    for (const [index, part] of parts.entries()) {
      expect(part.from).toBe(index * 256 * MIB);
      expect(part.next).toBe(parts[index + 1]?.from ?? Infinity);
    }
  }
  expect(planParts(64 * MIB, 'normal', 2).map(({ from }) => from)).toEqual([0, 32 * MIB]);
});
