import type { BlockName, DeviceId } from '../model/index.ts';

/** Hashes and signatures. All calls are synchronous and meant for small inputs; file content goes through `Hasher`. */
export interface Crypto {
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 in lower-case hex. */
  sha256Hex(bytes: Uint8Array): BlockName;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Ed25519; false also for a malformed signature or an id that holds no key. */
  verify(author: DeviceId, bytes: Uint8Array, signature: Uint8Array): boolean;
  /** A new device key: 32 bytes of Ed25519 seed. */
  generateSeed(): Uint8Array;
  /** The signing half of a device. */
  signer(seed: Uint8Array): Signer;
}

/** A device's own key in use. */
export interface Signer {
  readonly device: DeviceId;
  readonly seed: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Length of an Ed25519 signature in bytes. */
export const signatureBytes = 64;
