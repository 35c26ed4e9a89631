import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './contender.ts';
import { runFloorProgram } from './floor-program.ts';
import { type FsyncResult, fsyncConcurrency } from './fsync-writes.ts';
import { flushDisks } from './trial.ts';

/** Writing the small files so that they survive a power cut, and nothing else: what any agent that promises this needs at least. */
export const fsyncFloor: Contender = {
  id: 'fsync',
  title: 'fsync floor',
  rows: ['many-files'],
  inspect: async () => ({
    present: true,
    version: `Node ${process.version}`,
    settings: [`write, fsync, close, rename of every file, ${fsyncConcurrency} at a time (as many threads); directories are not synced`],
  }),
  start: async ({ folder, scale }) => ({
    async measure() {
      const target = join(folder, 'reader');
      mkdirSync(target);
      flushDisks();
      const args = [target, String(scale.smallFileCount), String(scale.smallFileBytes)];
      const result = (await runFloorProgram('fsync-writes.ts', args, { UV_THREADPOOL_SIZE: String(fsyncConcurrency) })) as FsyncResult;
      const { seconds, cpuSeconds, peakRssBytes } = result;
      return {
        seconds,
        writeSeconds: null,
        writer: null,
        reader: { cpuSeconds, peakRssBytes, peakRssSumBytes: peakRssBytes, processes: 1 },
        sentBytes: null,
        otherCpuSeconds: null,
      };
    },
    stop: async () => undefined,
    logTail: () => '',
  }),
};
