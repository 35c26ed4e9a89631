import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, hexFromBytes, utf8 } from '../base/index.ts';
import { deviceIdFromPublicKey, journalId, limits, relPath } from '../model/index.ts';
import type { BlockList, BlockName, Entry, FolderId, JournalId, KnownEntry, RelPath, Snap } from '../model/index.ts';
import { decodeEntryRecord, encodeBatchBody, encodeEntryRecord, openBatch, openFloor, sealBatch, sealFloor } from './batch-codec.ts';
import type { CborValue } from './codec.ts';
import { decodeCbor, encodeCbor } from './codec.ts';
import { entryFromWire, entryToWire, JournalTable } from './entry-codec.ts';

const journals: readonly JournalId[] = Array.from({ length: 6 }, (_, i) =>
  journalId(deviceIdFromPublicKey(new Uint8Array(32).fill(i + 1)), '00000000000000ff'),
);
const own = journals[0] as JournalId;
const folder = 'f'.repeat(64) as FolderId;
const noSignature = (): Uint8Array => new Uint8Array(64);

const blockName = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexFromBytes(bytes) as BlockName);
const path = fc.constantFrom('a', 'a/b', 'ü/😀', 'x'.repeat(255)).map((text) => text as RelPath);
const time = fc.integer({ min: -8.64e15, max: 8.64e15 });

const inlineFile = fc
  .tuple(
    fc.array(fc.record({ name: blockName, size: fc.integer({ min: 1, max: limits.blockBytesMax }) }), { maxLength: 5 }),
    time,
    fc.boolean(),
    fc.constantFrom('normal' as const, 'large' as const),
  )
  .map(([blocks, mtimeMs, executable, cutClass]): Snap => ({
    kind: 'file',
    size: blocks.reduce((sum, { size }) => sum + size, 0),
    mtimeMs,
    executable,
    cutClass,
    blocks: { kind: 'inline', blocks },
  }));
const pagedFile = fc.tuple(blockName, fc.integer({ min: 1025, max: 10 ** 6 })).map(([root, count]): Snap => {
  const blocks: BlockList = { kind: 'paged', root, rootSize: 72, count };
  return { kind: 'file', size: count * 3, mtimeMs: 5, executable: false, cutClass: 'normal', blocks };
});
const snap: fc.Arbitrary<Snap> = fc.oneof(
  inlineFile,
  pagedFile,
  fc.constant<Snap>({ kind: 'directory' }),
  fc.constantFrom('../up', '/abs', 'ä').map((target): Snap => ({ kind: 'link', target })),
  time.map((mtimeMs): Snap => ({ kind: 'removed', mtimeMs })),
  fc.constant<Snap>({ kind: 'unknown', tag: 'hologram' }),
);
const others = fc.uniqueArray(fc.tuple(fc.constantFrom(...journals.slice(1)), fc.integer({ min: 1, max: limits.counterMax })), {
  selector: ([journal]) => journal,
  maxLength: 5,
});
const entry: fc.Arbitrary<Entry> = fc.tuple(path, snap, others, fc.option(path)).map(([at, what, vector, conflictOf]) => ({
  path: at,
  snap: what,
  vector: new Map([[own, 1] as const, ...vector]),
  ...(conflictOf === null ? {} : { conflictOf }),
}));

/** One of the values that go into CBOR, anything at any place. */
const anything: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<CborValue>(null, true, -1, 0, 1, 1.5, 2 ** 40, 'file', 'removed', own, 'a/b', '../x', folder),
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('f', 'j', 'a', 'z', 'h', 't', 'e', 'p', 'k', 'v', 's', 'm', 'b', 'r', 'n', 'o', 'x', '__proto__'),
      tie('value'),
      { maxKeys: 8 },
    ),
  ),
})).value;

