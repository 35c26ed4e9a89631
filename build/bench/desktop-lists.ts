import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { waitFor } from '../../main/testing/daemon-process.ts';
import { linkAgents, untilEven } from './desktop-agent.ts';
import { type GaugeValues, listGauges } from './desktop-rows.ts';
import { type DesktopStage, showView } from './desktop-stage.ts';
import { countNodes, openView, prepareMotion, readMotion, scrollThrough } from './list-motion.ts';
import { smallFilePaths, workloadOf } from './workloads.ts';

const fileBytes = 256;
const conflictMsMax = 5 * 60_000;
const scrollSteps = 120;

/** The views, what shows that one of them is there, and whether it is worth scrolling. */
interface ViewStop {
  readonly hash: string;
  readonly selector: string;
}

/** A folder with many files, of which many are in conflict and as many in the trash: every view is opened and scrolled in the real window. */
export async function measureDesktopLists(desktop: DesktopStage): Promise<GaugeValues> {
  const { scale } = desktop.stage;
  const [here, there] = [await desktop.drive('here'), await desktop.drive('there')];
  const agents = [here.agent, there.agent];
  workloadOf('many-files', { ...scale, smallFileCount: scale.listFileCount, smallFileBytes: fileBytes }).write(here.agent.folder);
  await linkAgents(here.agent, there.agent);
  await untilEven(agents);

  for (const agent of agents) await agent.call('pause', { until: null });
  const disputed = smallFilePaths(scale.listConflictCount);
  for (const { name, folder } of agents) for (const path of disputed) writeFileSync(join(folder, path), `what ${name} says`);
  for (const agent of agents) await agent.call('unpause', {});
  for (const agent of agents) await agent.call('up', { timeoutSeconds: 60 });
  await waitFor('all conflicts are known', conflictMsMax, async () => {
    const { folders } = await here.agent.call('status', {});
    return folders[0]?.conflicts === disputed.length ? folders[0].id : undefined;
  });
  const [folder] = (await here.agent.call('status', {})).folders;
  return tour(here.page, [
    { hash: '#/folders', selector: 'h1' },
    { hash: `#/folders/${folder?.id ?? ''}`, selector: '.facts' },
    { hash: '#/devices', selector: 'h1' },
    { hash: '#/activity', selector: '[aria-label="Finished"], h1' },
    { hash: '#/attention/conflicts', selector: '[aria-label="Conflicts"] li' },
    { hash: '#/attention/problems', selector: 'h1' },
    { hash: '#/attention/trash', selector: '[aria-label="Trash"] li, .empty' },
    { hash: '#/settings', selector: 'h1' },
  ]);
}

async function tour(page: Page, stops: readonly ViewStop[]): Promise<GaugeValues> {
  await showView(page, '#/settings');
  await prepareMotion(page);
  const worst = { nodes: 0, opening: 0, openingTask: 0, scrollTask: 0, frameGap: 0 };
  for (const { hash, selector } of stops) {
    await readMotion(page);
    const openingMs = await openView(page, hash, selector);
    const opened = await readMotion(page);
    await scrollThrough(page, scrollSteps);
    const nodes = await countNodes(page);
    const scrolled = await readMotion(page);
    worst.nodes = Math.max(worst.nodes, nodes);
    worst.opening = Math.max(worst.opening, openingMs);
    worst.openingTask = Math.max(worst.openingTask, opened.longestTaskMs);
    worst.scrollTask = Math.max(worst.scrollTask, scrolled.longestTaskMs);
    worst.frameGap = Math.max(worst.frameGap, scrolled.longestFrameGapMs);
  }
  return new Map([
    [listGauges.nodes, worst.nodes],
    [listGauges.opening, worst.opening],
    [listGauges.openingTask, worst.openingTask],
    [listGauges.scrollTask, worst.scrollTask],
    [listGauges.frameGap, worst.frameGap],
  ]);
}
