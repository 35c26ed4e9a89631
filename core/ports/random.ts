/** Randomness as the core sees it. Secrets come from `bytes`, jitter from `fraction`. */
export interface Random {
  /** `length` bytes fit for keys and secrets. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}
