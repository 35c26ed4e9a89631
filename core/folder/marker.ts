import { bytesEqual, err, ok, textFromUtf8, utf8 } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { FolderId } from '../model/index.ts';
import { isFolderId, privateDirectoryName } from '../model/index.ts';
import type { FileError, FileTree, FileTrees, StoreFailure } from '../ports/index.ts';
import { stagingDirectory, trashDirectory } from './folder-disk.ts';
import type { FolderStop } from './types.ts';

/** Holds the FolderId, so that an unmounted, replaced or foreign directory is never taken for the folder (FLD-5). */
export const markerPath = `${privateDirectoryName}/folder`;

const markerBytesMax = 256;

/** Why a directory cannot become the root of a folder. */
export interface RootRefusal {
  readonly kind: 'not-found' | 'not-directory' | 'not-writable' | 'other-folder' | 'error';
  readonly text: string;
}

/**
 * Makes the directory `root`, which must exist, the root of `folder`: private directories and marker. A marker of the same folder is
 * fine (accepted again); any other one is refused. Durable when it resolves. Returns the canonical path.
 */
export async function prepareRoot(trees: FileTrees, root: string, folder: FolderId): Promise<Result<string, RootRefusal>> {
  const canonical = await trees.canonicalPath(root);
  if (!canonical.ok) return err(rootRefusal(root, canonical.error));
  const opened = await trees.open(canonical.value);
  if (!opened.ok) return err(rootRefusal(root, opened.error));
  const tree = opened.value;
  try {
    const known = await readMarker(tree);
    if (!known.ok) return err(rootRefusal(root, known.error));
    if (known.value !== undefined && known.value !== folder) {
      return err({
        kind: 'other-folder',
        text: `${root} already belongs to another synced folder; choose another directory or remove that folder first`,
      });
    }
    const made = await makePrivateDirectories(tree);
    if (!made.ok) return err(rootRefusal(root, made.error));
    if (known.value === undefined) {
      const written = await writeMarker(tree, folder);
      if (!written.ok) return err(rootRefusal(root, written.error));
    }
    return ok(canonical.value);
  } finally {
    await tree.close();
  }
}

/** Takes the marker away, so that the directory is an ordinary one again (ROS-4). Nothing else is touched; without a marker nothing happens. */
export async function removeMarker(trees: FileTrees, root: string, folder: FolderId): Promise<Result<void, FileError>> {
  const opened = await trees.open(root);
  if (!opened.ok) return opened;
  const tree = opened.value;
  try {
    const known = await readMarker(tree);
    if (!known.ok) return known;
    if (known.value !== folder) return ok();
    const removed = await tree.unlink(markerPath);
    if (!removed.ok) return removed;
    return await tree.syncDirectory(privateDirectoryName);
  } finally {
    await tree.close();
  }
}

/** Creates `.dormouse` with its parts where they are missing. */
export async function makePrivateDirectories(tree: FileTree): Promise<Result<void, FileError>> {
  for (const path of [privateDirectoryName, stagingDirectory, trashDirectory]) {
    const made = await tree.makeDirectory(path);
    if (!made.ok && made.error.kind !== 'exists') return made;
  }
  for (const path of ['', privateDirectoryName]) {
    const synced = await tree.syncDirectory(path);
    if (!synced.ok) return synced;
  }
  return ok();
}

/** Undefined where the root is that of `folder`. */
export async function checkMarker(tree: FileTree, folder: FolderId): Promise<FolderStop | undefined> {
  const known = await readMarker(tree);
  if (!known.ok) return stopOfError(tree.root, known.error);
  if (known.value === folder) return undefined;
  if (known.value === undefined) {
    const root = await tree.stat('');
    if (!root.ok) return stopOfError(tree.root, root.error);
    return {
      kind: 'marker-missing',
      text: `${tree.root} lacks the file ${markerPath} that shows it is this folder: it was moved, emptied or its disk is not mounted. Bring it back, or remove the folder here and add it again`,
    };
  }
  return {
    kind: 'marker-foreign',
    text: `${tree.root} now holds another synced folder. Put the right directory back, or remove the folder here and add it again`,
  };
}

