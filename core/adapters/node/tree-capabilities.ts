import * as fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { FileResult, TreeCapabilities } from '../../ports/index.ts';
import { call, callVoid } from './file-errors.ts';
import { fileStat, utimeSeconds } from './file-stat.ts';

/** What the disks of a platform usually can; taken where nothing can be tried, such as on a read-only disk. */
export function usualCapabilities(platform: NodeJS.Platform): TreeCapabilities {
  const windows = platform === 'win32';
  return {
    caseSensitive: !windows && platform !== 'darwin',
    unicodeExact: platform !== 'darwin',
    links: !windows,
    hardLinks: true,
    executableBit: !windows,
    mtimeGranularityMs: 1,
    windowsNames: windows,
    exchange: false,
  };
}

/**
 * Finds out what the disk of `root` can do by trying, in a directory of its own inside `privateDirectory` where the root has that, else in
 * the root; it is removed again. Falls back to {@link usualCapabilities} where it cannot be made.
 */
export async function probeCapabilities(root: string, privateDirectory: string): Promise<TreeCapabilities> {
  const name = `.dormouse-probe-${randomBytes(6).toString('hex')}`;
  const usual = usualCapabilities(process.platform);
  const inPrivate = `${root}/${privateDirectory}/${name}`;
  const inRoot = `${root}/${name}`;
  const owned = await call<fs.Stats>('', (done) => fs.lstat(`${root}/${privateDirectory}`, done));
  const place = owned.ok && owned.value.isDirectory() ? inPrivate : inRoot;
  const made = await callVoid('', (done) => fs.mkdir(place, 0o700, done));
  if (!made.ok) return usual;
  try {
    return await probe(place, usual);
  } finally {
    await fs.promises.rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function probe(place: string, usual: TreeCapabilities): Promise<TreeCapabilities> {
  const file = `${place}/case-e\u0301-aB`;
  if (!(await succeeds(fs.promises.writeFile(file, '')))) return usual;
  return {
    caseSensitive: !(await exists(`${place}/CASE-E\u0301-Ab`)),
    unicodeExact: !(await exists(`${place}/case-\u00e9-aB`)),
    links: await succeeds(fs.promises.symlink('target', `${place}/link`)),
    hardLinks: await succeeds(fs.promises.link(file, `${place}/hard`)),
    executableBit: await keepsExecutableBit(file),
    mtimeGranularityMs: await mtimeGranularityMs(file),
    // On Windows itself a colon makes a stream of a file, so trying tells nothing.
    windowsNames: usual.windowsNames || !(await succeeds(fs.promises.writeFile(`${place}/colon:`, ''))),
    exchange: false,
  };
}

async function keepsExecutableBit(file: string): Promise<boolean> {
  const modes: boolean[] = [];
  for (const mode of [0o700, 0o600]) {
    if (!(await succeeds(fs.promises.chmod(file, mode)))) return false;
    const stats = await call<fs.Stats>('', (done) => fs.stat(file, done));
    modes.push(stats.ok && (stats.value.mode & 0o100) !== 0);
  }
  return modes[0] === true && modes[1] === false;
}

/** Steps that disks are known to keep times in: most in ns, exFAT 10 ms, HFS+ and ext3 1 s, FAT 2 s. */
const knownStepsMs = [1, 10, 100, 1000, 2000];
/** An odd second and a fraction that none of the coarser steps keeps. */
const oddTimeMs = 1_700_000_001_777;

async function mtimeGranularityMs(file: string): Promise<number> {
  const seconds = utimeSeconds(oddTimeMs);
  const kept = await readMtimeAfter(file, seconds);
  const errorMs = kept.ok ? Math.abs(kept.value - oddTimeMs) : 0;
  return knownStepsMs.find((stepMs) => errorMs < stepMs) ?? 2000;
}

async function readMtimeAfter(file: string, seconds: number): FileResult<number> {
  const set = await callVoid('', (done) => fs.utimes(file, seconds, seconds, done));
  if (!set.ok) return set;
  const stats = await call<fs.BigIntStats>('', (done) => fs.stat(file, { bigint: true }, done));
  return stats.ok ? { ok: true, value: fileStat(stats.value).mtimeMs } : stats;
}

async function exists(path: string): Promise<boolean> {
  return (await call<fs.Stats>('', (done) => fs.lstat(path, done))).ok;
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
