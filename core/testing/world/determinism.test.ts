import { expect, test } from 'vitest';
import { pinnedSeeds } from './pinned-seeds.ts';
import { runSeed } from './run-seed.ts';
import { failureLine } from './seed-batch.ts';

const worldMs = 120_000;

test(
  'one seed is one history, whether or not anyone looks',
  async () => {
    const lines: string[] = [];
    const first = await runSeed('same');
    expect(await runSeed('same', { trace: (line) => lines.push(line) })).toEqual(first);
    expect(lines.length).toBeGreaterThan(200);
    expect((await runSeed('other')).traceHash).not.toBe(first.traceHash);
  },
  worldMs,
);

test.each(pinnedSeeds)(
  'seed $seed, which once failed: $why',
  async ({ seed, storeFaults }) => {
    const report = await runSeed(seed, { storeFaults });
    expect(report.failures.length > 0 ? failureLine(report) : '').toBe('');
  },
  worldMs,
);
