import type { DiskStat, HistoryChange } from '../journal/types.ts';
import type { KnownEntry, RelPath, Snap } from '../model/index.ts';
import { emptyVector, isLive, sameContent, winnerOf } from '../model/index.ts';
import type { Loser } from '../reconcile/index.ts';
import { conflictNames } from '../reconcile/index.ts';
import type { DraftItem } from './commit-group.ts';
import type { FolderContext } from './context.ts';
import { isSameState } from './folder-disk.ts';

/** Where a losing version goes, and how that is recorded once it is there. The plan has the claim of `path`. */
export interface CopyPlan {
  readonly path: RelPath;
  /** Adds what belongs into the commit of the replacement. */
  record(stat: DiskStat, history: HistoryChange[], drafts: DraftItem[]): void;
  release(): void;
}

export type CopyChoice =
  | { readonly kind: 'copy'; readonly plan: CopyPlan }
  /** The same bytes are on this disk under that very name already, as another device derived it. */
  | { readonly kind: 'present'; readonly release: () => void }
  /** Somebody works on the name right now. */
  | { readonly kind: 'busy' };

/**
 * Finds the name under which the version that `row` holds is kept (FLD-3). A name that others already gave to equal bytes is used
 * without announcing it again. `announced` false: the copy is a reader's own and stays unknown to the folder (ROS-4).
 */
export async function planCopy(context: FolderContext, path: RelPath, snap: Snap, loser: Loser, announced: boolean): Promise<CopyChoice> {
  for (const candidate of conflictNames(path, loser)) {
    if (!context.claims.tryClaim(candidate)) return { kind: 'busy' };
    const release = (): void => context.claims.release(candidate);
    const use = await usability(context, candidate, snap);
    if (use.kind === 'taken') {
      release();
      continue;
    }
    if (use.kind === 'present') return { kind: 'present', release };
    const record = announced ? recorder(candidate, path, snap, use) : noRecord;
    return { kind: 'copy', plan: { path: candidate, record, release } };
  }
  return { kind: 'busy' };
}

type Usability =
  | { readonly kind: 'free' }
  | { readonly kind: 'known'; readonly entry: KnownEntry }
  | { readonly kind: 'present' }
  | { readonly kind: 'taken' };

async function usability(context: FolderContext, candidate: RelPath, snap: Snap): Promise<Usability> {
  const { heads, history } = await context.journal.pathState(candidate);
  const onDisk = await context.disk.stat(candidate);
  if (!onDisk.ok) return { kind: 'taken' };
  if (onDisk.value) {
    const isOurs = history && sameContent(history.entry.snap, snap) && isSameState(onDisk.value, history.stat);
    return { kind: isOurs ? 'present' : 'taken' };
  }
  // History says that something is here and the disk does not: a removal that no scan has seen yet.
  if (history) return { kind: 'taken' };
  const winner = winnerOf(heads);
  if (!winner || !isLive(winner.snap)) return { kind: 'free' };
  return sameContent(winner.snap, snap) ? { kind: 'known', entry: winner } : { kind: 'taken' };
}

function recorder(candidate: RelPath, of: RelPath, snap: Snap, use: Extract<Usability, { kind: 'free' | 'known' }>): CopyPlan['record'] {
  return (stat, history, drafts) => {
    if (use.kind === 'known') history.push({ kind: 'set', row: { path: candidate, entry: use.entry, stat } });
    else drafts.push({ draft: { path: candidate, snap, vector: emptyVector, conflictOf: of, bump: true }, onDisk: { stat } });
  };
}

const noRecord: CopyPlan['record'] = () => undefined;