/** The state in which a folder waits whose root cannot be used because of `error`. */
export function stopOfError(root: string, error: FileError): FolderStop {
  switch (error.kind) {
    case 'not-found':
      return {
        kind: 'root-missing',
        text: `${root} is not there: it was moved or its disk is not mounted. Bring it back; nothing is removed meanwhile`,
      };
    case 'not-directory':
    case 'is-directory':
    case 'escapes':
    case 'exists':
    case 'not-empty':
      return { kind: 'root-not-directory', text: `${root} is not an ordinary directory any more. Put the folder's directory back` };
    case 'read-only':
      return { kind: 'root-read-only', text: `the disk of ${root} is read-only. Make it writable` };
    case 'permission':
      return { kind: 'permission', text: `${root} may not be read or written by this user. Change its permissions` };
    case 'full':
    case 'busy':
    case 'too-long':
    case 'too-many-open':
    case 'unsupported':
    case 'cross-device':
    case 'io':
      return { kind: 'disk-error', text: `${root} cannot be used (${error.code}). Check its disk` };
  }
}

/** The state in which a folder waits while the program's own store fails. */
export function stopOfStore(failure: StoreFailure): FolderStop {
  return { kind: 'disk-error', text: `the program's own state cannot be written: ${failure.message}. Free some space or check that disk` };
}

/** The FolderId in the marker, or undefined where there is no marker or none that makes sense. */
async function readMarker(tree: FileTree): Promise<Result<FolderId | undefined, FileError>> {
  const read = await tree.readWhole(markerPath, markerBytesMax);
  if (!read.ok) return isAbsence(read.error) ? ok(undefined) : read;
  const { content } = read.value;
  const text = content && textFromUtf8(content)?.trim();
  return ok(text !== undefined && isFolderId(text) ? text : undefined);
}

function isAbsence(error: FileError): boolean {
  return error.kind === 'not-found' || error.kind === 'not-directory' || error.kind === 'is-directory';
}

/** Written under another name first, so that a crash leaves either no marker or a whole one. */
async function writeMarker(tree: FileTree, folder: FolderId): Promise<Result<void, FileError>> {
  const draft = `${markerPath}.new`;
  const stale = await tree.unlink(draft);
  if (!stale.ok && stale.error.kind !== 'not-found') return stale;
  const created = await tree.create(draft, 0o666);
  if (!created.ok) return created;
  const handle = created.value;
  const content = utf8(`${folder}\n`);
  try {
    const written = await handle.write(0, content);
    if (!written.ok) return written;
    const read = await handle.read(0, markerBytesMax);
    if (!read.ok) return read;
    if (!bytesEqual(read.value, content)) return err({ kind: 'io', path: markerPath, code: 'WRITTEN_BYTES_DIFFER' });
    const synced = await handle.sync();
    if (!synced.ok) return synced;
  } finally {
    await handle.close();
  }
  const renamed = await tree.rename(draft, markerPath, { replace: true });
  return renamed.ok ? tree.syncDirectory(privateDirectoryName) : renamed;
}

function rootRefusal(root: string, error: FileError): RootRefusal {
  if (error.kind === 'not-found') return { kind: 'not-found', text: `${root} does not exist; create it first` };
  if (error.kind === 'not-directory' || error.kind === 'escapes')
    return { kind: 'not-directory', text: `${root} is not a directory; choose a directory` };
  if (error.kind === 'permission' || error.kind === 'read-only') {
    return {
      kind: 'not-writable',
      text: `${root} cannot be written by this user (${error.code}); change its permissions or choose another directory`,
    };
  }
  return { kind: 'error', text: `${root} cannot be used (${error.code})` };
}
