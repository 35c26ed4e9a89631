import { describe, expect, test } from 'vitest';
import { KIB } from '../../core/base/index.ts';
import { ArrivalWatch, progressBytes } from './arrival-watch.ts';
import { parseBenchOptions } from './bench-options.ts';
import { Outcomes } from './outcomes.ts';
import type { WaitSample } from './results.ts';
import { isWithinScale, scales, sessions, waitRowIds, waitRowFacts } from './rows.ts';
import { quantile, summarizeWaits } from './stats.ts';
import { formatWaitRow } from './wait-table.ts';

const wait = (seconds: number, cutOff = false): WaitSample => ({ figure: 'live', seconds, cutOff });

describe('what is seen of a download', () => {
  test('the gap is the longest time without so many bytes more, chatter between programs left out', () => {
    const watch = new ArrivalWatch(1000, 5 * KIB);
    watch.look(1100, 5 * KIB + progressBytes, false);
    for (let ms = 1200; ms <= 1900; ms += 100) watch.look(ms, 6 * KIB + progressBytes, false);
    expect(watch.arrival).toMatchObject({ firstAtMs: 1100, longestGapMs: 100, lastProgressAtMs: 1100, visibleAtMs: undefined });
    watch.look(2000, 10 * progressBytes, false);
    watch.look(2100, 10 * progressBytes, true);
    watch.look(2200, 10 * progressBytes, true);
    expect(watch.arrival).toMatchObject({ longestGapMs: 900, lastProgressAtMs: 2000, visibleAtMs: 2100, beganAtMs: 1000 });
    expect(watch.arrival.receivedBytes).toBe(10 * progressBytes - 5 * KIB);
  });
});

describe('waits in figures', () => {
  test('a quantile is one of the samples, and what was cut off is longer than what was not', () => {
    const samples = [wait(3), wait(1), wait(2, true), wait(4)];
    expect(quantile(samples, 0.5)).toEqual(wait(3));
    expect(quantile(samples, 0.95)).toEqual(wait(2, true));
    expect(quantile([], 0.5)).toBeUndefined();
    expect(summarizeWaits('live', samples)).toMatchObject({ samples: 4, p50: { seconds: 3 }, max: { seconds: 2, cutOff: true } });
    expect(summarizeWaits('even', samples)).toBeUndefined();
  });

  test('the table sets the target beside our figure, and a bound where the patience ended', () => {
    const outcomes = new Outcomes(scales.full);
    const add = (contender: 'dormouse' | 'syncthing', samples: readonly WaitSample[]): void =>
      outcomes.add(contender, { kind: 'waits', row: 'wake-20', outcome: { ok: true, measurement: { samples } } });
    add('dormouse', [wait(0.25), { figure: 'first-byte', seconds: 1.6, cutOff: false }]);
    add('syncthing', [wait(500, true)]);
    outcomes.add('syncthing', { kind: 'waits', row: 'wake-20', outcome: { ok: false, text: 'it broke', logTail: '' } });
    const { waits, rows } = outcomes.reports();
    expect(rows).toEqual([]);
    const titles = new Map([['dormouse', 'Dormouse'] as const, ['syncthing', 'Syncthing'] as const]);
    const text = formatWaitRow(waits[0]!, titles);
    expect(text).toMatch(/link live, Dormouse +1 +0\.25 +0\.25 +0\.25 +p95 under 1: met/);
    expect(text).toMatch(/link live, Syncthing +1 +≥ 500\.0 +≥ 500\.0 +≥ 500\.0$/m);
    expect(text).toMatch(/first wanted byte, Dormouse .*p95 under 1\.5: MISSED/);
    expect(text).toContain('Syncthing, run 2 failed: it broke');
    expect(outcomes.anyFailed).toBe(true);
  });
});

describe('rows about waiting', () => {
  test('each is a session of its own, and has a figure with a target', () => {
    for (const row of waitRowIds) {
      expect(sessions.filter((session) => session.includes(row))).toEqual([[row]]);
      expect(waitRowFacts(row, scales.full).figures.some(({ targetSeconds }) => targetSeconds !== null)).toBe(true);
    }
  });

  test('a quick trial leaves long sleeps out', () => {
    expect(waitRowIds.filter((row) => isWithinScale(row, scales.small))).toEqual(['frozen-source', 'wake-20', 'wake-late-network']);
    expect(waitRowIds.every((row) => isWithinScale(row, scales.full))).toBe(true);
  });

  test('several are named at once, and the patience is bounded', () => {
    const parsed = parseBenchOptions(['--only', 'wake, edit', '--patience=30']);
    if (!parsed.ok || parsed.value === 'help') throw new Error('unreachable');
    expect([...parsed.value.rows]).toEqual(['wake-20', 'wake-60', 'wake-240', 'edit']);
    expect(parsed.value.patienceSeconds).toBe(30);
    expect(parseBenchOptions(['--patience', '0']).ok).toBe(false);
    expect(parseBenchOptions(['--patience', 'long']).ok).toBe(false);
  });
});
