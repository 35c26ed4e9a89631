import { compareUtf8 } from '../../base/index.ts';
import type { StoreRange } from '../../ports/index.ts';

/** The bounds of a {@link StoreRange} as one interval of keys. Undefined: open on that side. */
export interface KeyInterval {
  readonly lower: string | undefined;
  readonly lowerExclusive: boolean;
  /** Exclusive. */
  readonly upper: string | undefined;
}

export function keyInterval(range: Omit<StoreRange, 'limit' | 'reverse'>): KeyInterval {
  const { prefix, from, after, before } = range;
  const inclusive = greater(prefix === '' ? undefined : prefix, from);
  const lowerExclusive = after !== undefined && (inclusive === undefined || compareUtf8(after, inclusive) >= 0);
  const prefixEnd = prefix === undefined ? undefined : keyAfterPrefix(prefix);
  const upper = before === undefined ? prefixEnd : prefixEnd === undefined || compareUtf8(before, prefixEnd) < 0 ? before : prefixEnd;
  return { lower: lowerExclusive ? after : inclusive, lowerExclusive, upper };
}

function greater(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) >= 0 ? a : b;
}

const lastCodePoint = 0x10ffff;

/** The smallest key, by UTF-8 bytes, above all that start with `prefix`; undefined where there is none. */
export function keyAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === lastCodePoint) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // Surrogates are no characters.
  points.push(last === 0xd7ff ? 0xe000 : last + 1);
  return String.fromCodePoint(...points);
}
