/**
 * A small pseudo-random generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, seeded from text by xmur3. Good
 * enough for simulations, never for secrets. The same seed gives the same numbers for ever: failing seeds are kept as tests.
 */
export class Prng {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    this.seed = seed;
    const next = xmur3(seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#counter = next();
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An independent stream: what is drawn from it changes nothing here, and the other way round. */
  fork(label: string): Prng {
    return new Prng(`${this.seed}/${label}`);
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A number in [min, max). */
  between(min: number, max: number): number {
    return min + this.fraction() * (max - min);
  }

  /** An integer in [min, max], both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** True with probability `probability`. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** `items` in another order; the array itself stays as it is. */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      const swapped = result[i] as T;
      result[i] = result[j] as T;
      result[j] = swapped;
    }
    return result;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.uint32();
      bytes[i] = word & 0xff;
      if (i + 1 < length) bytes[i + 1] = (word >>> 8) & 0xff;
      if (i + 2 < length) bytes[i + 2] = (word >>> 16) & 0xff;
      if (i + 3 < length) bytes[i + 3] = word >>> 24;
    }
    return bytes;
  }
}

/** Hashes text into a stream of 32-bit integers (bryc, public domain). */
function xmur3(text: string): () => number {
  let hash = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 3432918353);
    hash = (hash << 13) | (hash >>> 19);
  }
  return () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
    hash ^= hash >>> 16;
    return hash >>> 0;
  };
}
