import { assert, bytesFromHex, hexFromBytes, present, textFromUtf8 } from '../base/index.ts';
import type { BlockList, BlockName, BlockRef, JournalId, KnownEntry, RelPath, Snap, VersionVector } from '../model/index.ts';
import { damaged } from './damaged.ts';

/**
 * Entries as rows of the local store: a compact form of our own, several times as fast as CBOR, because every change of a path reads and
 * writes it. Never leaves this device. Whole numbers are LEB128, 7 bits a byte; journals that this store has a number for are
 * written as that number + 1, others as 0 and their name.
 */
export interface JournalNumbers {
  readonly numberOf: (journal: JournalId) => number | undefined;
  readonly journalOf: (number: number) => JournalId | undefined;
}

const snapKinds = ['file', 'directory', 'link', 'removed', 'unknown'] as const;

const flagExecutable = 1;
const flagLarge = 2;
const flagPaged = 4;

const encoder = new TextEncoder();
/** Shared by all writers: what is written is copied out before anything else runs. */
let scratch = new Uint8Array(64 * 1024);

/** Writes one record. Not to be kept across an `await`: all writers share one buffer. */
export class RecordWriter {
  #at = 0;

  number(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a record holds whole numbers');
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      scratch[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    scratch[this.#at++] = rest;
  }

  float(value: number): void {
    this.#reserve(8);
    new DataView(scratch.buffer).setFloat64(this.#at, value);
    this.#at += 8;
  }

  text(value: string): void {
    const bytesMax = 3 * value.length;
    this.#reserve(bytesMax + 20);
    const lengthAt = this.#at;
    // The length takes as many bytes as the greatest possible one, so that the text can be written at its place at once.
    const lengthBytes = bytesMax < 0x80 ? 1 : bytesMax < 0x4000 ? 2 : 4;
    const { written } = encoder.encodeInto(value, scratch.subarray(lengthAt + lengthBytes));
    for (let i = 0; i < lengthBytes; i++)
      scratch[lengthAt + i] = (Math.floor(written / 2 ** (7 * i)) & 0x7f) | (i < lengthBytes - 1 ? 0x80 : 0);
    this.#at = lengthAt + lengthBytes + written;
  }

  /** 32 bytes given as hexadecimal. */
  name(value: BlockName): void {
    this.#reserve(32);
    scratch.set(present(bytesFromHex(value), 'hexadecimal name'), this.#at);
    this.#at += 32;
  }

  /** What was written, as bytes of its own. */
  done(): Uint8Array {
    return scratch.slice(0, this.#at);
  }

  #reserve(length: number): void {
    if (this.#at + length <= scratch.length) return;
    const larger = new Uint8Array(2 * (this.#at + length));
    larger.set(scratch.subarray(0, this.#at));
    scratch = larger;
  }
}

export class RecordReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged('a record ends early');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  float(): number {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  }

  text(): string {
    const text = textFromUtf8(this.#take(this.number()));
    if (text === undefined) throw damaged('a record has text that is none');
    return text;
  }

  name(): BlockName {
    return hexFromBytes(this.#take(32)) as BlockName;
  }

  #take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length !== length) throw damaged('a record ends early');
    this.#at += length;
    return bytes;
  }
}

export function writeEntry(writer: RecordWriter, entry: KnownEntry, numbers: JournalNumbers): void {
  writer.text(entry.path);
  writeJournal(writer, entry.ref.journal, numbers);
  writer.number(entry.ref.sequence);
  writer.number(entry.vector.size);
  for (const [journal, counter] of entry.vector) {
    writeJournal(writer, journal, numbers);
    writer.number(counter);
  }
  writer.text(entry.conflictOf ?? '');
  writeSnap(writer, entry.snap);
}

export function readEntry(reader: RecordReader, numbers: JournalNumbers): KnownEntry {
  const path = reader.text() as RelPath;
  const ref = { journal: readJournal(reader, numbers), sequence: reader.number() };
  const vector = new Map<JournalId, number>();
  for (let left = reader.number(); left > 0; left--) {
    const journal = readJournal(reader, numbers);
    vector.set(journal, reader.number());
  }
  const conflictOf = reader.text() as RelPath;
  const snap = readSnap(reader);
  const entry: { path: RelPath; vector: VersionVector; snap: Snap; ref: typeof ref } = { path, vector, snap, ref };
  return conflictOf === '' ? entry : { ...entry, conflictOf };
}

function writeJournal(writer: RecordWriter, journal: JournalId, numbers: JournalNumbers): void {
  const number = numbers.numberOf(journal);
  writer.number(number === undefined ? 0 : number + 1);
  if (number === undefined) writer.text(journal);
}

function readJournal(reader: RecordReader, numbers: JournalNumbers): JournalId {
  const tag = reader.number();
  if (tag === 0) return reader.text() as JournalId;
  const journal = numbers.journalOf(tag - 1);
  if (journal === undefined) throw damaged('a record names a journal without a name');
  return journal;
}

function writeSnap(writer: RecordWriter, snap: Snap): void {
  writer.number(snapKinds.indexOf(snap.kind));
  switch (snap.kind) {
    case 'file': {
      const flags =
        (snap.executable ? flagExecutable : 0) |
        (snap.cutClass === 'large' ? flagLarge : 0) |
        (snap.blocks.kind === 'paged' ? flagPaged : 0);
      writer.number(flags);
      writer.number(snap.size);
      writer.float(snap.mtimeMs);
      return writeBlocks(writer, snap.blocks);
    }
    case 'directory':
      return;
    case 'link':
      return writer.text(snap.target);
    case 'removed':
      return writer.float(snap.mtimeMs);
    case 'unknown':
      return writer.text(snap.tag);
  }
}

function readSnap(reader: RecordReader): Snap {
  const kind = snapKinds[reader.number()];
  switch (kind) {
    case 'file': {
      const flags = reader.number();
      const size = reader.number();
      const mtimeMs = reader.float();
      const blocks = readBlocks(reader, (flags & flagPaged) !== 0);
      return { kind, size, mtimeMs, executable: (flags & flagExecutable) !== 0, cutClass: flags & flagLarge ? 'large' : 'normal', blocks };
    }
    case 'directory':
      return { kind };
    case 'link':
      return { kind, target: reader.text() };
    case 'removed':
      return { kind, mtimeMs: reader.float() };
    case 'unknown':
      return { kind, tag: reader.text() };
    default:
      throw damaged('a record has a kind that is none');
  }
}

function writeBlocks(writer: RecordWriter, blocks: BlockList): void {
  if (blocks.kind === 'paged') {
    writer.name(blocks.root);
    writer.number(blocks.rootSize);
    return writer.number(blocks.count);
  }
  writer.number(blocks.blocks.length);
  for (const block of blocks.blocks) {
    writer.name(block.name);
    writer.number(block.size);
  }
}

function readBlocks(reader: RecordReader, isPaged: boolean): BlockList {
  if (isPaged) return { kind: 'paged', root: reader.name(), rootSize: reader.number(), count: reader.number() };
  const blocks: BlockRef[] = [];
  for (let left = reader.number(); left > 0; left--) blocks.push({ name: reader.name(), size: reader.number() });
  return { kind: 'inline', blocks };
}
