import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchFailure } from './contender.ts';
import { rowFacts, type Scale, type WorkRowId } from './rows.ts';
import { workloadOf } from './workloads.ts';

const visibleMsMax = 10 * 60_000;
const lookMs = 5;

/** What a row is measured on. */
export interface TrialGround {
  readonly writerFolder: string;
  readonly readerFolder: string;
  readonly scale: Scale;
  /** Called right after the last close(). */
  readonly atClose: () => void;
  /** What else is known about a wait in vain. */
  readonly trouble?: () => string;
}

export interface TrialTimes {
  readonly seconds: number;
  readonly writeSeconds: number;
}

/** Does the row's work in the writer's folder and waits until it is visible in the reader's. Contents are not looked at yet. */
export async function runTrial(row: WorkRowId, { writerFolder, readerFolder, scale, atClose, trouble }: TrialGround): Promise<TrialTimes> {
  const workload = workloadOf(row, scale);
  const isVisible = workload.watch(readerFolder);
  const openedAtMs = performance.now();
  workload.write(writerFolder);
  const closedAtMs = performance.now();
  atClose();
  while (!isVisible()) {
    if (performance.now() - closedAtMs > visibleMsMax) {
      throw new BenchFailure(`not arrived after ${visibleMsMax / 1000} s: ${rowFacts(row, scale).title}${trouble?.() ?? ''}`);
    }
    await pause(lookMs);
  }
  return { seconds: (performance.now() - closedAtMs) / 1000, writeSeconds: (closedAtMs - openedAtMs) / 1000 };
}

/** So that nobody pays for what another one left to be written. */
export function flushDisks(): void {
  if (process.platform !== 'win32') spawnSync('sync', { timeout: visibleMsMax });
}
