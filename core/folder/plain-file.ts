import { ok, textFromUtf8 } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { privateDirectoryName } from '../model/index.ts';
import type { FileError, FileTree, FileTrees } from '../ports/index.ts';

const newFileMode = 0o666;

/** Writes a new file below `root`, durably; `exists` where there is something of that name. */
export async function createFile(trees: FileTrees, root: string, path: string, bytes: Uint8Array): Promise<Result<void, FileError>> {
  return withTree(trees, root, (tree) => create(tree, path, bytes));
}

/** Puts a file below `root` in place of what is there, in one step and durably. */
export async function replaceFile(trees: FileTrees, root: string, path: string, bytes: Uint8Array): Promise<Result<void, FileError>> {
  return withTree(trees, root, async (tree) => {
    // Where no scan looks and nothing is synced.
    const draft = `${privateDirectoryName}/draft`;
    const stale = await tree.unlink(draft);
    if (!stale.ok && stale.error.kind !== 'not-found') return stale;
    const written = await create(tree, draft, bytes);
    if (!written.ok) return written;
    const renamed = await tree.rename(draft, path, { replace: true });
    return renamed.ok ? tree.syncDirectory('') : renamed;
  });
}

/** The text of a small file below `root`, `bytesMax` of it at most; undefined where there is none or it is no text. */
export async function readTextFile(
  trees: FileTrees,
  root: string,
  path: string,
  bytesMax: number,
): Promise<Result<string | undefined, FileError>> {
  return withTree(trees, root, async (tree) => {
    const opened = await tree.openRead(path);
    if (!opened.ok) return opened.error.kind === 'not-found' ? ok(undefined) : opened;
    try {
      const read = await opened.value.read(0, bytesMax);
      return read.ok ? ok(textFromUtf8(read.value)) : read;
    } finally {
      await opened.value.close();
    }
  });
}

async function create(tree: FileTree, path: string, bytes: Uint8Array): Promise<Result<void, FileError>> {
  const created = await tree.create(path, newFileMode);
  if (!created.ok) return created;
  try {
    const written = await created.value.write(0, bytes);
    if (!written.ok) return written;
    const synced = await created.value.sync();
    if (!synced.ok) return synced;
  } finally {
    await created.value.close();
  }
  return tree.syncDirectory('');
}

async function withTree<T>(
  trees: FileTrees,
  root: string,
  task: (tree: FileTree) => Promise<Result<T, FileError>>,
): Promise<Result<T, FileError>> {
  const opened = await trees.open(root);
  if (!opened.ok) return opened;
  try {
    return await task(opened.value);
  } finally {
    await opened.value.close();
  }
}
