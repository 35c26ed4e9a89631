import type { Prng } from '../sim/index.ts';
import type { FolderWorld } from './folder-world.ts';

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  /** How often it is drawn, in proportion to the others. */
  readonly weight: number;
  /** Does it and arranges for its end; returns what was done, or undefined where it does not apply now. */
  readonly strike: (world: FolderWorld, random: Prng) => string | undefined;
}
