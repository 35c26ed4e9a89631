import { expect, test } from 'vitest';
import type { FileTree } from '../../ports/index.ts';
import { namesIn, readFile, withTree, writeFile } from './file-tree-support.ts';
import type { FileTreesUnderTest } from './file-tree-support.ts';
import { errorKind, valueOf } from './support.ts';

/** Symbolic links: kept as links, never followed (FLD-7). */
export function linkTests(make: () => Promise<FileTreesUnderTest>): void {
  test('FLD-7 a link is a link: its target is kept to the letter and its name can be taken away', () =>
    withTree(make, async ({ tree, outside }) => {
      if (!tree.capabilities.links) return expectNoLinks(tree);
      for (const [index, target] of ['relative/target', '../up', outside, 'ümlaut 😀'].entries()) {
        valueOf(await tree.makeLink(`link${index}`, target));
        expect(valueOf(await tree.readLink(`link${index}`))).toBe(target);
        expect(valueOf(await tree.stat(`link${index}`))?.kind).toBe('link');
      }
      expect(valueOf(await tree.list('')).every(({ kind }) => kind === 'link')).toBe(true);
      valueOf(await tree.rename('link0', 'moved', { replace: true }));
      expect(valueOf(await tree.readLink('moved'))).toBe('relative/target');
      valueOf(await tree.unlink('link2'));
      expect(await namesIn(tree, '')).toEqual(['link1', 'link3', 'moved']);
    }));

  test('FLD-7 a link as last component is never followed', () =>
    withTree(make, async ({ trees, tree, outside }) => {
      if (!tree.capabilities.links) return expectNoLinks(tree);
      const beyond = valueOf(await trees.open(outside));
      await writeFile(beyond, 'secret', 'secret');
      valueOf(await tree.makeLink('file', `${outside}/secret`));
      valueOf(await tree.makeLink('directory', outside));
      expect(errorKind(await tree.openRead('file'))).toBe('escapes');
      expect(errorKind(await tree.openWrite('file'))).toBe('escapes');
      expect(errorKind(await tree.create('file', 0o644))).toBe('exists');
      expect((await tree.list('directory')).ok).toBe(false);
      expect((await tree.syncDirectory('directory')).ok).toBe(false);
      expect((await tree.removeDirectory('directory')).ok).toBe(false);
      await tree.setMode('file', 0o777);
      await tree.setMtime('file', 12_345_000);
      const secret = valueOf(await beyond.stat('secret'));
      expect((secret?.mode ?? 0) & 0o777).toBe(0o644);
      expect(secret?.mtimeMs).not.toBe(12_345_000);
      await beyond.close();
    }));

  test('FLD-7 a link in any component is never followed, by any operation', () =>
    withTree(make, async ({ trees, tree, outside }) => {
      if (!tree.capabilities.links) return expectNoLinks(tree);
      const beyond = valueOf(await trees.open(outside));
      await writeFile(beyond, 'secret', 'secret');
      valueOf(await beyond.makeDirectory('deep'));
      valueOf(await tree.makeLink('link', outside));
      await writeFile(tree, 'mine', 'mine');
      for (const [operation, result] of await everyOperationBelow(tree, 'link')) expect(result, operation).toBe('escapes');
      expect(await namesIn(beyond, '')).toEqual(['deep', 'secret']);
      expect(await namesIn(beyond, 'deep')).toEqual([]);
      expect(await readFile(beyond, 'secret')).toBe('secret');
      expect(await readFile(tree, 'mine')).toBe('mine');
      await beyond.close();
    }));

  test('FLD-7 a link that is swapped in for a directory is not followed, even if the tree has used the directory before', (context) =>
    withTree(make, async ({ trees, tree, outside, swapForLink }) => {
      if (!tree.capabilities.links) return expectNoLinks(tree);
      if (!swapForLink) return context.skip('no way to swap a directory for a link');
      const beyond = valueOf(await trees.open(outside));
      await writeFile(beyond, 'secret', 'secret');
      valueOf(await beyond.makeDirectory('deep'));
      valueOf(await tree.makeDirectory('dir'));
      await writeFile(tree, 'dir/secret', 'inside');
      await writeFile(tree, 'mine', 'mine');
      expect(await readFile(tree, 'dir/secret')).toBe('inside');
      await swapForLink('dir', outside);
      for (const [operation, result] of await everyOperationBelow(tree, 'dir')) expect(result, operation).toBe('escapes');
      expect(await namesIn(beyond, '')).toEqual(['deep', 'secret']);
      expect(await readFile(beyond, 'secret')).toBe('secret');
      await beyond.close();
    }));
}

/** A disk without links says so. */
async function expectNoLinks(tree: FileTree): Promise<void> {
  expect(errorKind(await tree.makeLink('a', 'b'))).toBe('unsupported');
  expect(await namesIn(tree, '')).toEqual([]);
}

/** The error kind of each operation on something below `directory`, where `mine` is a file in the root. */
async function everyOperationBelow(tree: FileTree, directory: string): Promise<[string, string][]> {
  const secret = `${directory}/secret`;
  const results: [string, Promise<{ readonly ok: boolean; readonly error?: { readonly kind: string } }>][] = [
    ['stat', tree.stat(secret)],
    ['list', tree.list(`${directory}/deep`)],
    ['openRead', tree.openRead(secret)],
    ['openWrite', tree.openWrite(secret)],
    ['create', tree.create(`${directory}/new`, 0o644)],
    ['makeDirectory', tree.makeDirectory(`${directory}/newdir`)],
    ['makeLink', tree.makeLink(`${directory}/newlink`, 'x')],
    ['rename out', tree.rename(secret, 'stolen', { replace: true })],
    ['rename in', tree.rename('mine', `${directory}/given`, { replace: true })],
    ['rename in without replace', tree.rename('mine', `${directory}/given`, { replace: false })],
    ['unlink', tree.unlink(secret)],
    ['removeDirectory', tree.removeDirectory(`${directory}/deep`)],
    ['setMode', tree.setMode(secret, 0o777)],
    ['setMtime', tree.setMtime(secret, 1000)],
    ['syncDirectory', tree.syncDirectory(`${directory}/deep`)],
  ];
  if (tree.capabilities.hardLinks) {
    results.push(['hardLink out', tree.hardLink(secret, 'stolen')], ['hardLink in', tree.hardLink('mine', `${directory}/given`)]);
  }
  return Promise.all(
    results.map(async ([operation, result]) => [operation, await result.then((r) => (r.ok ? 'ok' : (r.error?.kind ?? '')))]),
  );
}
