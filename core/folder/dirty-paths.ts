import type { RelPath } from '../model/index.ts';
import { engineLimits } from './engine-limits.ts';

/**
 * Paths that may have something to apply, in the order in which they were last named: where a file moved, its new path was named right before
 * the old one, and so it is looked at before that, whatever was known of the old one earlier. Bounded, beyond that all that are wanted.
 */
export class DirtyPaths {
  readonly #paths = new Set<RelPath>();
  #all = false;
  /** Of some of them only the list of all that is wanted knows: it comes before what was named later. */
  #isOverflown = false;

  get isEmpty(): boolean {
    return !this.#all && this.#paths.size === 0;
  }

  add(paths: readonly RelPath[] | 'wanted'): void {
    if (paths === 'wanted') this.#all = true;
    else {
      for (const path of paths) {
        this.#paths.delete(path);
        this.#paths.add(path);
      }
    }
    if (this.#paths.size <= engineLimits.dirtyPathsMax) return;
    this.#all = true;
    this.#isOverflown = true;
    this.#paths.clear();
  }

  /** Up to `count` of them, single paths first where none was left out, or that all wanted ones are to be looked at. */
  take(count: number): readonly RelPath[] | 'wanted' {
    if (this.#paths.size === 0 || this.#isOverflown) {
      this.#all = false;
      this.#isOverflown = false;
      return 'wanted';
    }
    const taken: RelPath[] = [];
    for (const path of this.#paths) {
      if (taken.length >= count) break;
      taken.push(path);
    }
    for (const path of taken) this.#paths.delete(path);
    return taken;
  }
}
