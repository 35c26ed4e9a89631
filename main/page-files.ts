import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A file of the page in memory. */
export interface PageFile {
  readonly type: string;
  readonly content: Uint8Array;
  /** Its name changes with its content, so it may be kept for ever. */
  readonly isHashed?: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of the built page by name, all of them and nothing else: no path of a request ever reaches the disk. */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.isFile() && extname(item.name) in types)
    .map((item) => item.name);
  return new Map(
    names.map((name) => {
      const type = types[extname(name)] ?? 'application/octet-stream';
      return [name, { type, content: readFileSync(join(folder, name)), isHashed: /-[A-Z0-9]{8}\./.test(name) }];
    }),
  );
}
