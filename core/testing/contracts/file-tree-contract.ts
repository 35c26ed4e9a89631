import { describe } from 'vitest';
import { contentTests } from './file-tree-content.ts';
import { linkTests } from './file-tree-links.ts';
import { nameTests } from './file-tree-names.ts';
import type { FileTreesUnderTest } from './file-tree-support.ts';

export type { FileTreesUnderTest } from './file-tree-support.ts';

/** What every `FileTrees` must do. `make` is called once per test. */
export function fileTreeContract(name: string, make: () => Promise<FileTreesUnderTest>): void {
  describe(`file tree contract: ${name}`, () => {
    contentTests(make);
    nameTests(make);
    linkTests(make);
  });
}