describe('JRN-1 entries', () => {
  test('JRN-1 an entry written and read is the same', () => {
    fc.assert(
      fc.property(entry, (some) => {
        const table = new JournalTable();
        const wire = decodeCbor(encodeCbor(entryToWire(some, table)));
        expect(wire.ok).toBe(true);
        if (wire.ok) expect(entryFromWire(wire.value, table.journals)).toEqual({ ok: true, value: some });
      }),
    );
  });

  test('RPC-5 nothing that comes instead of an entry throws, and what is accepted is within the limits', () => {
    fc.assert(
      fc.property(anything, (wire) => {
        const read = entryFromWire(wire, journals);
        if (!read.ok) return;
        expect(relPath(read.value.path).ok).toBe(true);
        expect(read.value.vector.size).toBeGreaterThan(0);
      }),
    );
  });

  test.each<[string, Record<string, CborValue>]>([
    ['path', { p: '../a' }],
    ['private path', { p: '.dormouse/x' }],
    ['empty vector', { v: [] }],
    ['counter 0', { v: [[0, 0]] }],
    ['unknown journal', { v: [[9, 1]] }],
    [
      'repeated journal',
      {
        v: [
          [0, 1],
          [0, 2],
        ],
      },
    ],
    ['fractional counter', { v: [[0, 1.5]] }],
    ['negative size', { s: -1 }],
    ['size that its blocks do not have', { s: 7 }],
    ['size beyond the limit', { s: limits.fileBytesMax + 1 }],
    ['no mtime', { m: null }],
    ['mtime that is no date', { m: 9e15 }],
    ['half a block', { b: new Uint8Array(35) }],
    ['short root', { b: null, r: new Uint8Array(31), z: 72, n: 2000, s: 5000 }],
    ['paged list that is short', { b: null, r: new Uint8Array(32), z: 72, n: 10, s: 5000 }],
    ['more blocks than bytes', { b: null, r: new Uint8Array(32), z: 72, n: 6000, s: 5000 }],
    ['huge page of pages', { b: null, r: new Uint8Array(32), z: 2 ** 31, n: 2000, s: 5000 }],
    ['kind', { k: '' }],
    ['long kind', { k: 'x'.repeat(33) }],
    ['conflictOf', { o: '/x' }],
  ])('RPC-5 an entry with a bad %s is refused', (_, over) => {
    const good: Record<string, CborValue> = { p: 'a', k: 'file', s: 0, m: 1, b: new Uint8Array(), v: [[0, 1]] };
    expect(entryFromWire(good, journals).ok).toBe(true);
    expect(entryFromWire({ ...good, ...over }, journals).ok).toBe(false);
  });

  test('RPC-5 link targets are bounded in bytes', () => {
    const link = (target: string): Record<string, CborValue> => ({ p: 'a', k: 'link', t: target, v: [[0, 1]] });
    expect(entryFromWire(link('x'.repeat(4096)), journals).ok).toBe(true);
    for (const target of ['', 'a\0b', '\ud800', 'é'.repeat(4096)]) expect(entryFromWire(link(target), journals).ok).toBe(false);
  });
});

