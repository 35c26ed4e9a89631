import type { BlockPlace } from '../journal/types.ts';
import type { FileSnap, RelPath } from '../model/index.ts';
import { sameContent, winnerOf } from '../model/index.ts';
import { isWanted } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import type { NextStep } from './next-step.ts';
import type { Placing, PlacingOutcome } from './placing.ts';
import type { Publisher } from './publisher.ts';

/** A new file that is to be put in place. */
export interface Arrival {
  readonly path: RelPath;
  readonly step: Extract<NextStep, { kind: 'decided' }>;
  readonly placing: Placing;
  readonly snap: FileSnap;
  /** Where history has its first block. */
  readonly places: readonly BlockPlace[];
}

/**
 * Where the bytes of a new file lie at a path that is to be removed, that file moves (FLD-8). Undefined: there is none, or none in the state
 * that history says; the file is then put together like any other. The caller has the claim of the new path.
 */
export async function tryMove(context: FolderContext, publisher: Publisher, arrival: Arrival): Promise<PlacingOutcome | undefined> {
  const { path, step, placing, snap, places } = arrival;
  if (step.row || placing.kind !== 'apply') return undefined;
  const { journal, claims, commits } = context;
  for (const { path: from, offset } of places) {
    if (offset !== 0 || from === path || !claims.tryClaim(from)) continue;
    try {
      const { heads, history } = await journal.pathState(from);
      const isToGo = winnerOf(heads)?.snap.kind === 'removed' && isWanted(heads, history?.entry);
      if (!history || !isToGo || !sameContent(history.entry.snap, snap)) continue;
      const moved = await commits.awaited(() => publisher.move(from, history, path, placing.entry));
      if (moved.kind !== 'changed') return moved;
    } finally {
      claims.release(from);
    }
  }
  return undefined;
}
