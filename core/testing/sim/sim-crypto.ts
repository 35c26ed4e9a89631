import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { hexFromBytes } from '../../base/index.ts';
import { deviceIdFromPublicKey, publicKeyFromDeviceId } from '../../model/index.ts';
import type { BlockName, DeviceId } from '../../model/index.ts';
import { signatureBytes } from '../../ports/index.ts';
import type { Crypto, Signer } from '../../ports/index.ts';
import type { Prng } from './prng.ts';

/** DER of PKCS #8 and of SubjectPublicKeyInfo around a raw Ed25519 key (RFC 8410). */
const privateKeyHeader = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyHeader = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Results of signature checks, shared by all hosts of a world: every device checks the same batches, and Ed25519 is the dearest
 * call of a simulation.
 */
export class VerifyCache {
  readonly #results = new Map<string, boolean>();
  readonly #sizeMax: number;

  constructor(sizeMax = 50_000) {
    this.#sizeMax = sizeMax;
  }

  get(key: string, check: () => boolean): boolean {
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    if (this.#results.size >= this.#sizeMax) this.#results.clear();
    const result = check();
    this.#results.set(key, result);
    return result;
  }
}

/** {@link Crypto} with real hashes and signatures; only the seeds of new keys come from the world. */
export class SimCrypto implements Crypto {
  readonly #prng: Prng;
  readonly #cache: VerifyCache;
  readonly #publicKeys = new Map<DeviceId, KeyObject | undefined>();

  constructor(prng: Prng, cache: VerifyCache = new VerifyCache()) {
    this.#prng = prng;
    this.#cache = cache;
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(createHash('sha256').update(bytes).digest());
  }

  sha256Hex(bytes: Uint8Array): BlockName {
    return createHash('sha256').update(bytes).digest('hex') as BlockName;
  }

  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(createHmac('sha256', key).update(bytes).digest());
  }

  verify(author: DeviceId, bytes: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== signatureBytes) return false;
    const publicKey = this.#publicKey(author);
    if (!publicKey) return false;
    const key = `${author}/${this.sha256Hex(bytes)}/${hexFromBytes(signature)}`;
    return this.#cache.get(key, () => verify(null, bytes, publicKey, signature));
  }

  generateSeed(): Uint8Array {
    return this.#prng.bytes(32);
  }

  signer(seed: Uint8Array): Signer {
    return signerFromSeed(seed);
  }

  #publicKey(device: DeviceId): KeyObject | undefined {
    if (!this.#publicKeys.has(device)) {
      const raw = publicKeyFromDeviceId(device);
      const key = raw && createPublicKey({ key: Buffer.concat([publicKeyHeader, raw]), format: 'der', type: 'spki' });
      this.#publicKeys.set(device, key);
    }
    return this.#publicKeys.get(device);
  }
}

/** The signing half of a device with this Ed25519 seed (32 bytes). */
export function signerFromSeed(seed: Uint8Array): Signer {
  const privateKey = createPrivateKey({ key: Buffer.concat([privateKeyHeader, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const device = deviceIdFromPublicKey(Uint8Array.from(spki.subarray(publicKeyHeader.length)));
  return { device, seed: Uint8Array.from(seed), sign: (bytes) => Uint8Array.from(sign(null, bytes, privateKey)) };
}
