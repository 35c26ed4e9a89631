import fs from 'node:fs';
import type { NoParamCallback } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileTree } from '../../ports/index.ts';
import { valueOf } from '../../testing/contracts/index.ts';
import { nodeFileTrees } from './file-trees.ts';
import { temporaryDirectory } from './test-support.ts';

/** Inodes of what was synced, as the system was asked. */
let synced: bigint[] = [];
const realFsync = fs.fsync;
let tree: FileTree;
let remove: () => Promise<void>;

beforeEach(async () => {
  const directory = await temporaryDirectory();
  remove = directory.remove;
  tree = valueOf(await nodeFileTrees().open(directory.path));
  synced = [];
  fs.fsync = Object.assign((fd: number, done: NoParamCallback) => {
    synced.push(fs.fstatSync(fd, { bigint: true }).ino);
    realFsync(fd, done);
  }, realFsync);
  syncBuiltinESMExports();
});

afterEach(async () => {
  fs.fsync = realFsync;
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
