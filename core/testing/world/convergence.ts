import { statusSchema } from '../../api/index.ts';
import { claimOf } from './checkers/honest-status.ts';
import type { FolderWorld } from './folder-world.ts';
import type { Laptop } from './laptop.ts';
import { folderOf } from './running-agent.ts';
import type { ComparedTree } from './tree-difference.ts';
import { treeDifferences } from './tree-difference.ts';

/** How long a healed world may take until all claim to be up to date, virtual ms: the longest pause between two tries of a path, twice. */
const convergeMsMax = 900_000;
const lookMs = 500;
/** Claims that last so long must be true. */
const steadyMs = 4_000;
/** Nothing may happen any more for so long after that. */
const quietMs = 40_000;

/** Waits until all claim to be up to date; returns what is missing where they do not. */
export async function converge(world: FolderWorld, afterEach: () => void): Promise<readonly string[]> {
  const { scheduler } = world.sim;
  const endMs = scheduler.nowMs + convergeMsMax;
  let steadySinceMs: number | undefined;
  while (scheduler.nowMs < endMs) {
    await scheduler.runFor(lookMs);
    afterEach();
    if (!world.laptops.every((laptop) => isSettled(world, laptop))) steadySinceMs = undefined;
    else steadySinceMs ??= scheduler.nowMs;
    if (steadySinceMs !== undefined && scheduler.nowMs - steadySinceMs >= steadyMs) return [];
  }
  return world.laptops.flatMap((laptop) => whyNotConverged(world, laptop));
}

/** After convergence: nothing is dialled, no link comes or goes, no entry is written. */
export async function stayQuiet(world: FolderWorld, afterEach: () => void): Promise<readonly string[]> {
  const before = { links: linkFigures(world), have: haveFigures(world) };
  const { scheduler } = world.sim;
  for (const endMs = scheduler.nowMs + quietMs; scheduler.nowMs < endMs;) {
    await scheduler.runFor(lookMs);
    afterEach();
  }
  const unrest: string[] = [];
  const after = { links: linkFigures(world), have: haveFigures(world) };
  if (after.links !== before.links)
    unrest.push(`links come, go or are tried in a world at rest (up/failed ${before.links}, then ${after.links})`);
  if (after.have !== before.have) unrest.push('entries are written in a world at rest');
  return unrest;
}

/** All trees are the same, and what the agents claim of them is true. */
export async function checkEqual(world: FolderWorld): Promise<readonly string[]> {
  const faults: string[] = [];
  const [first, ...others] = world.laptops.map(comparedTree);
  if (first) for (const other of others) faults.push(...treeDifferences(first, other));
  for (const laptop of world.laptops) faults.push(...(await checkStatus(world, laptop)));
  return faults;
}

/** The whole status projection keeps to its schema and says the same as the parts. */
async function checkStatus(world: FolderWorld, laptop: Laptop): Promise<readonly string[]> {
  const { running } = laptop;
  if (!running) return [`${laptop.name} does not run`];
  const reply = await world.sim.scheduler.drive(running.agent.api.call('status', {}), 10_000);
  if (!reply.ok) return [`status of ${laptop.name}: ${reply.error.text}`];
  const parsed = statusSchema.safeParse(reply.value);
  if (!parsed.success) return [`status of ${laptop.name} breaks its schema: ${parsed.error.message}`];
  const [folder] = parsed.data.folders;
  if (!folder) return [`${laptop.name} has no folder`];
  const faults: string[] = [];
  if (folder.state !== 'up-to-date' || !folder.upToDate) faults.push(`state ${folder.state}: ${folder.why.join(' ')}`);
  if (folder.wanted.files > 0) faults.push(`${folder.wanted.files} files wanted`);
  if (folder.onlyHere.files > 0) faults.push(`${folder.onlyHere.files} files are said to be only here`);
  if (folder.problems > 0) faults.push(`${folder.problems} problems are left`);
  if (folder.recovery !== null) faults.push(`recovery is in phase ${folder.recovery.phase}`);
  if (parsed.data.transfers.length > 0) faults.push('something is being transferred');
  for (const device of parsed.data.devices) {
    if (device.state !== 'live') faults.push(`${device.name} is ${device.state}`);
    if (device.needs.files > 0) faults.push(`${device.name} is said to need ${device.needs.files} files`);
  }
  const liveFiles = [...laptop.tree()].filter(([path, { kind }]) => kind === 'file' && !path.startsWith('.dormouse/')).length;
  if (folder.total.files !== liveFiles) faults.push(`${folder.total.files} files are counted, ${liveFiles} are there`);
  return faults.map((fault) => `${laptop.name}: ${fault}`);
}

function comparedTree(laptop: Laptop): ComparedTree {
  const { capabilities } = laptop.host.disk;
  return {
    name: laptop.name,
    objects: laptop.tree(),
    mtimeStepMs: capabilities.mtimeGranularityMs,
    executableBit: capabilities.executableBit,
  };
}

/** Claims to be up to date, is linked to all, and has tried again whatever failed while there were faults. */
function isSettled(world: FolderWorld, laptop: Laptop): boolean {
  return claimOf(laptop)?.upToDate === true && isLinkedToAll(world, laptop) && folderOf(laptop.running)?.journal.problems().length === 0;
}

function isLinkedToAll(world: FolderWorld, laptop: Laptop): boolean {
  return laptop.running?.core.supervisor.sessions().length === world.laptops.length - 1;
}

function whyNotConverged(world: FolderWorld, laptop: Laptop): string[] {
  const { running } = laptop;
  const folder = folderOf(running);
  if (!running) return [`${laptop.name} does not run: ${laptop.startFailure ?? laptop.host.state}`];
  if (!folder) return [`${laptop.name} has not joined`];
  const why = [...(claimOf(laptop)?.why ?? [])];
  if (!isLinkedToAll(world, laptop)) why.push(`linked to ${running.core.supervisor.sessions().length} of ${world.laptops.length - 1}`);
  why.push(...folder.journal.problems().map((problem) => `problem ${problem.kind} at "${problem.path}": ${problem.text}`));
  return why.map((each) => `${laptop.name} is ${claimOf(laptop)?.state}: ${each}`);
}

function linkFigures({ counts }: FolderWorld): string {
  return `${counts.sessions}/${counts.linkFailures}`;
}

function haveFigures(world: FolderWorld): string {
  return JSON.stringify(world.laptops.map((laptop) => [...(folderOf(laptop.running)?.journal.have() ?? [])]));
}
