import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type { Result } from '../../core/base/index.ts';
import type { CommandError, CommandSession } from './session.ts';

/** A path that a person typed, absolute. The agent has other ideas of where "here" is. */
export function absolutePath(session: CommandSession, typed: string): string {
  return resolve(session.cwd, typed);
}

/**
 * A folder that a person named: a word that looks like a path (`.`, `../docs`, `/home/anna/docs`) is made absolute, any other is a name or an
 * id as it stands.
 */
export function folderWord(session: CommandSession, typed: string): string {
  const isPath = typed === '.' || typed === '..' || typed.includes('/') || typed.includes(sep);
  return isPath ? realPath(absolutePath(session, typed)) : typed;
}

/**
 * Calls with the path of a synced file, which people give in two ways: as it is from where they stand, or relative to its folder, the
 * way lists show it. Where the path is below a synced folder the first meaning is tried first, else only the second.
 */
export async function callWithPath<T>(
  session: CommandSession,
  typed: string,
  call: (path: string) => Promise<Result<T, CommandError>>,
): Promise<Result<T, CommandError>> {
  const absolute = canonicalPath(absolutePath(session, typed));
  if (isAbsolute(typed)) return call(absolute);
  const folders = await session.call('folder.list', {});
  if (!folders.ok) return folders;
  if (!folders.value.folders.some((folder) => absolute.startsWith(`${folder.path}${sep}`))) return call(typed);
  const found = await call(absolute);
  return found.ok || found.error.kind !== 'not-found' ? found : call(typed);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** `path` with the links above its last part resolved as far as it exists; the last part may itself be a synced link. */
export function canonicalPath(path: string): string {
  try {
    const parent = dirname(path);
    return parent === path ? path : join(realpathSync(parent), basename(path));
  } catch {
    return path;
  }
}
