import { assert } from '../base/index.ts';
import type { BatchHeader, Entry } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { Crypto, Signer } from '../ports/index.ts';
import { encodeBatchBody, sealBatch } from '../protocol/index.ts';

/** A batch as its author made it. */
export interface OwnBatch {
  readonly first: number;
  readonly last: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** Bytes that header and names of journals may take besides the entries. */
const batchOverheadBytes = 1024;

/**
 * Signs `entries` as batches of at most `batchEntriesMax` entries and `limits.batchBytesMax` bytes, each naming the hash of the one
 * before (JRN-1). `place` says where in which journal the first one goes.
 */
export function signBatches(
  entries: readonly Entry[],
  place: Pick<BatchHeader, 'folder' | 'journal' | 'firstSequence' | 'previousHash'>,
  tools: { readonly crypto: Crypto; readonly signer: Signer; readonly batchEntriesMax: number },
): readonly OwnBatch[] {
  const { crypto, signer, batchEntriesMax } = tools;
  const batches: OwnBatch[] = [];
  let at = 0;
  let previousHash = place.previousHash;
  while (at < entries.length) {
    const { count, body } = fullestBody(entries, at, batchEntriesMax, { ...place, firstSequence: place.firstSequence + at, previousHash });
    const bytes = sealBatch(body, (message) => signer.sign(message));
    const hash = crypto.sha256Hex(bytes);
    const first = place.firstSequence + at;
    batches.push({ first, last: first + count - 1, previousHash, hash, bytes });
    previousHash = hash;
    at += count;
  }
  return batches;
}

function fullestBody(
  entries: readonly Entry[],
  at: number,
  countMax: number,
  place: Omit<BatchHeader, 'lastSequence'>,
): { readonly count: number; readonly body: Uint8Array } {
  let count = 0;
  let sum = batchOverheadBytes;
  while (at + count < entries.length && count < countMax) {
    sum += entryBytesAbout(entries[at + count]);
    if (count > 0 && sum > limits.batchBytesMax) break;
    count += 1;
  }
  for (; ; count = Math.ceil(count / 2)) {
    const body = encodeBatchBody({ ...place, lastSequence: place.firstSequence + count - 1 }, entries.slice(at, at + count));
    if (body.length <= limits.batchBytesMax) return { count, body };
    assert(count > 1, 'one entry fits into a batch');
  }
}

/** About the bytes of an entry in a batch; cheap, and wrong by little: a body that came out too long is split. */
function entryBytesAbout(entry: Entry | undefined): number {
  if (!entry) return 0;
  const { snap, path, vector, conflictOf } = entry;
  const blocks = snap.kind === 'file' && snap.blocks.kind === 'inline' ? 40 * snap.blocks.blocks.length : 0;
  const target = snap.kind === 'link' ? snap.target.length : 0;
  return 96 + path.length + (conflictOf?.length ?? 0) + 10 * vector.size + blocks + target;
}
