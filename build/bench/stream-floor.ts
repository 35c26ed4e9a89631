import { readFileSync } from 'node:fs';
import { MIB } from '../../core/base/index.ts';
import { projectFolder } from '../../main/version.ts';
import { join } from 'node:path';
import type { Contender } from './contender.ts';
import { runFloorProgram } from './floor-program.ts';
import { readSentBytes } from './namespace.ts';
import type { RawStreamResult } from './raw-stream.ts';
import type { SideFigures } from './results.ts';

/** One stream of libp2p as it is, from memory to nowhere: no disk, no hashes, no journal. */
export const streamFloor: Contender = {
  id: 'stream',
  title: 'libp2p stream',
  rows: ['new-file'],
  inspect: async () => ({
    present: true,
    version: libp2pVersion(),
    settings: [
      'TCP, Noise with ChaCha20 of sodium-native, Yamux, all else as by default; one stream from memory to memory, from the first byte to the last',
    ],
  }),
  start: async ({ scale }) => ({
    async measure() {
      const sentBefore = readSentBytes();
      const result = (await runFloorProgram('raw-stream.ts', ['--json', '--mib', String(scale.largeFileBytes / MIB)])) as RawStreamResult;
      const sentAfter = readSentBytes();
      return {
        seconds: result.seconds,
        writeSeconds: null,
        writer: side(result.senderCpuSeconds, result.senderPeakRssBytes),
        reader: side(result.receiverCpuSeconds, result.receiverPeakRssBytes),
        sentBytes: sentBefore === undefined || sentAfter === undefined ? null : sentAfter - sentBefore,
        otherCpuSeconds: null,
      };
    },
    stop: async () => undefined,
    logTail: () => '',
  }),
};

function side(cpuSeconds: number, peakRssBytes: number): SideFigures {
  return { cpuSeconds, peakRssBytes, peakRssSumBytes: peakRssBytes, processes: 1 };
}

function libp2pVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder, 'node_modules/libp2p/package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}
