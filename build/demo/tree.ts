import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Semaphore } from '../../core/base/index.ts';

/** Everything about one path that all devices must agree on, as one line of text. */
type PathFacts = string;

/** A whole tree by path. */
export type TreeFacts = ReadonlyMap<string, PathFacts>;

/** What Dormouse keeps for itself on each device. */
const ownFolder = '.dormouse';
const parallelReads = 16;

/** Walks the tree below `root` and reads all of it: kinds, contents (as SHA-256), executable bits, times of files in ms, targets of links. */
export async function readTree(root: string): Promise<TreeFacts> {
  const facts = new Map<string, PathFacts>();
  const reads = new Semaphore(parallelReads);
  const walk = async (folder: string): Promise<void> => {
    const items = await readdir(join(root, folder), { withFileTypes: true });
    await Promise.all(
      items.map(async (item) => {
        const path = folder === '' ? item.name : `${folder}/${item.name}`;
        if (path === ownFolder) return;
        if (item.isDirectory()) {
          facts.set(path, 'directory');
          return walk(path);
        }
        facts.set(path, await reads.run(() => factsOf(join(root, path), item.isSymbolicLink())));
      }),
    );
  };
  await walk('');
  return facts;
}

async function factsOf(path: string, isLink: boolean): Promise<PathFacts> {
  if (isLink) return `link to ${await readlink(path)}`;
  const stat = await lstat(path, { bigint: true });
  if (!stat.isFile()) return 'neither file, directory nor link';
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const kind = (stat.mode & 0o100n) === 0n ? 'file' : 'executable file';
  return `${kind}, ${stat.size} bytes, changed at ${stat.mtimeNs / 1_000_000n} ms, SHA-256 ${hash.digest('hex')}`;
}

/** One line for each path that is not the same in both trees. */
export function treeDifferences(a: TreeFacts, b: TreeFacts, names: { readonly a: string; readonly b: string }): string[] {
  const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
  return paths.flatMap((path) => {
    const inA = a.get(path) ?? 'nothing';
    const inB = b.get(path) ?? 'nothing';
    return inA === inB ? [] : [`${JSON.stringify(path)}: ${names.a} has ${inA}; ${names.b} has ${inB}`];
  });
}

/** `12 345 files, 67 links, 89 directories (2 empty)`. */
export function describeTree(tree: TreeFacts): string {
  const count = (prefix: string): number => [...tree.values()].filter((facts) => facts.startsWith(prefix)).length;
  const executables = count('executable');
  const parents = new Set([...tree.keys()].map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  const empty = [...tree].filter(([path, facts]) => facts === 'directory' && !parents.has(path)).length;
  return `${count('file') + executables} files (${executables} executable), ${count('link')} links, ${count('directory')} directories (${empty} empty)`;
}
