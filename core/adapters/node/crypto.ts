import * as crypto from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { assert } from '../../base/index.ts';
import { deviceIdFromPublicKey, limits, publicKeyFromDeviceId } from '../../model/index.ts';
import type { BlockName, DeviceId } from '../../model/index.ts';
import { signatureBytes } from '../../ports/index.ts';
import type { Crypto, Signer } from '../../ports/index.ts';

/** DER around a raw Ed25519 seed (PKCS #8) and around a raw public key (SPKI). Source: RFC 8410. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const seedBytes = 32;

/** Parsed public keys kept: parsing costs as much as verifying. */
const publicKeysMax = limits.pairedDevicesMax;

/** SHA-256, HMAC and Ed25519 of node:crypto. Runs on OpenSSL (Node) and BoringSSL (Electron). */
export function nodeCrypto(): Crypto {
  /** In the order of use, oldest first. */
  const publicKeys = new Map<DeviceId, KeyObject>();

  function publicKeyOf(device: DeviceId): KeyObject | undefined {
    let key = publicKeys.get(device);
    if (key) publicKeys.delete(device);
    else {
      const raw = publicKeyFromDeviceId(device);
      if (!raw) return undefined;
      key = crypto.createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
    }
    publicKeys.set(device, key);
    if (publicKeys.size > publicKeysMax) {
      const oldest = publicKeys.keys().next();
      if (!oldest.done) publicKeys.delete(oldest.value);
    }
    return key;
  }

  return {
    sha256: (bytes) => new Uint8Array(crypto.hash('sha256', bytes, 'buffer')),
    sha256Hex: (bytes) => crypto.hash('sha256', bytes, 'hex') as BlockName,
    hmacSha256: (key, bytes) => new Uint8Array(crypto.createHmac('sha256', key).update(bytes).digest()),
    verify: (author, bytes, signature) => {
      if (signature.length !== signatureBytes) return false;
      const key = publicKeyOf(author);
      return key !== undefined && crypto.verify(null, bytes, key, signature);
    },
    generateSeed: () => new Uint8Array(crypto.randomBytes(seedBytes)),
    signer,
  };
}

function signer(seed: Uint8Array): Signer {
  assert(seed.length === seedBytes, 'an Ed25519 seed has 32 bytes');
  const kept = seed.slice();
  const privateKey = crypto.createPrivateKey({ key: Buffer.concat([pkcs8Prefix, kept]), format: 'der', type: 'pkcs8' });
  const spki = crypto.createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    device: deviceIdFromPublicKey(new Uint8Array(spki.subarray(spkiPrefix.length))),
    seed: kept,
    sign: (bytes) => new Uint8Array(crypto.sign(null, bytes, privateKey)),
  };
}
