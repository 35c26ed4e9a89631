import type { Epoch } from '../model/index.ts';

/**
 * What kind of thing points at an epoch; cleared in this order, so that nobody who learns of a failed call can still find the peer
 * among the live ones or among the sources of a download.
 */
const kinds = ['live', 'source', 'call'] as const;
export type ReferenceKind = (typeof kinds)[number];

/** The one table of everything that refers to an epoch (SES-2). Whoever keeps something that belongs to an epoch enters here how to drop it. */
export class ReferenceTable {
  readonly #byEpoch = new Map<Epoch, Set<Reference>>();

  /** Enters a reference; the returned function takes it out again. `clear` must be quick and synchronous, and may not start anything. */
  refer(epoch: Epoch, kind: ReferenceKind, clear: () => void): () => void {
    let references = this.#byEpoch.get(epoch);
    if (!references) this.#byEpoch.set(epoch, (references = new Set()));
    const reference: Reference = { kind, clear };
    references.add(reference);
    return () => {
      references.delete(reference);
      if (references.size === 0 && this.#byEpoch.get(epoch) === references) this.#byEpoch.delete(epoch);
    };
  }

  /** Clears everything that refers to `epoch` and returns how many there were. */
  clear(epoch: Epoch): number {
    const references = this.#byEpoch.get(epoch);
    if (!references) return 0;
    this.#byEpoch.delete(epoch);
    for (const kind of kinds) {
      for (const reference of references) if (reference.kind === kind) reference.clear();
    }
    return references.size;
  }

  /** References to epochs that are not in `live`: there must be none. */
  deadReferences(live: ReadonlySet<Epoch>): number {
    let count = 0;
    for (const [epoch, references] of this.#byEpoch) if (!live.has(epoch)) count += references.size;
    return count;
  }
}

interface Reference {
  readonly kind: ReferenceKind;
  readonly clear: () => void;
}
