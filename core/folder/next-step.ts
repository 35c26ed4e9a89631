import { ok } from '../base/index.ts';
import type { DiskStat, HistoryRow, PathState } from '../journal/types.ts';
import type { RelPath } from '../model/index.ts';
import { baseName, covers, isLive, parentPath, rootPath, winnerOf } from '../model/index.ts';
import { decide, foldName, folds, impossibleHere, isWanted } from '../reconcile/index.ts';
import type { Decision } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { mayAnnounce } from './context.ts';
import { lookByStat } from './look.ts';
import type { Trouble } from './problems.ts';
import { troubleOf } from './problems.ts';

/** What to do with a path whose newest version may not be on this disk. */
export type NextStep =
  | { readonly kind: 'ignored'; readonly state: PathState }
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  /** The disk is not as history says: the scan has to record that first. */
  | { readonly kind: 'changed' }
  /** On this disk the name is that of `row`, another path that is to go (FLD-6). */
  | { readonly kind: 'twin'; readonly row: HistoryRow; readonly state: PathState }
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      /** What is at the path; for a reader's own change with the stat that it has now. */
      readonly row: HistoryRow | undefined;
      readonly state: PathState;
      readonly stat: DiskStat | undefined;
    };

/** `orphan`: a child whose directory no entry speaks of, and none is on its way. */
export type WaitsBelow = 'child' | 'orphan';

/**
 * Looks at journal and disk and decides (the second half of reconciling). Reads a stat, never content. The caller has the path's claim.
 * `below`: what lives below the path and waits for it to be a directory. `state`: read a moment ago, where that is good
 * enough. `mayAssumeFree`: a path without history needs no look, because what follows never replaces anything there.
 */
export async function nextStep(
  context: FolderContext,
  path: RelPath,
  options: { readonly below?: WaitsBelow | undefined; readonly state?: PathState; readonly mayAssumeFree?: boolean } = {},
): Promise<NextStep> {
  const { below } = options;
  const state = options.state ?? (await context.journal.pathState(path));
  const { heads, history } = state;
  const winner = winnerOf(heads);
  const isDirectory = winner?.snap.kind === 'directory' || (winner?.snap.kind !== 'file' && history?.entry.snap.kind === 'directory');
  if (context.rules().ignores(path, isDirectory)) return { kind: 'ignored', state };
  const wanted = isWanted(heads, history?.entry);
  if (wanted && winner && isLive(winner.snap)) {
    const trouble = troubleHere(context, path, winner.snap.kind);
    if (trouble) return { kind: 'trouble', trouble };
  }
  const mayBeInUse = history !== undefined || context.readerChanges.has(path) || folds(context.disk.tree.capabilities);
  const isAssumedFree = options.mayAssumeFree === true && !mayBeInUse;
  const stat = isAssumedFree ? ok(undefined) : await context.disk.stat(path);
  if (!stat.ok) {
    if (stat.error.kind === 'not-directory' || stat.error.kind === 'not-found') return { kind: 'changed' };
    return { kind: 'trouble', trouble: troubleOf(path, stat.error, 'write') };
  }
  const compared = lookByStat(stat.value, history);
  if (compared?.kind !== 'unchanged') return changedHere(context, state, stat.value);
  const mayBeDirectory = below === 'orphan' || (winner !== undefined && (below === 'child' || history?.entry.snap.kind === 'directory'));
  const isGuarded = mayBeDirectory && winner?.snap.kind !== 'directory';
  const facts = {
    path,
    heads,
    history: history?.entry,
    disk: { kind: 'unchanged' } as const,
    liveBelow: isGuarded && (await context.journal.hasLiveBelow(path)),
    mayAnnounce: mayAnnounce(context),
  };
  return { kind: 'decided', decision: decide(facts), row: history, state, stat: stat.value };
}

function troubleHere(context: FolderContext, path: RelPath, kind: string): Trouble | undefined {
  const { capabilities } = context.disk.tree;
  const text = impossibleHere(path, capabilities);
  if (text !== undefined) return { kind: 'name-impossible-here', permanent: true, text };
  if (kind === 'link' && !capabilities.links) {
    return {
      kind: 'links-unsupported-here',
      permanent: true,
      text: `"${path}" is a symbolic link, which this disk cannot hold; it stays on the other devices`,
    };
  }
  return undefined;
}

async function changedHere(context: FolderContext, state: PathState, stat: DiskStat | undefined): Promise<NextStep> {
  const { path, heads, history } = state;
  const winner = winnerOf(heads);
  if (!history && stat && folds(context.disk.tree.capabilities)) {
    const twin = await twinOf(context, path);
    if (twin && winner && isLive(winner.snap)) return twinStep(context, twin, state);
    // The object is that of the other spelling; of this one nothing is here, as it should be.
    if (twin) return { kind: 'decided', decision: { kind: 'nothing' }, row: undefined, state, stat: undefined };
  }
  const isNoted = stat !== undefined && !mayAnnounce(context) && context.readerChanges.isNoted(path, stat);
  if (!isNoted || !winner || (history && covers(history.entry.vector, winner.vector)) || winner.snap.kind === 'unknown')
    return { kind: 'changed' };
  // A reader's own change makes way: it is kept under its own name, by the time it was made.
  const snap = { kind: 'removed', mtimeMs: Math.floor(stat.mtimeMs) } as const;
  const row: HistoryRow = { path, entry: { ...winner, snap }, stat };
  return { kind: 'decided', decision: { kind: 'displace', winner, snap }, row, state, stat };
}

/** The path of history that has the name of `path` on this disk. */
async function twinOf(context: FolderContext, path: RelPath): Promise<HistoryRow | undefined> {
  const rules = context.disk.tree.capabilities;
  const folded = foldName(baseName(path), rules);
  const siblings = await context.journal.childHistory(parentPath(path));
  return siblings.find((row) => row.path !== path && foldName(baseName(row.path), rules) === folded);
}

async function twinStep(context: FolderContext, row: HistoryRow, state: PathState): Promise<NextStep> {
  const { heads } = await context.journal.pathState(row.path);
  const winner = winnerOf(heads);
  if (winner && !isLive(winner.snap)) return { kind: 'twin', row, state };
  const text = `"${state.path}" and "${row.path}" are the same name on this disk; rename one of them on another device`;
  return { kind: 'trouble', trouble: { kind: 'name-collides-here', permanent: true, text } };
}

/** A live path that has the name of `path` on a disk that folds names, where there is one (FLD-6). */
export async function liveTwinOf(context: FolderContext, path: RelPath): Promise<RelPath | undefined> {
  const rules = context.disk.tree.capabilities;
  if (!folds(rules)) return undefined;
  let directories = [rootPath];
  for (const component of path.split('/')) {
    const folded = foldName(component, rules);
    const next: RelPath[] = [];
    for (const directory of directories) {
      for (const child of await context.journal.liveChildren(directory)) {
        if (foldName(baseName(child.path), rules) === folded) next.push(child.path);
      }
    }
    directories = next;
  }
  return directories.find((each) => each !== path);
}
