import { describe, expect, test } from 'vitest';
import { faultNames } from './faults.ts';
import { hostKindNames } from './host-kinds.ts';
import { actionsMin, faultsMin } from './plan.ts';
import { countsLine, runSeeds, seedRange } from './seed-batch.ts';

/** Far above what the seeds take on a slow machine; a world that hangs has bounds of its own. */
const timeoutMs = 600_000;

/** A part of the seeds that every change must pass; the parts are test files of their own, so that they run side by side. */
export function worldSuite(from: number, count: number): void {
  describe('the whole core in a simulated world', () => {
    test(
      `FLD-3 FLD-5 DUR-1 JRN-4 REC-2 STA-1 SES-4 nothing is lost and all becomes equal (seeds ${from} to ${from + count - 1})`,
      async ({ annotate }) => {
        const { failures, counts } = await runSeeds(seedRange(from, count));
        await annotate(countsLine(counts));
        expect(failures).toEqual([]);
        expect(counts.userActions).toBeGreaterThanOrEqual(actionsMin * count);
        expect(counts.faults).toBeGreaterThanOrEqual(faultsMin * count);
        // The plans did real work: without these a green run would say nothing.
        expect(counts.conflictCopies).toBeGreaterThan(count / 2);
        expect(counts.kills + counts.powerCuts).toBeGreaterThan(count);
        expect(counts.powerCuts).toBeGreaterThan(count / 2);
        expect(counts.programStarts).toBeGreaterThan(4 * count);
        expect(counts.filesFetched).toBeGreaterThan(50 * count);
        expect(counts.sessions).toBeGreaterThan(10 * count);
        expect(counts.files).toBeGreaterThan(5 * count);
        expect(Object.keys(counts.faultsByName)).toEqual(expect.arrayContaining([...faultNames]));
        expect(Object.keys(counts.hostsByKind)).toEqual(expect.arrayContaining([...hostKindNames]));
      },
      timeoutMs,
    );
  });
}
