import type { Result } from '../../base/index.ts';
import { MIB, ok, present } from '../../base/index.ts';
import { cutSizes } from '../../chunking/index.ts';
import type { BlockRef, CutClass } from '../../model/index.ts';

/**
 * A file is cut in parts side by side, and the parts are joined to exactly the blocks of one cut from its start: a cut depends on nothing before the
 * cut that precedes it, so two cuts of one content that share a single place share all that follow. Parts begin anywhere; each goes on a little
 * into the next one, where the places soon meet. Where they do not, it is cut on until they do.
 */

/** Below twice this a file is cut in one go. */
const partBytesMin = 32 * MIB;
/** So that smaller files need not wait long for a worker. */
const partBytesMax = 256 * MIB;
/** How far a part goes into the next one, and is cut on at a time, in average blocks. */
const overlapBlocks = 8;

/** One stretch of a file, at whose beginning a block is begun. */
export interface Part {
  readonly from: number;
  /** Where the next part begins; Infinity for the last one. */
  readonly next: number;
  /** The part ends with the first cut at or behind this offset; with the file if there is none. */
  readonly to: number;
}

/** The parts of a file of `size` bytes for `workers` threads. */
export function planParts(size: number, cutClass: CutClass, workers: number): Part[] {
  const { average, max } = cutSizes[cutClass];
  const wanted = Math.min(Math.max(size / workers, partBytesMin), partBytesMax);
  // In content that asks for no cuts at all, such as zeros, all fall at multiples of the largest size.
  const partBytes = Math.ceil(wanted / max) * max;
  const count = workers > 1 && size >= 2 * partBytesMin ? Math.ceil(size / partBytes) : 1;
  return Array.from({ length: count }, (_, index) => {
    const next = index === count - 1 ? Infinity : (index + 1) * partBytes;
    return { from: index * partBytes, next, to: next + overlapBlocks * average };
  });
}

/** Cuts a part. Nothing comes of one that begins at the end of the file. */
export type CutPart<E> = (part: Part) => Promise<Result<readonly BlockRef[], E>>;

/** Cuts a file of `size` bytes by `cutPart`, as many parts at a time as there are `workers`: other files get their turns between them. */
export async function cutInParts<E>(
  size: number,
  cutClass: CutClass,
  workers: number,
  cutPart: CutPart<E>,
): Promise<Result<readonly BlockRef[], E>> {
  const parts = planParts(size, cutClass, workers);
  const cuts: (readonly BlockRef[])[] = [];
  let failure: Result<never, E> | undefined;
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < parts.length && !failure) {
      const index = begun++;
      const cut = await cutPart(present(parts[index], 'part'));
      if (cut.ok) cuts[index] = cut.value;
      else failure ??= cut;
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, parts.length) }, work));
  return failure ?? joinParts(parts, cuts, cutClass, cutPart);
}

/** Joins what was cut of some parts, in their order; cuts on where two of them have no place in common. */
export async function joinParts<E>(
  parts: readonly Part[],
  cuts: readonly (readonly BlockRef[])[],
  cutClass: CutClass,
  cutPart: CutPart<E>,
): Promise<Result<readonly BlockRef[], E>> {
  const joined: BlockRef[] = [];
  let end = 0;
  /** Takes blocks until one ends where `isMet` says so; tells whether one did. */
  const takeUntil = (blocks: readonly BlockRef[], isMet: (end: number) => boolean): boolean => {
    for (const block of blocks) {
      joined.push(block);
      end += block.size;
      if (isMet(end)) return true;
    }
    return false;
  };
  let rest: readonly BlockRef[] = cuts[0] ?? [];
  for (const [index, { from }] of parts.entries()) {
    if (index === 0) continue;
    const next = new Places(from, cuts[index] ?? []);
    const isMet = (at: number): boolean => next.has(at);
    let met = isMet(end) || takeUntil(rest, isMet);
    while (!met && end < next.end) {
      const more = await cutPart({ from: end, next: end, to: end + overlapBlocks * cutSizes[cutClass].average });
      if (!more.ok) return more;
      // The file has become shorter than it was.
      if (more.value.length === 0) return ok(joined);
      met = takeUntil(more.value, isMet);
    }
    // A part that was passed without a common cut counts for nothing; the next one is met, or cut towards.
    rest = met ? next.behind(end) : [];
  }
  joined.push(...rest);
  return ok(joined);
}

/** Where the blocks of a part begin and end. */
class Places {
  readonly end: number;
  readonly #blocks: readonly BlockRef[];
  readonly #indexes = new Map<number, number>();

  constructor(from: number, blocks: readonly BlockRef[]) {
    this.#blocks = blocks;
    let at = from;
    this.#indexes.set(at, 0);
    for (const [index, { size }] of blocks.entries()) this.#indexes.set((at += size), index + 1);
    this.end = at;
  }

  has(at: number): boolean {
    return this.#indexes.has(at);
  }

  /** The blocks from a place on that {@link has}. */
  behind(at: number): readonly BlockRef[] {
    return this.#blocks.slice(this.#indexes.get(at));
  }
}
