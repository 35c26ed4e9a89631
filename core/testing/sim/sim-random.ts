import type { Random } from '../../ports/index.ts';
import type { Prng } from './prng.ts';

/** {@link Random} from a stream of the world. */
export class SimRandom implements Random {
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  bytes(length: number): Uint8Array {
    return this.#prng.bytes(length);
  }

  fraction(): number {
    return this.#prng.fraction();
  }
}
