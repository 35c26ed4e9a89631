import { assert } from '../base/index.ts';
import type { KnownEntry } from '../model/index.ts';
import { damaged } from './damaged.ts';
import type { JournalNumbers } from './record-codec.ts';
import { readEntry, RecordReader, RecordWriter, writeEntry } from './record-codec.ts';
import type { DiskStat, HistoryRow } from './types.ts';

const fileKinds = ['file', 'directory', 'link', 'other'] as const;

/** Rows of the scopes `heads` and `history`. Reading throws `StoreFailure` (`corrupt`) where the store is damaged. */
export function encodeHeads(heads: readonly KnownEntry[], numbers: JournalNumbers): Uint8Array {
  const writer = new RecordWriter();
  writer.number(heads.length);
  for (const head of heads) writeEntry(writer, head, numbers);
  return writer.done();
}

export function decodeHeads(bytes: Uint8Array, numbers: JournalNumbers): readonly KnownEntry[] {
  const reader = new RecordReader(bytes);
  const heads: KnownEntry[] = [];
  for (let left = reader.number(); left > 0; left--) heads.push(readEntry(reader, numbers));
  return heads;
}

export function encodeHistory(row: HistoryRow, numbers: JournalNumbers): Uint8Array {
  assert(row.path === row.entry.path, 'a history row has the path of its entry');
  const { kind, size, mtimeMs, mode, device, inode } = row.stat;
  const writer = new RecordWriter();
  writeEntry(writer, row.entry, numbers);
  writer.number(fileKinds.indexOf(kind));
  writer.number(size);
  writer.float(mtimeMs);
  writer.number(mode);
  writer.text(device);
  writer.text(inode);
  writer.text(row.spelling ?? '');
  return writer.done();
}

export function decodeHistory(bytes: Uint8Array, numbers: JournalNumbers): HistoryRow {
  const reader = new RecordReader(bytes);
  const entry = readEntry(reader, numbers);
  const kind = fileKinds[reader.number()];
  if (kind === undefined) throw damaged('history: stat');
  const stat: DiskStat = {
    kind,
    size: reader.number(),
    mtimeMs: reader.float(),
    mode: reader.number(),
    device: reader.text(),
    inode: reader.text(),
  };
  const spelling = reader.text();
  return { path: entry.path, entry, stat, ...(spelling === '' ? {} : { spelling }) };
}
