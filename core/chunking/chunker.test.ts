import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GIB, MIB } from '../base/index.ts';
import type { CutClass } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { Chunker, chooseCutClass, cutOffsets, cutSizes } from './index.ts';
import { gearTable } from './gear.ts';

/** `length` bytes that look random and follow from `seed` alone (xorshift32). */
function noise(seed: number, length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (Math.imul(seed, 0x9e3779b9) ^ 0x2545f491) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

function sizesOf(cuts: readonly number[]): number[] {
  return cuts.map((cut, index) => cut - (cuts[index - 1] ?? 0));
}

function cutsOfPushes(bytes: Uint8Array, pushSizes: readonly number[], cutClass: CutClass): number[] {
  const chunker = new Chunker(cutClass);
  const cuts: number[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = pushSizes[turn % pushSizes.length] ?? 1;
    cuts.push(...chunker.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...cuts, ...chunker.finish()];
}

const arbitraryContent = fc.oneof(
  fc.record({ seed: fc.nat(), length: fc.integer({ min: 0, max: 3 * MIB }) }).map(({ seed, length }) => noise(seed, length)),
  // Content that repeats has no cut of its own anywhere, or one in every period.
  fc
    .record({ seed: fc.nat(), period: fc.integer({ min: 1, max: 4096 }), length: fc.integer({ min: 0, max: 3 * MIB }) })
    .map(({ seed, period, length }) => {
      const piece = noise(seed, period);
      return Uint8Array.from({ length }, (_, index) => piece[index % period] ?? 0);
    }),
);
const arbitraryClass = fc.constantFrom<CutClass>('normal', 'large');

describe('cutting', () => {
  test('BLK-1: the gear table and the cuts are the same for ever', () => {
    expect(createHash('sha256').update(gearTable).digest('hex')).toMatchInlineSnapshot(
      `"a22a86d95bc18405f68ed5a0254053fb83df32ac0cf750910e741540c9f0ee96"`,
    );
    expect([...gearTable.subarray(0, 4)]).toMatchInlineSnapshot(`
      [
        2462723854,
        1020716019,
        454327756,
        1275600319,
      ]
    `);
    const bytes = noise(1, 6 * MIB);
    expect(createHash('sha256').update(bytes).digest('hex')).toMatchInlineSnapshot(
      `"90a2a44c89d396d96427a7ec4e36305d8e4290fdb2c3d68d507f4d7ee2139e23"`,
    );
    expect(cutOffsets(bytes, 'normal')).toMatchInlineSnapshot(`
      [
        291540,
        627175,
        1099977,
        1352978,
        1615563,
        1912022,
        2209660,
        2355632,
        2659170,
        2813490,
        3107681,
        3249066,
        3565030,
        3681362,
        3972105,
        4169315,
        4468474,
        4839827,
        5277963,
        5770034,
        6054030,
        6291456,
      ]
    `);
    expect(cutOffsets(bytes, 'large')).toMatchInlineSnapshot(`
      [
        1128747,
        2355632,
        2813490,
        3972105,
        6291456,
      ]
    `);
  });

  test('BLK-1: content without a cut of its own is cut at the maximum', () => {
    expect(cutOffsets(new Uint8Array(2 * MIB + 5), 'normal')).toEqual([MIB, 2 * MIB, 2 * MIB + 5]);
    expect(cutOffsets(new Uint8Array(5 * MIB), 'large')).toEqual([4 * MIB, 5 * MIB]);
  });

  test('BLK-1: empty content has no block, and one byte has one', () => {
    expect(cutOffsets(new Uint8Array(0), 'normal')).toEqual([]);
    expect(cutOffsets(Uint8Array.of(7), 'normal')).toEqual([1]);
  });

  test('BLK-1: blocks of noise have the average size that the class names', () => {
    const bytes = noise(9, 64 * MIB);
    for (const cutClass of ['normal', 'large'] as const) {
      const average = bytes.length / cutOffsets(bytes, cutClass).length;
      expect(average / cutSizes[cutClass].average).toBeGreaterThan(0.8);
      expect(average / cutSizes[cutClass].average).toBeLessThan(1.4);
    }
  });

  test('BLK-1: cuts rise to the length, and every block but the last is within the bounds', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryClass, (bytes, cutClass) => {
        const cuts = cutOffsets(bytes, cutClass);
        const sizes = sizesOf(cuts);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes.length);
        for (const [index, size] of sizes.entries()) {
          expect(size).toBeLessThanOrEqual(cutSizes[cutClass].max);
          expect(size).toBeGreaterThan(index === sizes.length - 1 ? 0 : cutSizes[cutClass].min - 1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('BLK-1: the way content is split into pushes does not move a cut', () => {
    const pushSizes = fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(arbitraryContent, arbitraryClass, pushSizes, (bytes, cutClass, sizes) => {
        // One byte at a time for ever would cost seconds: at least one larger push among them.
        expect(cutsOfPushes(bytes, [...sizes, 10_000], cutClass)).toEqual(cutOffsets(bytes, cutClass));
      }),
      { numRuns: 40 },
    );
    const bytes = noise(3, MIB);
    expect(cutsOfPushes(bytes, [1], 'normal')).toEqual(cutOffsets(bytes, 'normal'));
  });

  test('BLK-1: an insertion moves only the cuts near it', () => {
    const length = 12 * MIB;
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: length }), fc.integer({ min: 1, max: 10_000 }), (seed, at, insertedBytes) => {
        const before = noise(seed, length);
        const after = new Uint8Array(length + insertedBytes);
        after.set(before.subarray(0, at));
        after.set(noise(seed + 1, insertedBytes), at);
        after.set(before.subarray(at), at + insertedBytes);
        const known = new Set(cutOffsets(before, 'normal').map((cut) => (cut <= at ? cut : cut + insertedBytes)));
        const moved = cutOffsets(after, 'normal').filter((cut) => !known.has(cut));
        // Cuts find back to content's own ones within a few blocks; 4 MiB is 16 average blocks.
        for (const cut of moved) {
          expect(cut).toBeGreaterThan(at - 1);
          expect(cut).toBeLessThan(at + insertedBytes + 4 * MIB);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('choice of the class', () => {
  test.each([
    [0, undefined, 'normal'],
    [4 * GIB - 1, undefined, 'normal'],
    [4 * GIB, undefined, 'large'],
    [16 * GIB - 1, 'normal', 'normal'],
    [16 * GIB, 'normal', 'large'],
    [GIB, 'large', 'large'],
    [GIB - 1, 'large', 'normal'],
  ] as const)('BLK-1: %d bytes after %s are cut %s', (size, previousClass, expected) => {
    const previous = previousClass && ({ cutClass: previousClass, size: 4 * GIB } as const);
    expect(chooseCutClass(size, previous)).toBe(expected);
  });

  test('BLK-1: a file of at most the smallest cut is one block, whatever its class', () => {
    for (const cutClass of ['normal', 'large'] as const) {
      expect(cutsOfPushes(noise(1, limits.blockBytesMin), [limits.blockBytesMin], cutClass)).toEqual([limits.blockBytesMin]);
      expect(cutsOfPushes(new Uint8Array(1), [1], cutClass)).toEqual([1]);
      expect(cutsOfPushes(new Uint8Array(0), [1], cutClass)).toEqual([]);
    }
  });
});
