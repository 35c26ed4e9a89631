import { expect, test } from 'vitest';
import { bytesEqual, utf8 } from '../../base/index.ts';
import { readFile, withTree, writeFile } from './file-tree-support.ts';
import type { FileTreesUnderTest } from './file-tree-support.ts';
import { errorKind, patternBytes, valueOf } from './support.ts';

const errMissing = { ok: false, error: 'no answer' } as const;

/** What is in files: handles, content, times, modes. */
export function contentTests(make: () => Promise<FileTreesUnderTest>): void {
  test('file tree: what was written is read, at any offset, across handles', () =>
    withTree(make, async ({ tree }) => {
      const content = patternBytes(300_000);
      const handle = valueOf(await tree.create('a.bin', 0o644));
      valueOf(await handle.write(0, content.subarray(0, 100_000)));
      valueOf(await handle.write(100_000, content.subarray(100_000)));
      expect(bytesEqual(valueOf(await handle.read(99_990, 20)), content.subarray(99_990, 100_010))).toBe(true);
      valueOf(await handle.sync());
      await handle.close();
      const reader = valueOf(await tree.openRead('a.bin'));
      expect(valueOf(await reader.stat())).toMatchObject({ kind: 'file', size: 300_000, links: 1 });
      expect(bytesEqual(valueOf(await reader.read(0, 400_000)), content)).toBe(true);
      expect(valueOf(await reader.read(299_995, 100)).length).toBe(5);
      expect(valueOf(await reader.read(300_000, 100)).length).toBe(0);
      await reader.close();
    }));

  test('file tree: a read fills the memory that it is given, and nothing behind it', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'abcdef');
      const reader = valueOf(await tree.openRead('a'));
      const memory = new Uint8Array(8).fill(46);
      const read = valueOf(await reader.read(2, 3, memory));
      expect(read.buffer).toBe(memory.buffer);
      expect(new TextDecoder().decode(read)).toBe('cde');
      expect(new TextDecoder().decode(memory)).toBe('cde.....');
      expect(valueOf(await reader.read(5, 8, memory)).length).toBe(1);
      await reader.close();
    }));

  test('file tree: the buffer that a read gives belongs to the caller', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'abcdef');
      const reader = valueOf(await tree.openRead('a'));
      const first = valueOf(await reader.read(0, 6));
      first.fill(0);
      expect(new TextDecoder().decode(valueOf(await reader.read(0, 6)))).toBe('abcdef');
      await reader.close();
    }));

  test('file tree: a write beyond the end fills the gap with zeros, truncate cuts and grows', () =>
    withTree(make, async ({ tree }) => {
      const handle = valueOf(await tree.create('a', 0o644));
      valueOf(await handle.write(4, utf8('xy')));
      expect([...valueOf(await handle.read(0, 10))]).toEqual([0, 0, 0, 0, 120, 121]);
      valueOf(await handle.truncate(5));
      valueOf(await handle.truncate(7));
      expect([...valueOf(await handle.read(0, 10))]).toEqual([0, 0, 0, 0, 120, 0, 0]);
      expect(valueOf(await handle.stat()).size).toBe(7);
      await handle.close();
    }));

  test('file tree: create is exclusive, for files, directories and links', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'file', '1');
      valueOf(await tree.makeDirectory('directory'));
      expect(errorKind(await tree.create('file', 0o644))).toBe('exists');
      expect(errorKind(await tree.create('directory', 0o644))).toBe('exists');
      expect(errorKind(await tree.makeDirectory('directory'))).toBe('exists');
      expect(errorKind(await tree.makeDirectory('file'))).toBe('exists');
      if (tree.capabilities.links) expect(errorKind(await tree.makeLink('file', 'x'))).toBe('exists');
      expect(await readFile(tree, 'file')).toBe('1');
    }));

  test('file tree: of many creations of one name exactly one succeeds', () =>
    withTree(make, async ({ tree }) => {
      const results = await Promise.all(Array.from({ length: 8 }, () => tree.create('one', 0o644)));
      const handles = results.flatMap((result) => (result.ok ? [result.value] : []));
      expect(handles).toHaveLength(1);
      expect(new Set(results.map((result) => (result.ok ? 'ok' : result.error.kind)))).toEqual(new Set(['ok', 'exists']));
      for (const handle of handles) await handle.close();
    }));

  test('FLD-1 a whole file is read in one step, with its stat, if it is not too large', () =>
    withTree(make, async ({ tree }) => {
      const content = patternBytes(70_000);
      await writeFile(tree, 'a', content);
      const stat = valueOf(await tree.stat('a'));
      const read = valueOf(await tree.readWhole('a', 70_000));
      expect(read).toMatchObject({ stat, isStill: true });
      expect(bytesEqual(read.content ?? new Uint8Array(0), content)).toBe(true);
      expect(valueOf(await tree.readWhole('a', 69_999))).toEqual({ stat, content: undefined, isStill: true });
      await writeFile(tree, 'empty', '');
      expect(valueOf(await tree.readWhole('empty', 0))).toMatchObject({ content: new Uint8Array(0), isStill: true });
      valueOf(await tree.makeDirectory('d'));
      expect(errorKind(await tree.readWhole('missing', 10))).toBe('not-found');
      expect(errorKind(await tree.readWhole('d', 10))).toBe('is-directory');
      if (!tree.capabilities.links) return;
      valueOf(await tree.makeLink('l', 'a'));
      expect(errorKind(await tree.readWhole('l', 70_000))).toBe('escapes');
    }));

  test('FLD-2 a whole file is created in one step, with its time and mode, and never over another', () =>
    withTree(make, async ({ tree }) => {
      const content = patternBytes(70_000).subarray(10, 60_010);
      const options = { mode: 0o640, exactMode: true, mtimeMs: 1_700_000_000_123 };
      const made = valueOf(await tree.createWhole('a', content, options));
      expect(made).toEqual(valueOf(await tree.stat('a')));
      expect(made).toMatchObject({ kind: 'file', size: 60_000, links: 1 });
      expect(Math.abs(made.mtimeMs - options.mtimeMs)).toBeLessThan(tree.capabilities.mtimeGranularityMs);
      if (tree.capabilities.executableBit) expect(made.mode).toBe(0o640);
      expect(bytesEqual(valueOf(await tree.readWhole('a', 60_000)).content ?? new Uint8Array(0), content)).toBe(true);
      expect(content.length).toBe(60_000);
      expect(errorKind(await tree.createWhole('a', new Uint8Array(1), options))).toBe('exists');
      expect(valueOf(await tree.stat('a'))).toEqual(made);
      expect(errorKind(await tree.createWhole('missing/a', content, options))).toBe('not-found');
      const masked = valueOf(await tree.createWhole('empty', new Uint8Array(0), { ...options, mode: 0o7666, exactMode: false }));
      expect(masked.mode & 0o7111).toBe(0);
    }));

  test('file tree: many whole files at once keep their own content', () =>
    withTree(make, async ({ tree }) => {
      const contentOf = (index: number): Uint8Array => utf8(`content of ${index}`);
      const options = { mode: 0o644, exactMode: false, mtimeMs: 1_700_000_000_000 };
      const indexes = Array.from({ length: 200 }, (_, index) => index);
      await Promise.all(indexes.map(async (index) => valueOf(await tree.createWhole(`file-${index}`, contentOf(index), options))));
      const read = await Promise.all(indexes.map((index) => tree.readWhole(`file-${index}`, 100)));
      for (const index of indexes) expect(valueOf(read[index] ?? errMissing).content).toEqual(contentOf(index));
    }));

  test('file tree: openWrite changes a file in place, and needs it to be there', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'hello');
      const handle = valueOf(await tree.openWrite('a'));
      valueOf(await handle.write(0, utf8('J')));
      valueOf(await handle.sync());
      await handle.close();
      expect(await readFile(tree, 'a')).toBe('Jello');
      expect(errorKind(await tree.openWrite('missing'))).toBe('not-found');
    }));

  test('FLD-2 an open read handle keeps the file, whatever happens to its name', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'old content');
      const { inode } = valueOf(await tree.stat('a')) ?? {};
      const reader = valueOf(await tree.openRead('a'));
      valueOf(await tree.rename('a', 'b', { replace: false }));
      await writeFile(tree, 'a', 'new');
      valueOf(await tree.unlink('b'));
      expect(new TextDecoder().decode(valueOf(await reader.read(0, 100)))).toBe('old content');
      expect(valueOf(await reader.stat()).inode).toBe(inode);
      await reader.close();
    }));

  test('FLD-8 an mtime of whole milliseconds reads back within the granularity of the disk', () =>
    withTree(make, async ({ tree }) => {
      const granularity = tree.capabilities.mtimeGranularityMs;
      expect(granularity).toBeGreaterThanOrEqual(1);
      const handle = valueOf(await tree.create('a', 0o644));
      for (const mtimeMs of [1_700_000_000_123, 1_000, 4_000_000_000_999]) {
        valueOf(await handle.setMtime(mtimeMs));
        expect(Math.abs(valueOf(await handle.stat()).mtimeMs - mtimeMs)).toBeLessThan(granularity);
      }
      await handle.close();
      for (const mtimeMs of [1_600_000_000_001, 1_777_777_777_777]) {
        valueOf(await tree.setMtime('a', mtimeMs));
        expect(Math.abs((valueOf(await tree.stat('a'))?.mtimeMs ?? 0) - mtimeMs)).toBeLessThan(granularity);
      }
    }));

  test('FLD-8 mode bits are kept where the disk can, and never fail where it cannot', () =>
    withTree(make, async ({ tree }) => {
      const handle = valueOf(await tree.create('a', 0o600));
      valueOf(await handle.setMode(0o755));
      await handle.close();
      const executable = (await tree.stat('a').then(valueOf))?.mode ?? 0;
      if (tree.capabilities.executableBit) expect(executable & 0o777).toBe(0o755);
      valueOf(await tree.setMode('a', 0o644));
      const plain = (await tree.stat('a').then(valueOf))?.mode ?? 0;
      if (tree.capabilities.executableBit) expect(plain & 0o777).toBe(0o644);
    }));

  test('FLD-8 setuid, setgid and sticky are never set', () =>
    withTree(make, async ({ tree }) => {
      const handle = valueOf(await tree.create('a', 0o4755));
      valueOf(await handle.setMode(0o7755));
      expect(valueOf(await handle.stat()).mode & 0o7000).toBe(0);
      await handle.close();
    }));

  test('file tree: a handle fails once it is closed, and closes twice without harm', () =>
    withTree(make, async ({ tree }) => {
      await writeFile(tree, 'a', 'x');
      const reader = valueOf(await tree.openRead('a'));
      await reader.close();
      await reader.close();
      expect(errorKind(await reader.read(0, 1))).toBe('io');
    }));

  test('file tree: space is told, the free part not above the whole', () =>
    withTree(make, async ({ tree }) => {
      const { freeBytes, totalBytes } = valueOf(await tree.space());
      expect(totalBytes).toBeGreaterThan(0);
      expect(freeBytes).toBeLessThanOrEqual(totalBytes);
    }));

  test('DUR-1 files and directories can be synced', () =>
    withTree(make, async ({ tree }) => {
      valueOf(await tree.makeDirectory('d'));
      await writeFile(tree, 'd/a', 'x');
      valueOf(await tree.syncDirectory('d'));
      valueOf(await tree.syncDirectory(''));
      expect(errorKind(await tree.syncDirectory('missing'))).toBe('not-found');
    }));
}
