import { pureJsCrypto, type ICryptoInterface } from '@chainsafe/libp2p-noise';
import type { Logger } from '../../ports/index.ts';
import { copyBytes } from '../copy-bytes.ts';
import { takeSealedMemory } from './sealed-memory.ts';

export type NoiseCrypto = ICryptoInterface;

const tagBytes = 16;

/**
 * What to pass as `noise({ crypto })`: libsodium, or undefined where its native module does not load, which leaves the choice to
 * the library. That takes node:crypto, a quarter slower here because it allocates and imports the key for every message, and in
 * Electron, whose BoringSSL lacks the cipher, a WebAssembly one of less than half the rate.
 */
export async function chooseNoiseCrypto(logger: Logger): Promise<NoiseCrypto | undefined> {
  try {
    return await sodiumNoiseCrypto();
  } catch (cause) {
    logger.log('warn', 'sodium-not-loaded', { cause: String(cause) });
    return undefined;
  }
}

/**
 * Noise's functions with ChaCha20-Poly1305 (RFC 8439) by libsodium. The rest runs only in the handshake and stays in JavaScript.
 * Rejects where the native module cannot be loaded.
 */
export async function sodiumNoiseCrypto(): Promise<NoiseCrypto> {
  const { default: sodium } = await import('sodium-native');
  return {
    ...pureJsCrypto,
    chaCha20Poly1305Encrypt: (plaintext, nonce, ad, key) => {
      const sealed = takeSealedMemory(plaintext.byteLength + tagBytes);
      // One copy joins the pieces, then libsodium works in place.
      let offset = 0;
      for (const piece of plaintext instanceof Uint8Array ? [plaintext] : plaintext) {
        copyBytes(sealed, piece, offset);
        offset += piece.length;
      }
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, sealed.subarray(0, offset), ad, null, nonce, key);
      return sealed;
    },
    chaCha20Poly1305Decrypt: (ciphertext, nonce, ad, key, destination) => {
      const length = ciphertext.byteLength - tagBytes;
      const tag = ciphertext.subarray(length);
      // A destination already holds the ciphertext, joined, and says that nobody reads it again (the handshake still hashes it):
      // it is opened in place, which libsodium allows.
      const sealed = destination ?? ciphertext.subarray(0, length);
      const plaintext = destination ?? new Uint8Array(length);
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt_detached(plaintext, null, sealed, tag, ad, nonce, key);
      return plaintext;
    },
  };
}
