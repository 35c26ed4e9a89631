import type { Result } from '../base/index.ts';
import { concatBytes, err, ok } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { decodeCbor, encodeCbor } from './codec.ts';
import { validateAs } from './message.ts';
import type { Invite } from './pairing.ts';
import { inviteSchema } from './pairing.ts';

/** Beginning of an invite as text; the rest is base64url (without padding) of its CBOR and a CRC-32 of that. */
export const invitePrefix = 'dormouse:pair/';

export type InviteTextError =
  /** It is no invite at all. */
  | { readonly kind: 'malformed'; readonly text: string }
  /** It began as one, but a part is missing or mistyped. */
  | { readonly kind: 'damaged' }
  /** Made by a Dormouse that knows more. */
  | { readonly kind: 'newer-version'; readonly version: number }
  | { readonly kind: 'expired'; readonly expiresAtMs: number }
  /** Made by this very device. */
  | { readonly kind: 'own-device' };

/**
 * How far the clocks of two laptops may differ before an invite that is in order is taken for an old one, ms. The inviting device
 * judges by its own clock in any case.
 */
const clockSkewMs = 10 * 60_000;

export function inviteToText(invite: Invite): string {
  const bytes = encodeCbor(invite);
  return invitePrefix + base64UrlFromBytes(concatBytes([bytes, checksumOf(bytes)]));
}

/**
 * Reads an invite as a person pasted it: white space and line breaks anywhere, the prefix in any case or left out. `here` is this device
 * and its wall clock, ms since 1970.
 */
export function inviteFromText(text: string, here: { readonly device: DeviceId; readonly nowMs: number }): Result<Invite, InviteTextError> {
  if (text.length > 4 * limits.inviteTextCharsMax) return malformed('too long');
  // Mail programs and messengers break lines and put in soft hyphens and zero-width spaces.
  const joined = text.replace(/[\s\u00ad\u200b-\u200d\u2060\ufeff]/g, '');
  const body = joined.toLowerCase().startsWith(invitePrefix) ? joined.slice(invitePrefix.length) : joined;
  if (body.length === 0 || body.length > limits.inviteTextCharsMax) return malformed(body.length === 0 ? 'empty' : 'too long');
  const bytes = bytesFromBase64Url(body);
  if (!bytes) return malformed('characters that no invite has');
  return inviteFromBytes(bytes, here);
}

function inviteFromBytes(bytes: Uint8Array, here: { readonly device: DeviceId; readonly nowMs: number }): Result<Invite, InviteTextError> {
  const content = bytes.subarray(0, Math.max(0, bytes.length - checksumBytes));
  const checksum = checksumOf(content);
  if (bytes.length <= checksumBytes || checksum.some((byte, index) => byte !== bytes[content.length + index]))
    return err({ kind: 'damaged' });
  const decoded = decodeCbor(content);
  if (!decoded.ok) return malformed(decoded.error.text);
  const version = versionOf(decoded.value);
  if (version !== undefined && version > 1) return err({ kind: 'newer-version', version });
  const invite = validateAs(inviteSchema, decoded.value);
  if (!invite.ok) return malformed(invite.error.text);
  if (invite.value.device === here.device) return err({ kind: 'own-device' });
  const { expiresAtMs } = invite.value;
  return here.nowMs > expiresAtMs + clockSkewMs ? err({ kind: 'expired', expiresAtMs }) : ok(invite.value);
}

function malformed(text: string): Result<never, InviteTextError> {
  return err({ kind: 'malformed', text });
}

/** Read before the rest, which another version may hold in another shape. */
function versionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  return typeof value.version === 'number' ? value.version : undefined;
}

const checksumBytes = 4;

/** CRC-32 (ISO-HDLC, as in zip and png), big-endian. Enough against typing and cutting; the secret is what proves. */
function checksumOf(bytes: Uint8Array): Uint8Array {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  const checksum = new Uint8Array(checksumBytes);
  new DataView(checksum.buffer).setUint32(0, ~crc >>> 0);
  return checksum;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function base64UrlFromBytes(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[(held >> (bits - 6)) & 63];
    held &= 0xff;
  }
  return bits > 0 ? text + alphabet[(held << (6 - bits)) & 63] : text;
}

/** Undefined where `text` is not base64url; padding at the end is allowed. */
function bytesFromBase64Url(text: string): Uint8Array | undefined {
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (const character of digits) {
    const value = alphabet.indexOf(character);
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = (held >> bits) & 0xff;
    length += 1;
  }
  return bytes;
}
