import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, chmodSync, mkdirSync, openSync, realpathSync, symlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MIB } from '../../core/base/index.ts';

/** Links resolved: the copy must be of the packages, not of a link to them. */
const packagesFolder = realpathSync(fileURLToPath(new URL('../../node_modules', import.meta.url)));
/** Enough for a quick trial: some hundred files, with links and executables. */
const smallPackages = ['commander', 'cborg', 'ignore', 'vitest', '.bin'];
const randomBytesSmall = 8 * MIB;
const randomBytesFull = 300 * MIB;
const chunkBytes = 4 * MIB;

/** Puts real input into `folder`: this project's packages, one large file without any pattern, and things that trees rarely have. */
export function feed(folder: string, isSmall: boolean): void {
  const target = join(folder, 'packages');
  if (isSmall) {
    mkdirSync(target);
    for (const name of smallPackages) execFileSync('cp', ['-a', join(packagesFolder, name), target]);
  } else {
    execFileSync('cp', ['-a', packagesFolder, target]);
  }
  writeRandomFile(join(folder, 'large.bin'), isSmall ? randomBytesSmall : randomBytesFull);
  makeOddities(join(folder, 'odd'));
}

/** A new file of `size` bytes that nothing can be told of in advance. */
export function writeRandomFile(path: string, size: number): void {
  const descriptor = openSync(path, 'wx');
  const chunk = Buffer.alloc(chunkBytes);
  for (let left = size; left > 0; left -= chunkBytes) writeSync(descriptor, randomFillSync(chunk), 0, Math.min(left, chunkBytes));
  closeSync(descriptor);
}

/** Things that trees rarely have, in a new folder: deep and empty directories, links, an executable, an old file, odd names. */
export function makeOddities(folder: string): void {
  mkdirSync(join(folder, 'empty/also empty'), { recursive: true });
  mkdirSync(join(folder, ...Array.from({ length: 30 }, (_, level) => `level ${level}`)), { recursive: true });
  writeFileSync(join(folder, 'no bytes'), '');
  writeFileSync(join(folder, 'grüße 日本 😀.txt'), 'names are text of any language\n');
  writeFileSync(join(folder, 'run me.sh'), '#!/bin/sh\necho hello\n');
  chmodSync(join(folder, 'run me.sh'), 0o755);
  symlinkSync('run me.sh', join(folder, 'link to a file'));
  symlinkSync('empty', join(folder, 'link to a directory'));
  symlinkSync('not there', join(folder, 'link to nothing'));
  writeFileSync(join(folder, 'old.txt'), 'from another century\n');
  utimesSync(join(folder, 'old.txt'), 915148799.987, 915148799.987);
}
