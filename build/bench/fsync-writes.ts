/**
 * Writes many small files durably, and says how long that took.
 *
 *   UV_THREADPOOL_SIZE=16 node build/bench/fsync-writes.ts FOLDER COUNT BYTES
 *
 * Prints one line of JSON, a {@link FsyncResult}.
 */
import { mkdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KIB } from '../../core/base/index.ts';
import { smallFilePaths } from './workloads.ts';

export interface FsyncResult {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

export const fsyncConcurrency = 16;

if (import.meta.main)
  console.log(JSON.stringify(await writeDurably(process.argv[2] ?? '', Number(process.argv[3]), Number(process.argv[4]))));

async function writeDurably(folder: string, count: number, bytes: number): Promise<FsyncResult> {
  const paths = smallFilePaths(count).map((path) => join(folder, path));
  const content = Buffer.alloc(bytes, 7);
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  for (const directory of new Set(paths.map((path) => dirname(path)))) mkdirSync(directory);
  // All lanes draw from one iterator.
  const remaining = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of remaining) await writeOne(path, content);
  };
  await Promise.all(Array.from({ length: fsyncConcurrency }, lane));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpuSeconds: (user + system) / 1e6, peakRssBytes: process.resourceUsage().maxRSS * KIB };
}

async function writeOne(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w');
  await file.write(content);
  await file.sync();
  await file.close();
  await rename(temporary, path);
}
