import { expect, test } from 'vitest';
import { exists, namesIn, readFile, withTree, writeFile } from './file-tree-support.ts';
import type { FileTreesUnderTest } from './file-tree-support.ts';
import { errorKind, valueOf } from './support.ts';

/** Names: directories, renames, hard links, what a disk takes for the same name. */
export function nameTests(make: () => Promise<FileTreesUnderTest>): void {
  test('file tree: a root must be an existing directory', async () => {
    const under = await make();
    try {
      expect(errorKind(await under.trees.open(`${under.root}/missing`))).toBe('not-found');
      const tree = valueOf(await under.trees.open(under.root));
      await writeFile(tree, 'file', 'x');
      await tree.close();
      expect(errorKind(await under.trees.open(`${under.root}/file`))).toBe('not-directory');
      expect(valueOf(await under.trees.canonicalPath(under.root)).length).toBeGreaterThan(0);
      expect(errorKind(await under.trees.canonicalPath(`${under.root}/missing`))).toBe('not-found');
    } finally {
      await under.cleanup();
    }
  });

  test('file tree: stat tells kinds, and undefined where nothing is', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'file', 'abc');
      valueOf(await tree.makeDirectory('directory'));
      const file = valueOf(await tree.stat('file'));
      const directory = valueOf(await tree.stat('directory'));
      const root = valueOf(await tree.stat(''));
      expect(file).toMatchObject({ kind: 'file', size: 3 });
      expect(directory?.kind).toBe('directory');
      expect(root?.kind).toBe('directory');
      expect(new Set([file?.inode, directory?.inode, root?.inode]).size).toBe(3);
      expect(file?.device).toBe(root?.device);
      expect(valueOf(await tree.stat('missing'))).toBeUndefined();
      expect(valueOf(await tree.stat('missing/below'))).toBeUndefined();
      expect(valueOf(await tree.stat('file/below'))).toBeUndefined();
    }));

  test('file tree: a list is complete, whatever the names are', () =>
    withTree(make, async ({ tree }) => {
      const names = ['a', 'b c', 'ümlaut', '日本', '😀', '-x', 'é', '~', 'a'.repeat(200)];
      if (!tree.capabilities.windowsNames) names.push('con', 'a:b', 'back\\slash', 'trailing ', 'new\nline', '*?');
      for (const name of names) await writeFile(tree, name, '');
      valueOf(await tree.makeDirectory('directory'));
      const items = valueOf(await tree.list(''));
      expect(items.map(({ name }) => name.normalize('NFC')).sort()).toEqual([...names, 'directory'].sort());
      expect(items.every(({ undecodable }) => !undecodable)).toBe(true);
      expect(items.find(({ name }) => name === 'directory')?.kind).toBe('directory');
      expect(items.find(({ name }) => name === 'a')?.kind).toBe('file');
    }));

  test('file tree: kinds that do not fit are told apart', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'file', '');
      valueOf(await tree.makeDirectory('full'));
      await writeFile(tree, 'full/x', '');
      expect(errorKind(await tree.list('file'))).toBe('not-directory');
      expect(errorKind(await tree.list('missing'))).toBe('not-found');
      expect(errorKind(await tree.openRead('full'))).toBe('is-directory');
      expect(errorKind(await tree.openRead('missing'))).toBe('not-found');
      expect(errorKind(await tree.openRead('file/x'))).toBe('not-directory');
      expect(errorKind(await tree.create('missing/x', 0o644))).toBe('not-found');
      expect(errorKind(await tree.makeDirectory('file/x'))).toBe('not-directory');
      expect(errorKind(await tree.unlink('full'))).toBe('is-directory');
      expect(errorKind(await tree.unlink('missing'))).toBe('not-found');
      expect(errorKind(await tree.removeDirectory('full'))).toBe('not-empty');
      expect(errorKind(await tree.removeDirectory('file'))).toBe('not-directory');
      expect(errorKind(await tree.removeDirectory('missing'))).toBe('not-found');
      expect(errorKind(await tree.rename('missing', 'x', { replace: true }))).toBe('not-found');
      expect(errorKind(await tree.rename('missing', 'x', { replace: false }))).toBe('not-found');
      expect(errorKind(await tree.setMtime('missing', 0))).toBe('not-found');
      expect(errorKind(await tree.setMode('missing', 0o644))).toBe('not-found');
      expect(errorKind(await tree.readLink('file'))).toBe('unsupported');
    }));

  test('file tree: an error names a path below the root: what was asked for, or the component that failed', () =>
    withTree(make, async ({ tree }) => {
      const result = await tree.openRead('some/missing');
      expect(['some', 'some/missing']).toContain(result.ok ? undefined : result.error.path);
    }));

  test('FLD-6 paths that would leave the root or that no disk can hold are refused', () =>
    withTree(make, async ({ tree }) => {
      for (const path of ['..', '../x', 'a/../../x', './x', 'a//b', '/etc'])
        expect(errorKind(await tree.openRead(path)), path).toBe('escapes');
      expect(errorKind(await tree.create('x'.repeat(256), 0o644))).toBe('too-long');
      expect((await tree.create('a\0b', 0o644)).ok).toBe(false);
    }));

  test('file tree: unlink and removeDirectory take names away', () =>
    withTree(make, async ({ tree }) => {
      valueOf(await tree.makeDirectory('d'));
      await writeFile(tree, 'd/a', '');
      valueOf(await tree.unlink('d/a'));
      valueOf(await tree.removeDirectory('d'));
      expect(await namesIn(tree, '')).toEqual([]);
    }));

  test('FLD-2 a rename with replace puts one file over another in one step', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'old', 'old');
      await writeFile(tree, 'new', 'new');
      const inode = valueOf(await tree.stat('new'))?.inode;
      valueOf(await tree.rename('new', 'old', { replace: true }));
      expect(await namesIn(tree, '')).toEqual(['old']);
      expect(await readFile(tree, 'old')).toBe('new');
      expect(valueOf(await tree.stat('old'))?.inode).toBe(inode);
    }));

  test('FLD-2 a rename without replace never replaces', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'A');
      await writeFile(tree, 'b', 'B');
      valueOf(await tree.makeDirectory('empty'));
      valueOf(await tree.makeDirectory('other'));
      expect(errorKind(await tree.rename('a', 'b', { replace: false }))).toBe('exists');
      expect(errorKind(await tree.rename('a', 'empty', { replace: false }))).toBe('exists');
      expect(errorKind(await tree.rename('other', 'empty', { replace: false }))).toBe('exists');
      expect([await readFile(tree, 'a'), await readFile(tree, 'b')]).toEqual(['A', 'B']);
      valueOf(await tree.rename('a', 'c', { replace: false }));
      expect(await readFile(tree, 'c')).toBe('A');
      expect(await exists(tree, 'a')).toBe(false);
      if (tree.capabilities.links) {
        valueOf(await tree.makeLink('link', 'nowhere'));
        expect(errorKind(await tree.rename('link', 'b', { replace: false }))).toBe('exists');
        expect(errorKind(await tree.rename('b', 'link', { replace: false }))).toBe('exists');
        valueOf(await tree.rename('link', 'moved', { replace: false }));
        expect(valueOf(await tree.readLink('moved'))).toBe('nowhere');
      }
    }));

  test('file tree: a directory is renamed with all that is in it, never into itself or over one that is not empty', () =>
    withTree(make, async ({ tree }) => {
      valueOf(await tree.makeDirectory('a'));
      await writeFile(tree, 'a/x', 'X');
      valueOf(await tree.rename('a', 'b', { replace: false }));
      expect(await readFile(tree, 'b/x')).toBe('X');
      valueOf(await tree.makeDirectory('c'));
      await writeFile(tree, 'c/y', 'Y');
      expect(errorKind(await tree.rename('b', 'c', { replace: true }))).toBe('not-empty');
      expect((await tree.rename('b', 'b/inside', { replace: true })).ok).toBe(false);
      expect(await readFile(tree, 'b/x')).toBe('X');
    }));

  test('FLD-2 a hard link is a second name of the same file, and never replaces', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'A');
      const linked = await tree.hardLink('a', 'b');
      if (!tree.capabilities.hardLinks) {
        expect(errorKind(linked)).toBe('unsupported');
        return;
      }
      valueOf(linked);
      const [one, two] = [valueOf(await tree.stat('a')), valueOf(await tree.stat('b'))];
      expect(one).toMatchObject({ inode: two?.inode, links: 2 });
      await writeFile(tree, 'c', 'C');
      expect(errorKind(await tree.hardLink('a', 'c'))).toBe('exists');
      expect(errorKind(await tree.hardLink('missing', 'd'))).toBe('not-found');
      valueOf(await tree.unlink('a'));
      expect(await readFile(tree, 'b')).toBe('A');
      expect(valueOf(await tree.stat('b'))?.links).toBe(1);
    }));

  test('FLD-2 exchange swaps two names in one step, or says that it cannot', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'A');
      await writeFile(tree, 'b', 'B');
      const swapped = await tree.exchange('a', 'b');
      if (!tree.capabilities.exchange) {
        expect(errorKind(swapped)).toBe('unsupported');
        return;
      }
      valueOf(swapped);
      expect([await readFile(tree, 'a'), await readFile(tree, 'b')]).toEqual(['B', 'A']);
      expect(errorKind(await tree.exchange('a', 'missing'))).toBe('not-found');
    }));

  test('FLD-6 names that differ in case are one or two as the capabilities say, and a case-only rename works', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'Name', '1');
      expect(await exists(tree, 'name')).toBe(!tree.capabilities.caseSensitive);
      valueOf(await tree.rename('Name', 'NAME', { replace: false }));
      expect(await namesIn(tree, '')).toEqual(['NAME']);
      expect(await readFile(tree, 'NAME')).toBe('1');
    }));

  test('FLD-6 names that differ in their Unicode form are one or two as the capabilities say', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'é', '1');
      expect(await exists(tree, 'e\u0301')).toBe(!tree.capabilities.unicodeExact);
    }));

  test('FLD-6 a name that is not valid Unicode is listed as such, not mangled silently', (context) =>
    withTree(make, async ({ tree, makeUndecodableName }) => {
      if (!makeUndecodableName) return context.skip('this disk holds Unicode names only');
      await writeFile(tree, 'good', '');
      await makeUndecodableName();
      const items = valueOf(await tree.list(''));
      expect(items.filter(({ undecodable }) => undecodable)).toHaveLength(1);
      expect(items.filter(({ undecodable }) => !undecodable)).toMatchObject([{ name: 'good' }]);
    }));

  test('FLD-6 a pipe is seen as other and never opened', (context) =>
    withTree(make, async ({ tree, makePipe }) => {
      if (!makePipe) return context.skip('no pipes here');
      await makePipe('pipe');
      expect(valueOf(await tree.stat('pipe'))?.kind).toBe('other');
      expect(valueOf(await tree.list(''))).toMatchObject([{ name: 'pipe', kind: 'other' }]);
      expect(errorKind(await tree.openRead('pipe'))).toBe('unsupported');
      expect(errorKind(await tree.openWrite('pipe'))).toBe('unsupported');
    }));
}
