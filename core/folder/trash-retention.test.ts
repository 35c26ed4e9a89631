import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../base/index.ts';
import type { RelPath } from '../model/index.ts';
import { expiredItems } from './trash-retention.ts';

interface Item {
  readonly id: string;
  readonly path: RelPath;
  readonly reason: 'removed' | 'replaced';
  readonly bytes: number;
  readonly agentMs: number;
}

const item = (id: string, reason: Item['reason'], agentMs: number, bytes = 1, path = 'f'): Item => ({
  id,
  path: path as RelPath,
  reason,
  bytes,
  agentMs,
});
const expired = (items: readonly Item[], nowMs: number, bytesMax = Infinity): readonly string[] =>
  expiredItems(items, nowMs, { keepMs: 30 * DAY_MS, bytesMax }).map(({ id }) => id);

describe('what leaves the trash', () => {
  test('FLD-2 removals after 30 days', () => {
    const items = [item('old', 'removed', 0), item('young', 'removed', 2 * DAY_MS)];
    expect(expired(items, 31 * DAY_MS)).toEqual(['old']);
  });

  test('FLD-2 of replaced versions the newest per path and hour stays for a day, then per day', () => {
    const items = [0, 0.2, 0.9, 1.5, 1.6].map((hours, index) => item(`v${index}`, 'replaced', hours * HOUR_MS));
    expect(expired(items, 2 * HOUR_MS)).toEqual(['v0', 'v1', 'v3']);
    expect(expired(items, 30 * HOUR_MS)).toEqual(['v0', 'v1', 'v2', 'v3']);
    expect(expired(items, 31 * DAY_MS)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
    expect(expired([item('a', 'replaced', 0, 1, 'a'), item('b', 'replaced', 1, 1, 'b')], HOUR_MS)).toEqual([]);
  });

  test('FLD-2 beyond the bound the oldest replaced versions go first, then removals older than a day, never younger ones', () => {
    const items = [
      item('removed long ago', 'removed', 0, 10),
      item('replaced', 'replaced', DAY_MS, 10),
      item('removed now', 'removed', 2 * DAY_MS, 10),
    ];
    const nowMs = 2 * DAY_MS + HOUR_MS;
    expect(expired(items, nowMs, 25)).toEqual(['replaced']);
    expect(expired(items, nowMs, 15)).toEqual(['removed long ago', 'replaced']);
    expect(expired(items, nowMs, 0)).toEqual(['removed long ago', 'replaced']);
  });

  test('FLD-2 the newest version of each path within a month stays unless space is short; going over it twice changes nothing', () => {
    const arbitrary = fc.record({
      path: fc.constantFrom('a', 'b'),
      reason: fc.constantFrom('removed' as const, 'replaced' as const),
      agentMs: fc.nat(40 * DAY_MS),
      bytes: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(arbitrary), (drawn) => {
        const items = drawn
          .sort((a, b) => a.agentMs - b.agentMs)
          .map((each, index) => item(String(index), each.reason, each.agentMs, each.bytes, each.path));
        const nowMs = 40 * DAY_MS;
        const gone = new Set(expired(items, nowMs));
        for (const path of ['a', 'b']) {
          const newest = items.findLast((each) => each.path === path && each.reason === 'replaced' && nowMs - each.agentMs <= 30 * DAY_MS);
          if (newest) expect(gone.has(newest.id)).toBe(false);
        }
        const left = items.filter(({ id }) => !gone.has(id));
        expect(expired(left, nowMs)).toEqual([]);
      }),
    );
  });
});
