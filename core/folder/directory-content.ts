import type { RelPath } from '../model/index.ts';
import { childPath, isLive, relPath, winnerOf } from '../model/index.ts';
import type { FolderContext } from './context.ts';

/**
 * What a directory on disk holds, for removing it (FLD-4). `recorded`: paths of history, whose own removal comes first. `other`: things
 * that a scan has not seen yet. `unreadable`: no conclusion.
 */
export type DirectoryContent = 'empty' | 'only-litter' | 'only-ignored' | 'recorded' | 'other' | 'unreadable';

export async function contentOf(context: FolderContext, directory: RelPath): Promise<DirectoryContent> {
  const listed = await context.disk.tree.list(directory);
  if (!listed.ok) return 'unreadable';
  const isRecorded = (await context.journal.childHistory(directory)).length > 0;
  // Of an empty directory with a history below it the scan has to say first that all of that is gone: it is found by its directory.
  if (listed.value.length === 0) return isRecorded ? 'other' : 'empty';
  if (isRecorded) return 'recorded';
  const rules = context.rules();
  let onlyLitter = true;
  for (const { name, kind, undecodable } of listed.value) {
    const path = childPath(directory, name);
    const isDirectory = kind === 'directory';
    if (undecodable || !relPath(path).ok) return 'other';
    if (rules.isLitter(path, isDirectory)) continue;
    onlyLitter = false;
    if (rules.ignores(path, isDirectory)) continue;
    if (!isDirectory || !(await stays(context, path))) return 'other';
  }
  return onlyLitter ? 'only-litter' : 'only-ignored';
}

/** A directory that a peer has removed and that only ignored content keeps here. */
async function stays(context: FolderContext, path: RelPath): Promise<boolean> {
  const { heads, history } = await context.journal.pathState(path);
  const winner = winnerOf(heads);
  if (history || !winner || isLive(winner.snap)) return false;
  return (await contentOf(context, path)) === 'only-ignored';
}
