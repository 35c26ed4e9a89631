import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexFromBytes } from '../base/index.ts';
import { deviceIdFromPublicKey, journalId, limits } from '../model/index.ts';
import type { BlockName, JournalId, KnownEntry, RelPath, Snap } from '../model/index.ts';
import { decodeHeads, decodeHistory, encodeHeads, encodeHistory } from './path-records.ts';
import type { JournalNumbers } from './record-codec.ts';
import { RecordReader, RecordWriter } from './record-codec.ts';
import type { HistoryRow } from './types.ts';

const journals: readonly JournalId[] = [1, 2, 3].map((fill) =>
  journalId(deviceIdFromPublicKey(new Uint8Array(32).fill(fill)), '00000000000000aa'),
);
/** The third journal has no number here. */
const numbers: JournalNumbers = {
  numberOf: (journal) => (journals.indexOf(journal) < 2 ? journals.indexOf(journal) : undefined),
  journalOf: (number) => journals[number],
};

const journal = fc.constantFrom(...journals);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  fc.constantFrom('x'.repeat(42), 'x'.repeat(43), 'é'.repeat(5500)),
);
const name = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexFromBytes(bytes) as BlockName);
const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
const counter = fc.integer({ min: 0, max: limits.counterMax });
const snap: fc.Arbitrary<Snap> = fc.oneof(
  fc
    .tuple(fc.array(fc.record({ name, size: counter })), counter, time, fc.boolean(), fc.constantFrom('normal' as const, 'large' as const))
    .map(([blocks, size, mtimeMs, executable, cutClass]): Snap => ({
      kind: 'file',
      size,
      mtimeMs,
      executable,
      cutClass,
      blocks: { kind: 'inline', blocks },
    })),
  fc.tuple(name, counter).map(([root, count]): Snap => ({
    kind: 'file',
    size: count,
    mtimeMs: 0,
    executable: true,
    cutClass: 'large',
    blocks: { kind: 'paged', root, rootSize: 9, count },
  })),
  fc.constant<Snap>({ kind: 'directory' }),
  text.map((target): Snap => ({ kind: 'link', target })),
  time.map((mtimeMs): Snap => ({ kind: 'removed', mtimeMs })),
  text.map((tag): Snap => ({ kind: 'unknown', tag })),
);
const entry: fc.Arbitrary<KnownEntry> = fc
  .tuple(text, snap, fc.uniqueArray(fc.tuple(journal, counter), { selector: ([key]) => key }), journal, counter, fc.option(text))
  .map(([path, what, vector, author, sequence, conflictOf]) => ({
    path: path as RelPath,
    snap: what,
    vector: new Map(vector),
    ref: { journal: author, sequence },
    ...(conflictOf === null ? {} : { conflictOf: conflictOf as RelPath }),
  }));

test('JRN-3 rows of heads and history are read as they were written', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 3 }),
      entry,
      fc.double({ noNaN: true }),
      fc.option(text),
      (heads, applied, mtimeMs, spelling) => {
        expect(decodeHeads(encodeHeads(heads, numbers), numbers)).toEqual(heads);
        const row: HistoryRow = {
          path: applied.path,
          entry: applied,
          stat: { kind: 'file', size: 12, mtimeMs, mode: 0o644, device: '2049', inode: '18446744073709551615' },
          ...(spelling === null ? {} : { spelling }),
        };
        expect(decodeHistory(encodeHistory(row, numbers), numbers)).toEqual(row);
      },
    ),
  );
});

test('JRN-3 numbers of every size', () => {
  fc.assert(
    fc.property(fc.array(counter), (numbersWritten) => {
      const writer = new RecordWriter();
      for (const value of numbersWritten) writer.number(value);
      const reader = new RecordReader(writer.done());
      expect(numbersWritten.map(() => reader.number())).toEqual(numbersWritten);
    }),
  );
});

test('JRN-3 a damaged row is told as a failure of the store', () => {
  const bytes = encodeHeads(
    [{ path: 'a' as RelPath, snap: { kind: 'directory' }, vector: new Map(), ref: { journal: journals[0] as JournalId, sequence: 1 } }],
    numbers,
  );
  expect(() => decodeHeads(bytes.subarray(0, 4), numbers)).toThrow('ends early');
  expect(() => decodeHeads(bytes, { ...numbers, journalOf: () => undefined })).toThrow('journal');
});