describe('JRN-1 batches', () => {
  const batchOf = (entries: readonly Entry[], firstSequence = 1): Uint8Array => {
    const header = { folder, journal: own, firstSequence, lastSequence: firstSequence + entries.length - 1, previousHash: '' };
    return sealBatch(encodeBatchBody(header, entries), noSignature);
  };

  test('JRN-1 a batch written and read is the same, and what is signed begins with its tag', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 10 }), (entries) => {
        const opened = openBatch(batchOf(entries, 4));
        expect(opened.ok).toBe(true);
        if (!opened.ok) return;
        expect(opened.value.content.header).toEqual({
          folder,
          journal: own,
          firstSequence: 4,
          lastSequence: 3 + entries.length,
          previousHash: '',
        });
        expect(opened.value.content.entries).toEqual(
          entries.map((some, index) => ({ ...some, ref: { journal: own, sequence: 4 + index } })),
        );
        expect(hexFromBytes(opened.value.signedBytes)).toMatch(new RegExp(`^${hexFromBytes(utf8('dormouse/batch/1\n'))}`));
        expect(opened.value.signature).toHaveLength(64);
      }),
    );
  });

  test('RPC-5 hostile bytes instead of a batch, a floor or a record never throw', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      anything.map((value) => encodeCbor(value)),
      fc.tuple(fc.array(entry, { minLength: 1, maxLength: 3 }), fc.nat(), fc.integer({ min: 1, max: 255 })).map(([entries, at, flip]) => {
        const batch = batchOf(entries).subarray(64);
        const changed = batch.slice();
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ flip;
        return changed;
      }),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        const sealed = concatBytes([new Uint8Array(64), some]);
        for (const opened of [openBatch(sealed), openFloor(sealed), decodeEntryRecord(some)])
          if (!opened.ok) expect(opened.error.kind).toBe('malformed');
      }),
      { numRuns: 500 },
    );
    const deep = new Uint8Array(500_000).fill(0x81);
    expect(openBatch(concatBytes([new Uint8Array(64), deep])).ok).toBe(false);
  });

  test('RPC-5 sizes and numbers of a batch are bounded', () => {
    const one: Entry = { path: 'a' as RelPath, snap: { kind: 'directory' }, vector: new Map([[own, 1]]) };
    expect(openBatch(new Uint8Array(limits.batchBytesMax + 65)).ok).toBe(false);
    expect(openBatch(new Uint8Array(64)).ok).toBe(false);
    expect(openBatch(batchOf(Array.from({ length: limits.batchEntriesMax }, () => one))).ok).toBe(true);
    expect(openBatch(batchOf(Array.from({ length: limits.batchEntriesMax + 1 }, () => one))).ok).toBe(false);
    const header = { folder, journal: own, firstSequence: 1, lastSequence: 3, previousHash: '' };
    expect(openBatch(sealBatch(encodeBatchBody(header, [one]), noSignature)).ok).toBe(false);
    expect(openBatch(sealBatch(encodeBatchBody({ ...header, lastSequence: 1, previousHash: 'x' }, [one]), noSignature)).ok).toBe(false);
    expect(openBatch(batchOf([{ ...one, vector: new Map([[own, 2]]) }])).ok).toBe(false);
  });

  test('JRN-2 a floor written and read is the same', () => {
    const floor = sealFloor({ folder, journal: own, firstSequence: 7, atSequence: 9 }, noSignature);
    expect(openFloor(floor.bytes)).toMatchObject({ ok: true, value: { content: floor } });
    for (const bad of [
      { firstSequence: 0, atSequence: 9 },
      { firstSequence: 9, atSequence: 7 },
    ])
      expect(openFloor(sealFloor({ folder, journal: own, ...bad }, noSignature).bytes).ok).toBe(false);
  });

  test('JRN-3 records of the store keep entries, their places and what else is with them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, fc.integer({ min: 1, max: 99 })), { maxLength: 4 }), (made) => {
        const entries: KnownEntry[] = made.map(([some, sequence]) => ({ ...some, ref: { journal: own, sequence } }));
        const record = decodeEntryRecord(encodeEntryRecord(entries, { n: 'spelling', gone: undefined }));
        expect(record).toEqual({ ok: true, value: { entries, extra: { n: 'spelling' } } });
      }),
    );
  });
});

test('RPC-5 CBOR is taken strictly', () => {
  const bad = {
    indefinite: [0x9f, 0x01, 0xff],
    tag: [0xc1, 0x01],
    undefined: [0xf7],
    nan: [0xf9, 0x7e, 0x00],
    trailing: [0x01, 0x02],
    duplicate: [0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02],
    empty: [],
  };
  for (const [name, bytes] of Object.entries(bad)) expect(decodeCbor(Uint8Array.from(bytes)).ok, name).toBe(false);
  expect(decodeCbor(encodeCbor({ a: 1, b: undefined, c: [null, true] }))).toEqual({ ok: true, value: { a: 1, c: [null, true] } });
});
