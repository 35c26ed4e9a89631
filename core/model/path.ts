import type { Branded, Result } from '../base/index.ts';
import { err, ok, utf8 } from '../base/index.ts';
import { limits } from './limits.ts';

/**
 * A safe path below a folder's root: components joined by `/`, never absolute, never empty, no `.` or `..`, no NUL, no
 * component that folds to `.dormouse`, within the limits. The root itself is `rootPath`, the only empty one (FLD-6).
 */
export type RelPath = Branded<string, 'RelPath'>;

/** The folder's root: parent of the topmost names, never the path of an entry. */
export const rootPath = '' as RelPath;

/** The name of the directory in a folder's root that belongs to the product. */
export const privateDirectoryName = '.dormouse';

export type PathRefusal =
  | { readonly kind: 'empty' }
  | { readonly kind: 'absolute' }
  | { readonly kind: 'dot-component' }
  | { readonly kind: 'nul' }
  | { readonly kind: 'not-unicode' }
  | { readonly kind: 'private' }
  | { readonly kind: 'too-long'; readonly bytes: number; readonly bytesMax: number };

/** Checks `text` against FLD-6's rules that hold everywhere. */
export function relPath(text: string): Result<RelPath, PathRefusal> {
  if (text === '') return err({ kind: 'empty' });
  if (text.startsWith('/')) return err({ kind: 'absolute' });
  if (text.includes('\0')) return err({ kind: 'nul' });
  if (!text.isWellFormed()) return err({ kind: 'not-unicode' });
  const bytes = utf8(text).length;
  if (bytes > limits.pathBytesMax) return err({ kind: 'too-long', bytes, bytesMax: limits.pathBytesMax });
  for (const component of text.split('/')) {
    const refusal = refusedComponent(component);
    if (refusal) return err(refusal);
  }
  return ok(text as RelPath);
}

function refusedComponent(component: string): PathRefusal | undefined {
  if (component === '') return { kind: 'empty' };
  if (component === '.' || component === '..') return { kind: 'dot-component' };
  const bytes = utf8(component).length;
  if (bytes > limits.pathComponentBytesMax) return { kind: 'too-long', bytes, bytesMax: limits.pathComponentBytesMax };
  if (foldsToPrivate(component)) return { kind: 'private' };
  return undefined;
}

/** Whether some file system might take `component` for our private directory: case, Unicode form, ignorable characters, trailing dots and blanks. */
function foldsToPrivate(component: string): boolean {
  const folded = component
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/[. ]+$/u, '');
  return folded === privateDirectoryName || folded.startsWith(`${privateDirectoryName}:`) || folded === 'dormou~1';
}

export function parentPath(path: RelPath): RelPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as RelPath;
}

/** The last component. */
export function baseName(path: RelPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of the object called `name` in directory `parent`; unchecked, for names that came from a checked path. */
export function childPath(parent: RelPath, name: string): RelPath {
  return (parent === rootPath ? name : `${parent}/${name}`) as RelPath;
}

export function isBelow(path: RelPath, ancestor: RelPath): boolean {
  return ancestor === rootPath ? path !== rootPath : path.startsWith(`${ancestor}/`);
}

/** Number of components; the root has none. */
export function pathDepth(path: RelPath): number {
  return path === rootPath ? 0 : path.split('/').length;
}

/**
 * The store key of a path: `PARENT//NAME`. No path contains `//`, so the children of a directory are one key range
 * ({@link childrenKeyPrefix}) and everything below it another ({@link subtreeKeyRange}).
 */
export function pathKey(path: RelPath): string {
  return `${parentPath(path)}//${baseName(path)}`;
}

export function pathFromKey(key: string): RelPath {
  const at = key.lastIndexOf('//');
  return childPath(key.slice(0, at) as RelPath, key.slice(at + 2));
}

/** Prefix of the keys of the direct children of `directory`. */
export function childrenKeyPrefix(directory: RelPath): string {
  return `${directory}//`;
}

/** Half-open key range of everything below `directory`, at any depth; undefined means: every key. */
export function subtreeKeyRange(directory: RelPath): { readonly from: string; readonly before: string } | undefined {
  // '0' is the character after '/'.
  return directory === rootPath ? undefined : { from: `${directory}/`, before: `${directory}0` };
}
