import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KIB, MIB } from '../../base/index.ts';
import { hasherContract, patternBytes, valueOf } from '../../testing/contracts/index.ts';
import type { HasherUnderTest } from '../../testing/contracts/hasher-contract.ts';
import { nodeFileTrees } from './file-trees.ts';
import { NodeHasher } from './hasher.ts';
import type { NodeHasherOptions } from './hasher.ts';
import { temporaryDirectory } from './test-support.ts';

async function makeHasher(options: NodeHasherOptions): Promise<HasherUnderTest & { readonly root: string }> {
  const directory = await temporaryDirectory();
  mkdirSync(join(directory.path, 'root'));
  const root = join(directory.path, 'root');
  const tree = valueOf(await nodeFileTrees().open(root));
  const hasher = new NodeHasher(options);
  return {
    hasher,
    tree,
    root,
    cleanup: async () => {
      await hasher.close();
      await tree.close();
      await directory.remove();
    },
  };
}

function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

hasherContract('node', () => makeHasher({}));
hasherContract('node, one worker', () => makeHasher({ workers: 1, handsOverHashing: true }));

describe('node hasher', () => {
  test('BLK-1: bytes in shared memory have the same name, also while every worker is busy with a cut', async () => {
    const { hasher, tree, root, cleanup } = await makeHasher({ workers: 1, handsOverHashing: true });
    writeFileSync(join(root, 'file'), patternBytes(20 * MIB));
    const handle = valueOf(await tree.openRead('file'));
    const cutting = hasher.cut(handle, 'normal', {});
    const bytes = patternBytes(MIB);
    const views = [0, 1, 64 * KIB, 900_000].map((length) => inSharedMemory(bytes.subarray(1000, 1000 + length)));
    const names = await Promise.all(views.map((view) => hasher.hash(view)));
    expect(names).toEqual(views.map((view) => createHash('sha256').update(view).digest('hex')));
    await cutting;
    await handle.close();
    await cleanup();
  });

  test('BLK-1: blocks are named without the thread that hashes them, too: when it is lost, and when the hasher closes', async () => {
    const shared = inSharedMemory(patternBytes(MIB));
    const name = createHash('sha256').update(shared).digest('hex');
    const lost = await makeHasher({ workerUrl: new URL('file:///nonexistent/worker.ts'), handsOverHashing: true });
    expect(await lost.hasher.hash(shared)).toBe(name);
    await lost.cleanup();
    const closing = await makeHasher({ handsOverHashing: true });
    const hashing = closing.hasher.hash(shared);
    await closing.cleanup();
    expect(await hashing).toBe(name);
    expect(await closing.hasher.hash(shared)).toBe(name);
  });

  test('BLK-1: a handle that is closed during a cut stays open until the cut is done', async () => {
    const { hasher, tree, root, cleanup } = await makeHasher({});
    writeFileSync(join(root, 'file'), patternBytes(20 * MIB));
    const handle = valueOf(await tree.openRead('file'));
    const cutting = hasher.cut(handle, 'normal', {});
    const closing = handle.close();
    const blocks = valueOf(await cutting);
    await closing;
    expect(blocks.reduce((sum, { size }) => sum + size, 0)).toBe(20 * MIB);
    await cleanup();
  });

  test('BLK-1: a large file that two workers cut has the blocks of one cut, and its progress counts every byte once', async () => {
    const content = patternBytes(70 * MIB + 1, 9);
    const cuts = [];
    for (const workers of [1, 2]) {
      const { hasher, tree, root, cleanup } = await makeHasher({ workers });
      writeFileSync(join(root, 'file'), content);
      const handle = valueOf(await tree.openRead('file'));
      let progressBytes = 0;
      cuts.push(valueOf(await hasher.cut(handle, 'normal', { onBytes: (bytes) => (progressBytes += bytes) })));
      expect(progressBytes).toBe(content.length);
      await handle.close();
      await cleanup();
    }
    expect(cuts[1]).toEqual(cuts[0]);
    expect(cuts[0]?.reduce((sum, { size }) => sum + size, 0)).toBe(content.length);
  });

  test('BLK-1: closing the hasher ends cuts under way as aborted', async () => {
    const { hasher, tree, root, cleanup } = await makeHasher({ workers: 1 });
    writeFileSync(join(root, 'file'), patternBytes(20 * MIB));
    const handle = valueOf(await tree.openRead('file'));
    const cutting = [hasher.cut(handle, 'normal', {}), hasher.cut(handle, 'large', {})];
    await hasher.close();
    for (const cut of cutting) expect(await cut).toMatchObject({ ok: false, error: { kind: 'io', code: 'ABORTED' } });
    await handle.close();
    await cleanup();
  });

  test('hasher: a worker that cannot start fails its cut, not the program', async () => {
    const { hasher, tree, root, cleanup } = await makeHasher({ workerUrl: new URL('file:///nonexistent/worker.ts') });
    writeFileSync(join(root, 'file'), 'x');
    const handle = valueOf(await tree.openRead('file'));
    expect(await hasher.cut(handle, 'normal', {})).toMatchObject({ ok: false, error: { kind: 'io', code: 'WORKER-LOST' } });
    await handle.close();
    await cleanup();
  });
});
