import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import type { BlockCell } from './block-map.ts';
import { blockMap } from './block-map.ts';

const anna = 'anna' as DeviceId;
const bert = 'bert' as DeviceId;
const here: BlockCell = { device: 'local', state: 'arrived' };
const fromAnna: BlockCell = { device: anna, state: 'arrived' };
const late: BlockCell = { device: bert, state: 'overdue' };
const missing: BlockCell = { device: null, state: 'missing' };

describe('the map of a transfer’s blocks', () => {
  test('STA-2 says in the order of the file what comes from where', () => {
    expect(blockMap([here, fromAnna, fromAnna, late])).toEqual({
      count: 4,
      cells: [
        { ...here, share: 0.25 },
        { ...fromAnna, share: 0.5 },
        { ...late, share: 0.25 },
      ],
    });
    expect(blockMap([])).toEqual({ count: 0, cells: [] });
  });

  test('STA-2 a part of a large file shows what most of it is', () => {
    const blocks = Array.from({ length: 1000 }, (_, i) =>
      i < 500 ? (i % 5 === 0 ? missing : fromAnna) : i % 5 === 0 ? fromAnna : missing,
    );
    expect(blockMap(blocks, 10).cells).toEqual([
      { ...fromAnna, share: 0.5 },
      { ...missing, share: 0.5 },
    ]);
  });

  test('STA-2 is bounded, and its shares are the whole file', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(here, fromAnna, late, missing), { minLength: 1, maxLength: 600 }), (blocks) => {
        const { cells, count } = blockMap(blocks);
        expect(count).toBe(blocks.length);
        expect(cells.length).toBeLessThanOrEqual(128);
        expect(cells.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      }),
    );
  });
});
