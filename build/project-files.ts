import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './layer-check.ts';

export const projectRoot: string = fileURLToPath(new URL('..', import.meta.url));

/** Never looked into: what is generated, installed or not part of the project. */
const skippedFolders: ReadonlySet<string> = new Set(['.git', 'node_modules', 'out', 'dist', 'coverage']);

/** All files of the project whose path (relative, with `/`) is wanted, in the order of their paths. */
export function readProjectFiles(isWanted: (path: string) => boolean): SourceFile[] {
  const walk = (folder: string): string[] =>
    readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((item) => {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (item.isDirectory()) return skippedFolders.has(item.name) ? [] : walk(path);
      return item.isFile() && isWanted(path) ? [path] : [];
    });
  return walk('')
    .sort()
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }));
}
