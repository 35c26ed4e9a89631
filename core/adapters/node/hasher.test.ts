import { describe, expect, test } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '../../base/index.ts';
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

hasherContract('node', () => makeHasher({}));
hasherContract('node, one worker, hashes on other threads', () => makeHasher({ workers: 1, offload: true }));

describe('node hasher', () => {
  test('BLK-1: hashing on another thread leaves the caller its bytes', async () => {
    const { hasher, cleanup } = await makeHasher({ offload: true });
    const { hasher: plain, cleanup: cleanupPlain } = await makeHasher({ offload: false });
    const bytes = patternBytes(MIB);
    const view = bytes.subarray(1000, 900_000);
    expect(await hasher.hash(view)).toBe(await plain.hash(view));
    expect(bytes.length).toBe(MIB);
    await cleanup();
    await cleanupPlain();
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
