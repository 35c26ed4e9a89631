import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { KIB } from '../../core/base/index.ts';
import type { SideFigures } from './results.ts';

/** The unit of CPU times in /proc (USER_HZ): 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** What /proc says of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** User and system time of its own and of children that it has waited for. */
  readonly cpuSeconds: number;
  /** Only that of children that it has waited for. */
  readonly childCpuSeconds: number;
}

/** Reads the text of `/proc/PID/stat` (proc(5)). The name in it may hold spaces and brackets: fields are counted from its last bracket. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // The first of these fields is number 3 of the manual: 4 parent, 14-17 user and system time of its own, then of its children.
  const field = (number: number): number => Number(fields[number - 3]);
  const childTicks = field(16) + field(17);
  return {
    pid: Number.parseInt(text, 10),
    parentPid: field(4),
    cpuSeconds: (field(14) + field(15) + childTicks) / ticksPerSecond,
    childCpuSeconds: childTicks / ticksPerSecond,
  };
}

/** `root` and everything below it among `processes`. */
export function treeOf(root: number, processes: readonly ProcessStat[]): ProcessStat[] {
  const tree = processes.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...processes.filter(({ parentPid }) => parentPid === pid));
  return tree;
}

/** The processes of one machine, now. Empty where there is no /proc. */
export function readProcesses(): ProcessStat[] {
  return listPids().flatMap((pid) => readStat(pid) ?? []);
}

export function readStat(pid: number): ProcessStat | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}

export function listPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The most memory that a process ever had (VmHWM). */
export function readPeakRssBytes(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/status`) ?? '');
  return Number(match?.[1] ?? 0) * KIB;
}

/** CPU seconds that the whole machine has worked, idle and waiting times apart; undefined where it cannot be told. */
export function readMachineCpuSeconds(): number | undefined {
  const line = readIfThere('/proc/stat')?.split('\n', 1)[0];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softIrq) / ticksPerSecond;
}

/** Measures the tree of processes below each of some roots, from its making on. */
export class TreeMeter {
  readonly #root: number;
  readonly #cpuSecondsBefore: number;

  /** Peaks start anew here, where the kernel allows it (`clear_refs`). */
  constructor(root: number) {
    this.#root = root;
    const tree = treeOf(root, readProcesses());
    this.#cpuSecondsBefore = sumCpu(tree);
    for (const { pid } of tree) resetPeakRss(pid);
  }

  /** Null where the root is gone or there is no /proc. */
  read(): SideFigures | null {
    const tree = treeOf(this.#root, readProcesses());
    if (tree.length === 0) return null;
    const peaks = tree.map(({ pid }) => readPeakRssBytes(pid));
    return {
      cpuSeconds: sumCpu(tree) - this.#cpuSecondsBefore,
      peakRssBytes: Math.max(...peaks),
      peakRssSumBytes: peaks.reduce((sum, peak) => sum + peak, 0),
      processes: tree.length,
    };
  }
}

const sumCpu = (tree: readonly ProcessStat[]): number => tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

function resetPeakRss(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Then the peak is the one since the start of the process.
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
