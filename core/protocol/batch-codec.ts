import type { Result } from '../base/index.ts';
import { concatBytes, ok, utf8 } from '../base/index.ts';
import type { BatchHeader, Entry, Floor, JournalId, KnownEntry } from '../model/index.ts';
import { isFolderId, isJournalId, limits } from '../model/index.ts';
import type { CborValue, MalformedError } from './codec.ts';
import { decodeCbor, encodeCbor } from './codec.ts';
import { JournalTable, entryFromWire, entryToWire, isCount, isRecord, journalsFromWire, malformed } from './entry-codec.ts';

const signatureLength = 64;
const batchTag = utf8('dormouse/batch/1\n');
const floorTag = utf8('dormouse/floor/1\n');

/** Signed bytes taken apart: what was signed (tag included), the signature, and the decoded rest. */
export interface Signed<T> {
  readonly content: T;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** The body of a batch, to be signed with {@link sealBatch}. `entries` start at `header.firstSequence` and leave no gap. */
export function encodeBatchBody(header: BatchHeader, entries: readonly Entry[]): Uint8Array {
  const table = new JournalTable();
  const wires = entries.map((entry) => entryToWire(entry, table));
  return encodeCbor({
    f: header.folder,
    j: header.journal,
    a: header.firstSequence,
    z: header.lastSequence,
    h: header.previousHash,
    t: table.journals,
    e: wires,
  });
}

/** Bytes an entry takes in a batch, about: what a writer adds up to stay under `limits.batchBytesMax`. */
export function entryWireBytes(entry: Entry): number {
  const table = new JournalTable();
  return encodeCbor(entryToWire(entry, table)).length + table.journals.length * 72;
}

/** A whole batch: signature, then body. `sign` gets the tag and the body in one piece. */
export function sealBatch(body: Uint8Array, sign: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  return concatBytes([sign(concatBytes([batchTag, body])), body]);
}

/** Takes a batch apart and checks its form, not yet its signature, its place in a chain or its author's rights. */
export function openBatch(bytes: Uint8Array): Result<Signed<{ header: BatchHeader; entries: readonly KnownEntry[] }>, MalformedError> {
  if (bytes.length > limits.batchBytesMax + signatureLength || bytes.length <= signatureLength) return malformed('batch size');
  const body = bytes.subarray(signatureLength);
  const decoded = decodeCbor(body);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  if (!isRecord(wire)) return malformed('batch is not a map');
  const header = headerFromWire(wire);
  if (!header) return malformed('batch header');
  const journals = journalsFromWire(wire['t']);
  const wires = wire['e'];
  if (!journals || !Array.isArray(wires)) return malformed('batch tables');
  if (wires.length !== header.lastSequence - header.firstSequence + 1) return malformed('batch entry count');
  const entries: KnownEntry[] = [];
  for (const [index, entryWire] of (wires as unknown[]).entries()) {
    const entry = entryFromWire(entryWire, journals);
    if (!entry.ok) return entry;
    const sequence = header.firstSequence + index;
    // No version can have seen what its author wrote only later.
    if ((entry.value.vector.get(header.journal) ?? 0) > sequence) return malformed('entry has seen later entries of its journal');
    entries.push({ ...entry.value, ref: { journal: header.journal, sequence } });
  }
  return ok({ content: { header, entries }, signedBytes: concatBytes([batchTag, body]), signature: bytes.subarray(0, signatureLength) });
}

function headerFromWire(wire: Record<string, unknown>): BatchHeader | undefined {
  const { f, j, a, z, h } = wire;
  if (typeof f !== 'string' || !isFolderId(f) || typeof j !== 'string' || !isJournalId(j)) return undefined;
  if (!isCount(a) || !isCount(z) || a < 1 || z < a || z - a >= limits.batchEntriesMax) return undefined;
  if (typeof h !== 'string' || !/^([0-9a-f]{64})?$/.test(h)) return undefined;
  return { folder: f, journal: j, firstSequence: a, lastSequence: z, previousHash: h };
}

/** A signed floor (JRN-2). */
export function sealFloor(floor: Omit<Floor, 'bytes'>, sign: (bytes: Uint8Array) => Uint8Array): Floor {
  const body = encodeCbor({ f: floor.folder, j: floor.journal, a: floor.firstSequence, s: floor.atSequence });
  return { ...floor, bytes: concatBytes([sign(concatBytes([floorTag, body])), body]) };
}

/** Takes a floor apart and checks its form, not its signature. */
export function openFloor(bytes: Uint8Array): Result<Signed<Floor>, MalformedError> {
  if (bytes.length > 1024 || bytes.length <= signatureLength) return malformed('floor size');
  const body = bytes.subarray(signatureLength);
  const decoded = decodeCbor(body);
  if (!decoded.ok) return decoded;
  const wire = decoded.value;
  if (!isRecord(wire)) return malformed('floor is not a map');
  const { f, j, a, s } = wire;
  if (typeof f !== 'string' || !isFolderId(f) || typeof j !== 'string' || !isJournalId(j)) return malformed('floor names');
  if (!isCount(a) || !isCount(s) || a < 1 || s + 1 < a) return malformed('floor numbers');
  const content: Floor = { folder: f, journal: j, firstSequence: a, atSequence: s, bytes };
  return ok({ content, signedBytes: concatBytes([floorTag, body]), signature: bytes.subarray(0, signatureLength) });
}

/** Entries as a record of the local store: the same wire form with a table of its own. */
export function encodeEntryRecord(entries: readonly KnownEntry[], extra: Readonly<Record<string, CborValue | undefined>> = {}): Uint8Array {
  const table = new JournalTable();
  const wires = entries.map((entry) => [table.indexOf(entry.ref.journal), entry.ref.sequence, entryToWire(entry, table)]);
  return encodeCbor({ ...extra, e: wires, t: table.journals });
}

/** Reads {@link encodeEntryRecord}; `extra` has the other members, unvalidated. Fails only on a damaged store. */
export function decodeEntryRecord(
  bytes: Uint8Array,
): Result<{ entries: readonly KnownEntry[]; extra: Record<string, unknown> }, MalformedError> {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok) return decoded;
  if (!isRecord(decoded.value)) return malformed('record is not a map');
  const { e, t, ...extra } = decoded.value;
  const journals: readonly JournalId[] | undefined = journalsFromWire(t);
  if (!journals || !Array.isArray(e)) return malformed('record tables');
  const entries: KnownEntry[] = [];
  for (const item of e as unknown[]) {
    if (!Array.isArray(item)) return malformed('record entry');
    const [index, sequence, wire] = item as unknown[];
    const journal = isCount(index) ? journals[index] : undefined;
    const entry = entryFromWire(wire, journals);
    if (!entry.ok) return entry;
    if (journal === undefined || !isCount(sequence)) return malformed('record reference');
    entries.push({ ...entry.value, ref: { journal, sequence } });
  }
  return ok({ entries, extra });
}
