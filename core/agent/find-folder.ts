import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { ApiError } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import type { RelPath } from '../model/index.ts';
import { relPath } from '../model/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { itemByWord } from './words.ts';

/** The one folder that `word` names: by name, id, or path on this machine. */
export function findFolder(core: AgentCore, word: string): Result<FolderRuntime, ApiError> {
  const describe = (folder: FolderRuntime): { id: string; name: string; others: string[] } => ({
    id: folder.id,
    name: folder.name(),
    others: [folder.root, stripSlash(word) === folder.root ? word : folder.root],
  });
  return itemByWord([...core.folders.values()], word, describe, 'folder');
}

/** The named folder, or all of them. */
export function chosenFolders(core: AgentCore, word: string | undefined): Result<readonly FolderRuntime[], ApiError> {
  if (word === undefined) return ok([...core.folders.values()]);
  const found = findFolder(core, word);
  return found.ok ? ok([found.value]) : found;
}

/** A path that a person typed: absolute below a folder's root, or relative to the named or only folder, or to the one that has it. */
export async function folderAndPath(
  core: AgentCore,
  word: string | undefined,
  text: string,
): Promise<Result<{ folder: FolderRuntime; path: RelPath }, ApiError>> {
  const chosen = chosenFolders(core, word);
  if (!chosen.ok) return chosen;
  const candidates: { folder: FolderRuntime; path: RelPath }[] = [];
  for (const folder of chosen.value) {
    const below = text.startsWith(`${folder.root}/`) ? text.slice(folder.root.length + 1) : text;
    const path = relPath(below);
    if (path.ok) candidates.push({ folder, path: path.value });
  }
  const known = [];
  for (const candidate of candidates)
    if ((await candidate.folder.journal.pathState(candidate.path)).heads.length > 0) known.push(candidate);
  const [first, second] = known;
  if (first && !second) return ok(first);
  if (first)
    return err(
      apiError(
        'ambiguous',
        `"${text}" is in more than one folder: ${known.map((each) => each.folder.name()).join(', ')}. Name the folder, or give the whole path.`,
      ),
    );
  return err(apiError('not-found', `No synced folder has "${text}". Give the path relative to the folder’s root, or the whole path.`));
}

function stripSlash(text: string): string {
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
}
