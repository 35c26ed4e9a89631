import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BenchFailure, type Contender, type Stage, type Subject } from './contender.ts';
import { readPeakRssBytes, readProcesses, readStat, treeOf } from './process-meter.ts';
import type { Measurement, SideFigures } from './results.ts';
import type { WorkRowId } from './rows.ts';
import { flushDisks, runTrial } from './trial.ts';
import { firstDifference } from './workloads.ts';

const versionMs = 10_000;
const runMsMax = 10 * 60_000;
/** rsync lives so short that its processes are looked at all the time. */
const sampleMs = 50;

/** A local copy by rsync, started at close(): knows where to look, needs no network, syncs nothing to the disk. */
export const rsyncFloor: Contender = {
  id: 'rsync',
  title: 'rsync (local)',
  rows: ['new-file', 'many-files', 'edit'],
  inspect: async () => {
    const { status, stdout } = spawnSync('rsync', ['--version'], { encoding: 'utf8', timeout: versionMs });
    const version = /version (\S+)/.exec(stdout ?? '')?.[1];
    if (status !== 0 || version === undefined) {
      return { present: false, reason: 'It is not installed. Install it (--install-peers does, with apt as root: Debian package rsync).' };
    }
    const settings = ['rsync -a, for the edit with --no-whole-file (what it does between machines); no network, no fsync'];
    return { present: true, version, settings };
  },
  start: async (stage) => createSubject(stage),
};

function createSubject({ folder, scale }: Stage): Subject {
  const [writerFolder, readerFolder] = [join(folder, 'writer'), join(folder, 'reader')];
  for (const each of [writerFolder, readerFolder]) mkdirSync(each);
  return {
    async measure(row) {
      flushDisks();
      const childCpuBefore = ownChildCpuSeconds();
      let run: RsyncRun | undefined;
      const times = await runTrial(row, {
        writerFolder,
        readerFolder,
        scale,
        atClose: () => (run = startRsync(row, writerFolder, readerFolder)),
      });
      const figures = (await run?.end(() => ownChildCpuSeconds() - childCpuBefore)) ?? { writer: null, reader: null };
      const difference = firstDifference(writerFolder, readerFolder);
      if (difference !== undefined) throw new BenchFailure(`visible, but wrong: ${difference}`);
      return { ...times, ...figures, sentBytes: null, otherCpuSeconds: null };
    },
    stop: async () => undefined,
    logTail: () => '',
  };
}

const ownChildCpuSeconds = (): number => readStat(process.pid)?.childCpuSeconds ?? 0;

interface RsyncRun {
  /** Waits for the end; `totalCpuSeconds` then tells the time of all its processes together. */
  end(totalCpuSeconds: () => number): Promise<Pick<Measurement, 'writer' | 'reader'>>;
}

function startRsync(row: WorkRowId, from: string, to: string): RsyncRun {
  const args = ['-a', ...(row === 'edit' ? ['--no-whole-file'] : []), `${from}/`, `${to}/`];
  const child = spawn('rsync', args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: runMsMax });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  // The first process sends, those below it receive.
  const sampler = new RsyncSampler(child);
  const timer = setInterval(() => sampler.look(), sampleMs);
  return {
    async end(totalCpuSeconds) {
      const [code] = await ended.finally(() => clearInterval(timer));
      if (code !== 0) throw new BenchFailure(`rsync ended with ${code}`);
      return sampler.figures(totalCpuSeconds());
    },
  };
}

/** Keeps what was last seen of each process. */
class RsyncSampler {
  readonly #child: ChildProcess;
  readonly #peakBytesByPid = new Map<number, number>();
  readonly #cpuSecondsByPid = new Map<number, number>();

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  look(): void {
    const root = this.#child.pid;
    if (root === undefined || this.#child.exitCode !== null) return;
    for (const { pid, cpuSeconds, childCpuSeconds } of treeOf(root, readProcesses())) {
      this.#cpuSecondsByPid.set(pid, cpuSeconds - childCpuSeconds);
      this.#peakBytesByPid.set(pid, Math.max(this.#peakBytesByPid.get(pid) ?? 0, readPeakRssBytes(pid)));
    }
  }

  /** The receivers' time is the last one seen, the sender's is the rest. */
  figures(totalCpuSeconds: number): Pick<Measurement, 'writer' | 'reader'> {
    const receivers = [...this.#cpuSecondsByPid.keys()].filter((pid) => pid !== this.#child.pid);
    const receiverCpuSeconds = receivers.reduce((sum, pid) => sum + (this.#cpuSecondsByPid.get(pid) ?? 0), 0);
    const sender = this.#child.pid === undefined ? [] : [this.#child.pid];
    return {
      writer: this.#side(sender, Math.max(0, totalCpuSeconds - receiverCpuSeconds)),
      reader: this.#side(receivers, receiverCpuSeconds),
    };
  }

  #side(pids: readonly number[], cpuSeconds: number): SideFigures | null {
    const peaks = pids.map((pid) => this.#peakBytesByPid.get(pid) ?? 0);
    if (peaks.length === 0) return null;
    return {
      cpuSeconds,
      peakRssBytes: Math.max(...peaks),
      peakRssSumBytes: peaks.reduce((sum, peak) => sum + peak, 0),
      processes: peaks.length,
    };
  }
}
