import type { HistoryRow } from '../journal/types.ts';
import type { KnownEntry, RelPath } from '../model/index.ts';
import type { Result } from '../base/index.ts';
import type { FileError } from '../ports/index.ts';
import type { Decision } from '../reconcile/index.ts';
import { planCopy } from './conflict-copy.ts';
import type { FolderContext } from './context.ts';
import { contentOf } from './directory-content.ts';
import type { Keep, Prepared, Published, Publisher, Recording } from './publisher.ts';
import { loserOf } from './set-aside.ts';
import { troubleOf } from './problems.ts';

/** A decision that puts a live winner on the disk. */
export type Placing = Extract<Decision, { readonly kind: 'apply' | 'settle' | 'displace' }>;

export type PlacingOutcome = Published | { readonly kind: 'waits' };

export function winnerToPlace(placing: Placing): KnownEntry {
  return placing.kind === 'apply' ? placing.entry : placing.winner;
}

/**
 * Puts the winner at `path` in place of what `row` says, keeping that as the decision asks. `prepare` makes the object of a file or link;
 * a directory needs none. The caller has the claim of `path`.
 */
export async function place(
  context: FolderContext,
  publisher: Publisher,
  work: { readonly path: RelPath; readonly row: HistoryRow | undefined; readonly placing: Placing },
  prepare: () => Promise<Result<Prepared, FileError>>,
): Promise<PlacingOutcome> {
  const { path, placing } = work;
  let { row } = work;
  const entry = winnerToPlace(placing);
  if (row?.stat.kind === 'directory') {
    const cleared = await clearDirectory(context, publisher, path, row);
    if (cleared.kind !== 'published') return cleared;
    row = undefined;
  }
  const keep = await keepFor(context, path, row, placing);
  if (keep === 'busy')
    return {
      kind: 'trouble',
      trouble: { kind: 'in-use', permanent: false, text: `the copy of "${path}" that is to be kept is being worked on` },
    };
  const recording: Recording = { entry, again: placing.kind === 'settle' };
  try {
    if (entry.snap.kind === 'directory') return await publisher.directory(path, row, recording, keep.keep);
    const prepared = await prepare();
    if (!prepared.ok) return { kind: 'trouble', trouble: troubleOf(path, prepared.error, 'write') };
    return await publisher.object(path, row, prepared.value, recording, keep.keep);
  } finally {
    keep.release();
  }
}

/** Takes a directory away that is to be something else, or nothing. Its recorded children go first, by themselves. */
export async function clearDirectory(
  context: FolderContext,
  publisher: Publisher,
  path: RelPath,
  row: HistoryRow,
): Promise<PlacingOutcome> {
  const content = await contentOf(context, path);
  switch (content) {
    case 'empty':
      return publisher.removeDirectory(path, row, false);
    case 'only-litter':
      return publisher.removeDirectory(path, row, true);
    case 'recorded':
      return { kind: 'waits' };
    case 'only-ignored':
      return {
        kind: 'trouble',
        trouble: {
          kind: 'in-use',
          permanent: true,
          text: `"${path}" cannot be replaced while ignored files are in that directory here; move them away`,
        },
      };
    case 'other':
      context.requestScan([path]);
      return { kind: 'waits' };
    case 'unreadable':
      return {
        kind: 'trouble',
        trouble: { kind: 'read-error', permanent: false, text: `the directory "${path}" cannot be listed; it is tried again by itself` },
      };
  }
}

const nothingToRelease = (): void => undefined;

async function keepFor(
  context: FolderContext,
  path: RelPath,
  row: HistoryRow | undefined,
  placing: Placing,
): Promise<{ readonly keep: Keep; readonly release: () => void } | 'busy'> {
  if (!row || placing.kind === 'apply') return { keep: { kind: 'trash', reason: 'replaced' }, release: nothingToRelease };
  const isOwnChange = placing.kind === 'displace' && placing.snap.kind === 'removed';
  const loser = isOwnChange ? { snap: placing.snap, author: context.device.id } : loserOf(row);
  const choice = await planCopy(context, path, row.entry.snap, loser, placing.kind === 'settle');
  if (choice.kind === 'busy') return 'busy';
  if (choice.kind === 'present') return { keep: { kind: 'nothing' }, release: choice.release };
  return { keep: { kind: 'copy', plan: choice.plan }, release: () => choice.plan.release() };
}
