import { DiskFault } from './disk-inode.ts';
import type { Inode } from './disk-inode.ts';
import type { SimDisk } from './sim-disk.ts';

/** As `lstat`: a missing parent or a parent that is no directory means that nothing is there. */
export function findOrNothing(disk: SimDisk, path: string): Inode | undefined {
  try {
    return disk.find(path);
  } catch (error) {
    if (error instanceof DiskFault && (error.kind === 'not-found' || error.kind === 'not-directory')) return undefined;
    throw error;
  }
}

/** Resolves links in every component of `path`, at most 40 of them. */
export function canonicalPath(disk: SimDisk, path: string, linksLeft = 40): string {
  let canonical = '';
  const names = path.split('/').filter((name) => name !== '');
  for (const [index, name] of names.entries()) {
    const inode = disk.get(`${canonical}/${name}`);
    if (inode.kind === 'link') {
      if (linksLeft === 0) throw new DiskFault('unsupported');
      const target = inode.target.startsWith('/') ? inode.target : `${canonical}/${inode.target}`;
      return canonicalPath(disk, [target, ...names.slice(index + 1)].join('/'), linksLeft - 1);
    }
    canonical += `/${name}`;
  }
  return canonical || '/';
}
