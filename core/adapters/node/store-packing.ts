import { assert, concatBytes } from '../../base/index.ts';
import type { StoreChange } from '../../ports/index.ts';

/**
 * Lists of texts and values as few large objects: handing 1 000 small ones to another thread costs more than storing them. Keys
 * and scopes contain no NUL, so NUL divides them.
 */
const divider = '\0';

/** Values one behind the other; an absent one has the length {@link absent}. */
export interface PackedValues {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
}

const absent = 0xffffffff;

export function packValues(values: readonly (Uint8Array | undefined)[]): PackedValues {
  const lengths = Uint32Array.from(values, (value) => (value ? value.length : absent));
  const bytes = concatBytes(values.filter((value) => value !== undefined));
  return { bytes: bytes as Uint8Array<ArrayBuffer>, lengths };
}

/** The values are views of one buffer: nobody else has it, but each keeps all of it. */
export function unpackValues(packed: PackedValues): (Uint8Array | undefined)[] {
  let offset = 0;
  return Array.from(packed.lengths, (length) => {
    if (length === absent) return undefined;
    const value = packed.bytes.subarray(offset, offset + length);
    offset += length;
    return value;
  });
}

export function packTexts(texts: readonly string[]): string {
  return texts.join(divider);
}

/** `count` tells no text from one empty text. */
export function unpackTexts(packed: string, count: number): string[] {
  return count === 0 ? [] : packed.split(divider);
}

/** Changes in order. Each has a code; `texts` holds, per change, the scope where it is a new one, then the key or the bounds that there are. */
export interface PackedChanges extends PackedValues {
  readonly codes: Uint8Array<ArrayBuffer>;
  readonly texts: string;
}

const codePut = 0;
const codeDelete = 1;
const codeClear = 2;
const kindMask = 3;
const flagFrom = 4;
const flagBefore = 8;
const flagNewScope = 16;

/** Copies all of `changes`: their values may be reused after the call. */
export function packChanges(changes: readonly StoreChange[]): PackedChanges {
  const codes = new Uint8Array(changes.length);
  const texts: string[] = [];
  const values: Uint8Array[] = [];
  let scope: string | undefined;
  for (const [index, change] of changes.entries()) {
    let code = 0;
    if (change.scope !== scope) {
      texts.push(checked((scope = change.scope)));
      code |= flagNewScope;
    }
    switch (change.kind) {
      case 'put':
        code |= codePut;
        texts.push(checked(change.key));
        values.push(change.value);
        break;
      case 'delete':
        code |= codeDelete;
        texts.push(checked(change.key));
        break;
      case 'clear':
        code |= codeClear;
        if (change.from !== undefined) {
          code |= flagFrom;
          texts.push(checked(change.from));
        }
        if (change.before !== undefined) {
          code |= flagBefore;
          texts.push(checked(change.before));
        }
    }
    codes[index] = code;
  }
  return { codes, texts: packTexts(texts), ...packValues(values) };
}

export function unpackChanges(packed: PackedChanges): StoreChange[] {
  const texts = packed.texts.split(divider);
  const values = unpackValues(packed);
  let nextText = 0;
  let nextValue = 0;
  let scope = '';
  const text = (): string => texts[nextText++] ?? '';
  return Array.from(packed.codes, (code): StoreChange => {
    if (code & flagNewScope) scope = text();
    switch (code & kindMask) {
      case codePut:
        return { kind: 'put', scope, key: text(), value: values[nextValue++] ?? new Uint8Array(0) };
      case codeDelete:
        return { kind: 'delete', scope, key: text() };
      default: {
        const from = code & flagFrom ? { from: text() } : {};
        const before = code & flagBefore ? { before: text() } : {};
        return { kind: 'clear', scope, ...from, ...before };
      }
    }
  });
}

/** A NUL would divide the text; half a surrogate pair has no UTF-8. */
export function checked(text: string): string {
  assert(!text.includes(divider) && text.isWellFormed(), 'keys and scopes are Unicode text without NUL');
  return text;
}
