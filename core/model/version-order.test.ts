import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceIdFromPublicKey } from './device-key.ts';
import type { KnownEntry, Snap } from './entry.ts';
import { sameContent } from './entry.ts';
import type { JournalId } from './ids.ts';
import { journalDevice, journalId } from './ids.ts';
import type { RelPath } from './path.ts';
import { compareVectors, covers, joinVectors, withComponent } from './version-vector.ts';
import type { VersionVector } from './version-vector.ts';
import { addHead, compareConcurrent, vectorText, winnerOf } from './winner.ts';

const journals: readonly JournalId[] = [1, 2, 3, 4].map((fill) =>
  journalId(deviceIdFromPublicKey(new Uint8Array(32).fill(fill)), '0123456789abcdef'),
);

const vector: fc.Arbitrary<VersionVector> = fc
  .array(fc.tuple(fc.constantFrom(...journals), fc.integer({ min: 1, max: 4 })), { maxLength: 4 })
  .map((pairs) => new Map(pairs));

const snap: fc.Arbitrary<Snap> = fc.oneof(
  fc.record({ kind: fc.constant('directory' as const) }),
  fc.record({ kind: fc.constant('removed' as const), mtimeMs: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('link' as const), target: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('unknown' as const), tag: fc.constant('x') }),
  fc.integer({ min: 1, max: 3 }).map((mtimeMs): Snap => ({
    kind: 'file',
    size: 0,
    mtimeMs,
    executable: false,
    cutClass: 'normal',
    blocks: { kind: 'inline', blocks: [] },
  })),
);

/** As announced: the component of its own journal is its place there. Any other component was seen before. */
const entry: fc.Arbitrary<KnownEntry> = fc
  .record({ snap, vector, journal: fc.constantFrom(...journals), sequence: fc.integer({ min: 5, max: 9 }) })
  .map(({ snap: what, vector: seen, journal, sequence }) => ({
    path: 'p' as RelPath,
    snap: what,
    vector: withComponent(seen, journal, sequence),
    ref: { journal, sequence },
  }));

describe('JRN-4 version vectors', () => {
  test('JRN-4 comparing is a partial order', () => {
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        const opposite = { equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent' };
        expect(compareVectors(b, a)).toBe(opposite[compareVectors(a, b)]);
        expect(compareVectors(a, a)).toBe('equal');
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
        expect(compareVectors(a, b) === 'equal').toBe(vectorText(a) === vectorText(b));
      }),
    );
  });

  test('JRN-4 the join is the least vector that covers both', () => {
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        const join = joinVectors(a, b);
        expect(covers(join, a) && covers(join, b)).toBe(true);
        if (covers(c, a) && covers(c, b)) expect(covers(c, join)).toBe(true);
        expect(compareVectors(join, joinVectors(b, a))).toBe('equal');
      }),
    );
  });
});

describe('FLD-3 winners', () => {
  test('FLD-3 the order of concurrent entries is total and transitive', () => {
    fc.assert(
      fc.property(entry, entry, entry, (a, b, c) => {
        const order = Math.sign(compareConcurrent(a, b));
        expect(Math.sign(compareConcurrent(b, a))).toBe(-order + 0);
        if (order >= 0 && compareConcurrent(b, c) >= 0) expect(compareConcurrent(a, c)).toBeGreaterThanOrEqual(0);
        if (order === 0)
          expect([vectorText(a.vector), journalDevice(a.ref.journal)]).toEqual([vectorText(b.vector), journalDevice(b.ref.journal)]);
      }),
    );
  });

  test('FLD-3 directory over file over removal, then the later mtime', () => {
    const made = (what: Snap, at: number): KnownEntry => ({
      path: 'p' as RelPath,
      snap: what,
      vector: new Map([[journals[at] as JournalId, 1]]),
      ref: { journal: journals[at] as JournalId, sequence: 1 },
    });
    const file = (mtimeMs: number): Snap => ({
      kind: 'file',
      size: 0,
      mtimeMs,
      executable: false,
      cutClass: 'normal',
      blocks: { kind: 'inline', blocks: [] },
    });
    const directory = made({ kind: 'directory' }, 0);
    const old = made(file(1), 1);
    const late = made(file(2), 2);
    const gone = made({ kind: 'removed', mtimeMs: 99 }, 3);
    expect(winnerOf([gone, old, late, directory])).toBe(directory);
    expect(winnerOf([gone, late, old])).toBe(late);
    expect(winnerOf([gone, old])).toBe(old);
    expect(winnerOf([])).toBeUndefined();
  });

  test('FLD-3 heads and winner are the same for every order in which entries become known', () => {
    // One place in a journal holds one entry, and equal vectors mean equal content.
    const distinct = fc.uniqueArray(entry, { maxLength: 7, selector: ({ ref }) => `${ref.journal}#${ref.sequence}` });
    const again = fc.array(
      fc.record({ of: fc.nat(6), journal: fc.constantFrom(...journals), sequence: fc.integer({ min: 10, max: 12 }) }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(distinct, again, fc.infiniteStream(fc.nat()), (entries, rewritten, ranks) => {
        const all = [...entries];
        for (const { of, journal, sequence } of rewritten) {
          const original = entries[of];
          if (original && !all.some(({ ref }) => ref.journal === journal && ref.sequence === sequence))
            all.push({ ...original, ref: { journal, sequence } });
        }
        const shuffled = all
          .map((each) => ({ each, rank: ranks.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ each }) => each);
        const heads = all.reduce<readonly KnownEntry[]>(addHead, []);
        const others = shuffled.reduce<readonly KnownEntry[]>(addHead, []);
        expect(new Set(others)).toEqual(new Set(heads));
        expect(winnerOf(others)).toEqual(winnerOf(heads));
        for (const each of all) expect(heads.some((head) => covers(head.vector, each.vector))).toBe(true);
        for (const a of heads) for (const b of heads) if (a !== b) expect(compareVectors(a.vector, b.vector)).toBe('concurrent');
      }),
    );
  });

  test('FLD-3 content is kind and bytes; mtime and executable bit do not count', () => {
    const file = (over: object): Snap => ({
      kind: 'file',
      size: 1,
      mtimeMs: 1,
      executable: false,
      cutClass: 'normal',
      blocks: { kind: 'inline', blocks: [{ name: 'a' as never, size: 1 }] },
      ...over,
    });
    expect(sameContent(file({}), file({ mtimeMs: 9, executable: true }))).toBe(true);
    expect(sameContent(file({}), file({ blocks: { kind: 'inline', blocks: [{ name: 'b' as never, size: 1 }] } }))).toBe(false);
    expect(sameContent({ kind: 'unknown', tag: 'x' }, { kind: 'unknown', tag: 'x' })).toBe(false);
    expect(sameContent({ kind: 'removed', mtimeMs: 1 }, { kind: 'removed', mtimeMs: 2 })).toBe(true);
  });
});
