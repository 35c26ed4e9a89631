import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeTree, readTree, treeDifferences } from './tree.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-tree-'));
  for (const name of ['a', 'b']) makeTree(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeTree(root: string): void {
  mkdirSync(join(root, 'empty'), { recursive: true });
  mkdirSync(join(root, '.dormouse/trash'), { recursive: true });
  writeFileSync(join(root, 'file'), 'content');
  utimesSync(join(root, 'file'), 1_700_000_000.5, 1_700_000_000.5);
  symlinkSync('file', join(root, 'link'));
}

async function differences(): Promise<string[]> {
  return treeDifferences(await readTree(join(folder, 'a')), await readTree(join(folder, 'b')), { a: 'a', b: 'b' });
}

describe('comparing two trees', () => {
  test('the same is the same, whatever Dormouse keeps for itself', async () => {
    writeFileSync(join(folder, 'b/.dormouse/trash/old'), 'x');
    expect(await differences()).toEqual([]);
    expect(describeTree(await readTree(join(folder, 'a')))).toBe('1 files (0 executable), 1 links, 1 directories (1 empty)');
  });

  test.each<[string, (root: string) => void]>([
    ['a byte', (root) => (writeFileSync(join(root, 'file'), 'contenT'), utimesSync(join(root, 'file'), 1_700_000_000.5, 1_700_000_000.5))],
    ['a millisecond', (root) => utimesSync(join(root, 'file'), 1_700_000_000.5015, 1_700_000_000.5015)],
    ['the executable bit', (root) => chmodSync(join(root, 'file'), 0o755)],
    ['the target of a link', (root) => (unlinkSync(join(root, 'link')), symlinkSync('File', join(root, 'link')))],
    ['a link that became a file', (root) => (unlinkSync(join(root, 'link')), writeFileSync(join(root, 'link'), 'content'))],
    ['an empty directory', (root) => rmSync(join(root, 'empty'), { recursive: true })],
    ['a file too many', (root) => writeFileSync(join(root, 'empty/more'), '')],
  ])('%s is a difference', async (_title, change) => {
    change(join(folder, 'b'));
    expect(await differences()).toHaveLength(1);
  });
});
