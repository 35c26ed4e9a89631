import { setTimeout as pause } from 'node:timers/promises';
import { KIB, SECOND_MS } from '../../core/base/index.ts';
import { linkAgents, untilEven } from './desktop-agent.ts';
import { type GaugeValues, idleGauges } from './desktop-rows.ts';
import type { DesktopStage } from './desktop-stage.ts';
import { readProcesses, readStat, treeOf } from './process-meter.ts';
import { workloadOf } from './workloads.ts';

/** What a start, a sync and a window that opens still leave to do is done by then. */
const settleMs = 30_000;

/** Two linked programs with nothing to do: what one of them uses, first in the tray only, then with its window shown. Nobody drives them. */
export async function measureDesktopIdle(desktop: DesktopStage): Promise<GaugeValues> {
  const { scale } = desktop.stage;
  const [idle, other] = [desktop.agent('idle'), desktop.agent('other')];
  const program = desktop.start(idle.name, ['--hidden']);
  desktop.start(other.name, ['--hidden']);
  for (const agent of [idle, other]) await agent.untilReady();
  workloadOf('many-files', { ...scale, smallFileCount: scale.idleFileCount, smallFileBytes: KIB }).write(idle.folder);
  await linkAgents(idle, other);
  await untilEven([idle, other]);

  const hidden = await idleUse(program.pid, scale.idleSeconds);
  await desktop.showWindowOf(idle.name);
  const shown = await idleUse(program.pid, scale.idleSeconds);
  return new Map([
    [idleGauges.shownMain, shown.mainPercent],
    [idleGauges.shownAll, shown.allPercent],
    [idleGauges.hiddenMain, hidden.mainPercent],
    [idleGauges.hiddenAll, hidden.allPercent],
  ]);
}

interface IdleUse {
  readonly mainPercent: number;
  readonly allPercent: number;
}

/** CPU time of a program's main and of all its processes over so many seconds, in percent of one core. */
async function idleUse(pid: number, seconds: number): Promise<IdleUse> {
  await pause(settleMs);
  const before = usedSeconds(pid);
  await pause(seconds * SECOND_MS);
  const after = usedSeconds(pid);
  return { mainPercent: (100 * (after.main - before.main)) / seconds, allPercent: (100 * (after.all - before.all)) / seconds };
}

function usedSeconds(pid: number): { readonly main: number; readonly all: number } {
  return {
    main: readStat(pid)?.cpuSeconds ?? NaN,
    all: treeOf(pid, readProcesses()).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}
