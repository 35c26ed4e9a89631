import { type KeyObject, createHash, createPublicKey, sign, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What is signed begins with this, so that no signature of something else counts. */
const tag = 'dormouse/update/1';
/** DER of an Ed25519 public key before its 32 bytes (RFC 8410). */
const publicKeyPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const publicKeyBytes = 32;

/** An Ed25519 public key from its 32 bytes in base64; undefined where the text is none. */
export function updateKey(base64: string): KeyObject | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== publicKeyBytes || bytes.toString('base64') !== base64.trim()) return undefined;
  return createPublicKey({ key: Buffer.concat([publicKeyPrefix, bytes]), format: 'der', type: 'spki' });
}

/** SHA-512 of a file, base64, as the feed's manifest has it. */
export async function sha512OfFile(path: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('base64');
}

/** The detached signature of an artefact, base64: it names the version too, so that an older artefact cannot pass for a newer one. */
export function signUpdate(version: string, sha512: string, privateKey: KeyObject): string {
  return sign(null, signedBytes(version, sha512), privateKey).toString('base64');
}

export function isSignedUpdate(version: string, sha512: string, signature: string, key: KeyObject): boolean {
  return verify(null, signedBytes(version, sha512), key, Buffer.from(signature, 'base64'));
}

function signedBytes(version: string, sha512: string): Buffer {
  return Buffer.from(`${tag}\n${version}\n${sha512}\n`, 'utf8');
}
