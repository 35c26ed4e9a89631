import { setTimeout as pause } from 'node:timers/promises';
import { BenchFailure, type Stage, type Subject } from './contender.ts';
import { readSentBytes } from './namespace.ts';
import { readMachineCpuSeconds, TreeMeter } from './process-meter.ts';
import type { Measurement } from './results.ts';
import { flushDisks, runTrial } from './trial.ts';
import { firstDifference } from './workloads.ts';
import { waitFor } from '../../main/testing/daemon-process.ts';

/** One device of a pair of agents. */
export interface PairSide {
  readonly folder: string;
  /** The process whose tree is measured. */
  readonly pid: number;
}

/** Two agents that sync one folder. */
export interface AgentPair {
  readonly writer: PairSide;
  readonly reader: PairSide;
  /** Tells the writer's agent to look at its folder now, so that no watcher's delay is held against it. Need not wait for the outcome. */
  announce(): Promise<void>;
  /** Whether both agents have nothing to do. */
  isAtRest(): Promise<boolean>;
  stop(): Promise<void>;
  logTail(): string;
}

const restMsMax = 60_000;
/** What agents still do after the files are visible (databases, acknowledgements) is counted for this long. */
const settleMs = 2000;

/** Measures rows on a pair of agents, every one in the same way. */
export function createPairSubject(pair: AgentPair, { scale }: Stage): Subject {
  const { writer, reader } = pair;
  return {
    async measure(row) {
      await waitFor('both agents are at rest', restMsMax, async () => ((await pair.isAtRest()) ? true : undefined));
      flushDisks();
      await pause(settleMs);

      const used = startMeter(pair);
      let trouble = '';
      const times = await runTrial(row, {
        writerFolder: writer.folder,
        readerFolder: reader.folder,
        scale,
        atClose: () => void pair.announce().catch((error: unknown) => (trouble = ` (${String(error)})`)),
        trouble: () => trouble,
      });
      await pause(settleMs);
      const usage = used();

      const difference = firstDifference(writer.folder, reader.folder);
      if (difference !== undefined) throw new BenchFailure(`visible, but wrong: ${difference}`);
      return { ...times, ...usage };
    },
    stop: () => pair.stop(),
    logTail: () => pair.logTail(),
  };
}

type Usage = Omit<Measurement, 'seconds' | 'writeSeconds'>;

/** Starts counting; the function that it gives tells what was used up to then. */
function startMeter({ writer, reader }: AgentPair): () => Usage {
  const writerMeter = new TreeMeter(writer.pid);
  const readerMeter = new TreeMeter(reader.pid);
  const machineBefore = readMachineCpuSeconds();
  const ownBefore = process.cpuUsage();
  const sentBefore = readSentBytes();
  return () => {
    const [sent, machine] = [readSentBytes(), readMachineCpuSeconds()];
    const [writerFigures, readerFigures] = [writerMeter.read(), readerMeter.read()];
    const own = process.cpuUsage(ownBefore);
    const known = (writerFigures?.cpuSeconds ?? 0) + (readerFigures?.cpuSeconds ?? 0) + (own.user + own.system) / 1e6;
    return {
      writer: writerFigures,
      reader: readerFigures,
      sentBytes: sent === undefined || sentBefore === undefined ? null : sent - sentBefore,
      otherCpuSeconds: machine === undefined || machineBefore === undefined ? null : Math.max(0, machine - machineBefore - known),
    };
  };
}
