import type { AppliedMark, AppliedVector, JournalId } from '../model/index.ts';
import { isJournalId } from '../model/index.ts';
import { decodeCbor, encodeCbor, isCount, isRecord } from '../protocol/index.ts';
import { damaged } from './damaged.ts';

export function encodeApplied(applied: AppliedVector): Uint8Array {
  return encodeCbor(Object.fromEntries([...applied].map(([journal, mark]) => [journal, [mark.through, ...mark.exceptions]])));
}

export function decodeApplied(bytes: Uint8Array): AppliedVector {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok || !isRecord(decoded.value)) throw damaged('applied vector');
  return new Map(Object.entries(decoded.value).map(([journal, numbers]) => [asJournal(journal), markFrom(numbers)]));
}

function asJournal(text: string): JournalId {
  if (!isJournalId(text)) throw damaged('applied vector');
  return text;
}

function markFrom(numbers: unknown): AppliedMark {
  if (!Array.isArray(numbers)) throw damaged('applied vector');
  const [through = 0, ...exceptions] = (numbers as unknown[]).filter(isCount);
  return { through, exceptions };
}

/** Exceptions in rising order and without repetition, as {@link markCovers} wants them. */
export function sortedMark(mark: AppliedMark): AppliedMark {
  return { through: mark.through, exceptions: [...new Set(mark.exceptions)].sort((a, b) => a - b) };
}

/** Whether who says `mark` has applied (or superseded) the entry at `sequence`. */
export function markCovers(mark: AppliedMark | undefined, sequence: number): boolean {
  return mark !== undefined && sequence <= mark.through && !includesSorted(mark.exceptions, sequence);
}

function includesSorted(numbers: readonly number[], wanted: number): boolean {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === wanted;
}
