import { decode, encode } from 'cborg';
import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';

/** A value as CBOR holds it: what every message and record is made of before validation. */
export type CborValue =
  null | boolean | number | string | Uint8Array | readonly CborValue[] | { readonly [key: string]: CborValue | undefined };

export interface MalformedError {
  readonly kind: 'malformed';
  /** What is wrong, for logs. */
  readonly text: string;
}

/** CBOR (RFC 8949) of `value`; members that are undefined are left out. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true });
}

/** The one CBOR value in `bytes`; strict: no tags, no indefinite lengths, no duplicate keys, no trailing bytes. */
export function decodeCbor(bytes: Uint8Array): Result<unknown, MalformedError> {
  try {
    return ok(
      decode(bytes, {
        allowIndefinite: false,
        allowUndefined: false,
        allowNaN: false,
        allowInfinity: false,
        allowBigInt: false,
        rejectDuplicateMapKeys: true,
      }) as unknown,
    );
  } catch (error) {
    return err({ kind: 'malformed', text: error instanceof Error ? error.message : 'not CBOR' });
  }
}
