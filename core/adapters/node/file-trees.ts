import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { ok } from '../../base/index.ts';
import { privateDirectoryName } from '../../model/index.ts';
import type { FileResult, FileTree, FileTrees } from '../../ports/index.ts';
import { FileCalls } from './file-calls.ts';
import { call, refusal } from './file-errors.ts';
import { NodeFileTree } from './file-tree.ts';
import { hasDirectoryHandles, LinuxPathResolver } from './path-resolver-linux.ts';
import { PortablePathResolver } from './path-resolver-portable.ts';
import { probeCapabilities } from './tree-capabilities.ts';

export interface NodeFileTreesOptions {
  /** How paths are resolved: `handles` where the system has them (Linux with /proc), else `portable`. Default: the best there is. */
  readonly resolution?: 'handles' | 'portable';
  /** Where the code of the file threads is; a bundle passes its own file. */
  readonly workerUrl?: URL;
}

/** The trees of this computer's disks. */
export function nodeFileTrees(options: NodeFileTreesOptions = {}): FileTrees {
  const resolution = options.resolution ?? (hasDirectoryHandles() ? 'handles' : 'portable');
  const calls = new FileCalls(options.workerUrl);
  let openTrees = 0;

  /** Nothing is left running when no tree is open. */
  async function closed(): Promise<void> {
    openTrees -= 1;
    if (openTrees === 0) await calls.close();
  }

  async function canonicalPath(root: string): FileResult<string> {
    const real = await call<string>(root, (done) => fs.realpath.native(root, done));
    if (!real.ok) return real;
    const stats = await call<fs.Stats>(root, (done) => fs.stat(real.value, done));
    if (!stats.ok) return stats;
    return stats.value.isDirectory() ? real : refusal('not-directory', root, 'ENOTDIR');
  }

  async function open(root: string): FileResult<FileTree> {
    const canonical = await canonicalPath(root);
    if (!canonical.ok) return canonical;
    const readable = await call<void>(root, (done) =>
      fs.access(canonical.value, fs.constants.R_OK | fs.constants.X_OK, (error) => done(error, undefined)),
    );
    if (!readable.ok) return readable;
    const capabilities = await probeCapabilities(canonical.value, privateDirectoryName);
    const resolver =
      resolution === 'handles' ? new LinuxPathResolver(spelledByKernel(canonical.value)) : new PortablePathResolver(canonical.value);
    openTrees += 1;
    return ok(new NodeFileTree(resolve(root), capabilities, resolver, calls, closed));
  }

  return { open, canonicalPath };
}

/** The place of `root` in the spelling that the kernel answers with, which some file systems make differ from realpath's. */
function spelledByKernel(root: string): string {
  try {
    const fd = fs.openSync(root, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return root;
  }
}
