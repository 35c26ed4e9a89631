import fs from 'node:fs';
import type { NoParamCallback } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileTree } from '../../ports/index.ts';
import { valueOf } from '../../testing/contracts/index.ts';
import { err, ok } from '../../base/index.ts';
import type { FileResult } from '../../ports/index.ts';
import { FileCalls } from './file-calls.ts';
import { fileError } from './file-errors.ts';
import { runFileJob } from './file-jobs.ts';
import type { FileJob, FileJobKind, FileJobReply, FileJobValues } from './file-messages.ts';
import { NodeFileTree } from './file-tree.ts';
import { PortablePathResolver } from './path-resolver-portable.ts';
import { probeCapabilities } from './tree-capabilities.ts';
import { temporaryDirectory } from './test-support.ts';

/** Inodes of what was synced, as the system was asked. */
let synced: bigint[] = [];
const realFsync = fs.fsync;
const realFsyncSync = fs.fsyncSync;
let tree: FileTree;
let remove: () => Promise<void>;

/** Does in this thread, where calls can be watched, what the file threads do, each job in a turn of its own. */
class WatchedCalls extends FileCalls {
  override async run<K extends FileJobKind>(path: string, job: Extract<FileJob, { readonly kind: K }>): FileResult<FileJobValues[K]> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const reply = runFileJob(job) as FileJobReply<K>;
    return reply.ok ? ok(reply.value) : err(fileError(path, reply.code));
  }
}

beforeEach(async () => {
  const directory = await temporaryDirectory();
  remove = directory.remove;
  const capabilities = await probeCapabilities(directory.path, '.probe');
  tree = new NodeFileTree(
    directory.path,
    capabilities,
    new PortablePathResolver(directory.path),
    new WatchedCalls(),
    async () => undefined,
  );
  synced = [];
  fs.fsync = Object.assign((fd: number, done: NoParamCallback) => {
    synced.push(fs.fstatSync(fd, { bigint: true }).ino);
    realFsync(fd, done);
  }, realFsync);
  fs.fsyncSync = (fd: number) => {
    synced.push(fs.fstatSync(fd, { bigint: true }).ino);
    realFsyncSync(fd);
  };
  syncBuiltinESMExports();
});

afterEach(async () => {
  fs.fsync = realFsync;
  fs.fsyncSync = realFsyncSync;
  syncBuiltinESMExports();
  await tree.close();
  await remove();
});

async function inodeOf(path: string): Promise<bigint> {
  return BigInt(valueOf(await tree.stat(path))?.inode ?? 0);
}

test('DUR-1: sync of a file and of a directory reach the system', async () => {
  valueOf(await tree.makeDirectory('dir'));
  const handle = valueOf(await tree.create('dir/file', 0o644));
  expect(synced).toEqual([]);
  valueOf(await handle.sync());
  expect(synced).toEqual([await inodeOf('dir/file')]);
  await handle.close();
  if (process.platform === 'win32') return;
  valueOf(await tree.syncDirectory('dir'));
  expect(synced.at(-1)).toBe(await inodeOf('dir'));
});

test('DUR-1: a whole file that was created is synced with all that it has', async () => {
  const made = valueOf(await tree.createWhole('file', new Uint8Array(10), { mode: 0o600, exactMode: true, mtimeMs: 1_700_000_000_000 }));
  expect(synced).toEqual([BigInt(made.inode)]);
});

test.skipIf(process.platform === 'win32')(
  'DUR-1: syncs of one directory that come together share one that began after all of them',
  async () => {
    const first = tree.syncDirectory('');
    const others = Array.from({ length: 20 }, () => tree.syncDirectory(''));
    for (const sync of [first, ...others]) valueOf(await sync);
    // The first was under way when the others came.
    expect(synced).toHaveLength(2);
    valueOf(await tree.syncDirectory(''));
    expect(synced).toHaveLength(3);
  },
);
