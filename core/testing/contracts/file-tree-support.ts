import { utf8 } from '../../base/index.ts';
import type { FileTree, FileTrees } from '../../ports/index.ts';
import { valueOf } from './support.ts';

/** One disk to be tested. */
export interface FileTreesUnderTest {
  readonly trees: FileTrees;
  /** Absolute path of an existing empty directory; the suite opens it and works below it. */
  readonly root: string;
  /** Absolute path of a second existing empty directory outside `root`, on the same disk: where links that escape point to. */
  readonly outside: string;
  readonly cleanup: () => Promise<void>;
  /** Replaces the directory at `path` (below `root`) by a link to the absolute path `target`, behind the tree's back. */
  readonly swapForLink?: (path: string, target: string) => Promise<void>;
  /** Creates a file whose name is not valid Unicode in the root. */
  readonly makeUndecodableName?: () => Promise<void>;
  /** Creates a pipe at `path` (below `root`). */
  readonly makePipe?: (path: string) => Promise<void>;
}

export interface OpenTree extends FileTreesUnderTest {
  readonly tree: FileTree;
}

/** Runs `body` with a fresh open tree and cleans up after it, whatever happens. */
export async function withTree(make: () => Promise<FileTreesUnderTest>, body: (under: OpenTree) => Promise<void>): Promise<void> {
  const under = await make();
  try {
    const tree = valueOf(await under.trees.open(under.root));
    try {
      await body({ ...under, tree });
    } finally {
      await tree.close();
    }
  } finally {
    await under.cleanup();
  }
}

export async function writeFile(tree: FileTree, path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const handle = valueOf(await tree.create(path, mode));
  valueOf(await handle.write(0, typeof content === 'string' ? utf8(content) : content));
  await handle.close();
}

export async function readFile(tree: FileTree, path: string): Promise<string> {
  const handle = valueOf(await tree.openRead(path));
  const { size } = valueOf(await handle.stat());
  const text = new TextDecoder().decode(valueOf(await handle.read(0, size)));
  await handle.close();
  return text;
}

export async function exists(tree: FileTree, path: string): Promise<boolean> {
  return valueOf(await tree.stat(path)) !== undefined;
}

export async function namesIn(tree: FileTree, path: string): Promise<string[]> {
  return valueOf(await tree.list(path))
    .map(({ name }) => name)
    .sort();
}
