/** The two functions that are used; the package has no types of its own. */
declare module 'sodium-native' {
  interface Sodium {
    crypto_aead_chacha20poly1305_ietf_encrypt(
      c: Uint8Array,
      m: Uint8Array,
      ad: Uint8Array | null,
      nsec: null,
      npub: Uint8Array,
      k: Uint8Array,
    ): number;
    /** Throws where `mac` is not the tag of `c`. */
    crypto_aead_chacha20poly1305_ietf_decrypt_detached(
      m: Uint8Array,
      nsec: null,
      c: Uint8Array,
      mac: Uint8Array,
      ad: Uint8Array | null,
      npub: Uint8Array,
      k: Uint8Array,
    ): void;
  }
  const sodium: Sodium;
  export default sodium;
}
