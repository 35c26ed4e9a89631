import { describe, expect, test } from 'vitest';
import { KIB, MIB, bytesEqual, present, utf8 } from '../../base/index.ts';
import { cutOffsets } from '../../chunking/index.ts';
import type { BlockRef, CutClass } from '../../model/index.ts';
import type { FileTree, Hasher } from '../../ports/index.ts';
import { writeFile } from './file-tree-support.ts';
import { errorKind, patternBytes, valueOf } from './support.ts';

/** One hasher to be tested, with an open empty tree of the same platform whose files it can read. */
export interface HasherUnderTest {
  readonly hasher: Hasher;
  readonly tree: FileTree;
  /** Closes the hasher and the tree. */
  readonly cleanup: () => Promise<void>;
}

/** What every {@link Hasher} must do. `make` is called once per test. */
export function hasherContract(name: string, make: () => Promise<HasherUnderTest>): void {
  const withHasher = async (body: (under: HasherUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await body(under);
    } finally {
      await under.cleanup();
    }
  };

  describe(`hasher contract: ${name}`, () => {
    test('BLK-1 blocks are named by their SHA-256', () =>
      withHasher(async ({ hasher }) => {
        expect(await hasher.hash(utf8(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
        expect(await hasher.hash(utf8('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
        const many = await Promise.all(Array.from({ length: 50 }, (_, i) => hasher.hash(patternBytes(1000 * i, i + 1))));
        for (const [i, hash] of many.entries()) expect(await hasher.hash(patternBytes(1000 * i, i + 1))).toBe(hash);
      }));

    for (const cutClass of ['normal', 'large'] as const) {
      test.each([0, 1, 64 * KIB, 64 * KIB + 1, MIB, 5 * MIB + 12_345])(`BLK-1 a ${cutClass} cut of %i bytes equals the pure cut`, (size) =>
        withHasher(async ({ hasher, tree }) => {
          const content = patternBytes(size, 7);
          await writeFile(tree, 'file', content);
          let progressBytes = 0;
          const handle = valueOf(await tree.openRead('file'));
          const blocks = valueOf(await hasher.cut(handle, cutClass, { onBytes: (bytes) => (progressBytes += bytes) }));
          await handle.close();
          expect(blocks).toEqual(await pureCut(hasher, content, cutClass));
          expect(progressBytes).toBe(size);
        }),
      );
    }

    test('BLK-1 many cuts at once do not mix', () =>
      withHasher(async ({ hasher, tree }) => {
        const contents = Array.from({ length: 8 }, (_, i) => patternBytes(300_000 + 50_000 * i, i + 1));
        for (const [i, content] of contents.entries()) await writeFile(tree, `${i}`, content);
        const handles = await Promise.all(contents.map(async (_, i) => valueOf(await tree.openRead(`${i}`))));
        const cuts = await Promise.all(handles.map((handle) => hasher.cut(handle, 'normal', {})));
        for (const [i, content] of contents.entries())
          expect(valueOf(cuts[i] ?? cuts[0]!)).toEqual(await pureCut(hasher, content, 'normal'));
        for (const handle of handles) await handle.close();
      }));

    test('hasher: an aborted cut fails with io and ABORTED, and the hasher goes on', () =>
      withHasher(async ({ hasher, tree }) => {
        await writeFile(tree, 'file', patternBytes(4 * MIB));
        const handle = valueOf(await tree.openRead('file'));
        const already = await hasher.cut(handle, 'normal', { signal: AbortSignal.abort() });
        expect(already.ok ? undefined : already.error).toMatchObject({ kind: 'io', code: 'ABORTED' });
        const abort = new AbortController();
        const cut = hasher.cut(handle, 'normal', { signal: abort.signal, onBytes: () => abort.abort() });
        abort.abort();
        expect(errorKind(await cut)).toBe('io');
        expect(valueOf(await hasher.cut(handle, 'normal', {})).length).toBeGreaterThan(1);
        await handle.close();
      }));

    test('BLK-1 blocks are copied where the source holds them, and only there', () =>
      withHasher(async ({ hasher, tree }) => {
        const content = patternBytes(3 * MIB, 5);
        await writeFile(tree, 'source', content);
        const [a, b, c] = await Promise.all(
          [content.slice(0, 70_000), content.slice(70_000, MIB), content.slice(2 * MIB)].map((bytes) => hasher.hash(bytes)),
        );
        const source = valueOf(await tree.openRead('source'));
        const target = valueOf(await tree.create('target', 0o644));
        const copied = await hasher.copyBlocks(
          source,
          target,
          [
            { name: present(a, 'name'), size: 70_000, from: 0, to: [100, 200_000] },
            { name: present(b, 'name'), size: MIB - 70_000, from: 70_001, to: [500_000] },
            { name: present(c, 'name'), size: MIB, from: 2 * MIB, to: [300_000] },
            { name: present(c, 'name'), size: MIB, from: 2 * MIB + 1, to: [0] },
          ],
          new AbortController().signal,
        );
        expect(valueOf(copied)).toEqual([true, false, true, false]);
        const expected = new Uint8Array(300_000 + MIB);
        expected.set(content.subarray(0, 70_000), 100);
        expected.set(content.subarray(0, 70_000), 200_000);
        expected.set(content.subarray(2 * MIB), 300_000);
        expect(bytesEqual(valueOf(await target.read(0, 4 * MIB)), expected)).toBe(true);
        await source.close();
        await target.close();
      }));

    test('hasher: an aborted copy fails with io and ABORTED', () =>
      withHasher(async ({ hasher, tree }) => {
        await writeFile(tree, 'source', patternBytes(1000));
        const source = valueOf(await tree.openRead('source'));
        const target = valueOf(await tree.create('target', 0o644));
        const copies = [{ name: await hasher.hash(patternBytes(1000)), size: 1000, from: 0, to: [0] }];
        const copied = await hasher.copyBlocks(source, target, copies, AbortSignal.abort());
        expect(copied.ok ? undefined : copied.error).toMatchObject({ kind: 'io', code: 'ABORTED' });
        expect(valueOf(await hasher.copyBlocks(source, target, copies, new AbortController().signal))).toEqual([true]);
        await source.close();
        await target.close();
      }));

    test('FLD-1 a file that grows while it is read gives blocks of what was read, in one piece', () =>
      withHasher(async ({ hasher, tree }) => {
        const content = patternBytes(2 * MIB);
        await writeFile(tree, 'file', content.subarray(0, MIB));
        const reader = valueOf(await tree.openRead('file'));
        const writer = valueOf(await tree.openWrite('file'));
        let grown: Promise<unknown> | undefined;
        const cutting = hasher.cut(reader, 'normal', { onBytes: () => (grown ??= writer.write(MIB, content.subarray(MIB))) });
        const blocks = valueOf(await cutting);
        await grown;
        let at = 0;
        for (const { name, size } of blocks) {
          expect(name).toBe(await hasher.hash(content.slice(at, at + size)));
          at += size;
        }
        expect(at).toBeGreaterThanOrEqual(MIB);
        expect(at).toBeLessThanOrEqual(2 * MIB);
        await reader.close();
        await writer.close();
      }));
  });
}

async function pureCut(hasher: Hasher, content: Uint8Array, cutClass: CutClass): Promise<BlockRef[]> {
  const blocks: BlockRef[] = [];
  let start = 0;
  for (const end of cutOffsets(content, cutClass)) {
    blocks.push({ name: await hasher.hash(content.slice(start, end)), size: end - start });
    start = end;
  }
  return blocks;
}
