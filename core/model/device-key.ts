import { assert } from '../base/index.ts';
import type { DeviceId } from './ids.ts';

/**
 * DeviceIds are libp2p PeerIds of Ed25519 keys: base58btc of an identity multihash (00 24) over the protobuf of a public
 * key (08 01 12 20, then 32 bytes). Source: libp2p specs, peer-ids.
 */
const prefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const publicKeyBytes = 32;
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The DeviceId of a raw Ed25519 public key (32 bytes). */
export function deviceIdFromPublicKey(publicKey: Uint8Array): DeviceId {
  assert(publicKey.length === publicKeyBytes, 'an Ed25519 public key has 32 bytes');
  const bytes = new Uint8Array(prefix.length + publicKeyBytes);
  bytes.set(prefix);
  bytes.set(publicKey, prefix.length);
  return base58FromBytes(bytes) as DeviceId;
}

/** The raw Ed25519 public key in `text`, or undefined where it is no DeviceId. */
export function publicKeyFromDeviceId(text: string): Uint8Array | undefined {
  if (text.length > 64) return undefined;
  const bytes = bytesFromBase58(text);
  if (!bytes || bytes.length !== prefix.length + publicKeyBytes) return undefined;
  if (!prefix.every((byte, index) => bytes[index] === byte)) return undefined;
  return bytes.slice(prefix.length);
}

export function isDeviceId(text: string): text is DeviceId {
  return publicKeyFromDeviceId(text) !== undefined;
}

function base58FromBytes(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let i = 0; i < digits.length; i++) {
      carry += (digits[i] ?? 0) * 256;
      digits[i] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros += 1;
  return (
    '1'.repeat(zeros) +
    digits
      .reverse()
      .map((digit) => alphabet[digit])
      .join('')
  );
}

function bytesFromBase58(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    let carry = alphabet.indexOf(character);
    if (carry < 0) return undefined;
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58;
      bytes[i] = carry & 0xff;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff);
  }
  let zeros = 0;
  while (zeros < text.length && text[zeros] === '1') zeros += 1;
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes.reverse()]);
}
