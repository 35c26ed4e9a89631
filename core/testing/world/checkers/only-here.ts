import { isAnyUnmounted } from '../faults-disk.ts';
import type { FolderWorld } from '../folder-world.ts';
import type { Laptop } from '../laptop.ts';
import { contentKey, isUserPath } from '../ledger.ts';
import type { ContentKey } from '../ledger.ts';
import { folderOf } from '../running-agent.ts';

/** So many steps and ms after it was written, a content counts for this check. */
const oldSteps = 12;
const oldMs = 5_000;
const answerMs = 500;

/**
 * STA-3: who holds the only copy of something never says that nothing is only here. Takes virtual time, so it is to be asked at fixed
 * moments of a plan.
 */
export async function checkOnlyHere(world: FolderWorld): Promise<readonly string[]> {
  if (isAnyUnmounted(world)) return [];
  const lies: string[] = [];
  for (const laptop of world.laptops.filter(({ isAnswering }) => isAnswering)) {
    const before = onlyOn(world, laptop);
    if (before.size === 0) continue;
    const said = await saysOnlyHere(world, laptop);
    const still = [...onlyOn(world, laptop)].filter((key) => before.has(key));
    if (said === 0 && still.length > 0) lies.push(`${laptop.name} says that nothing is only here, and ${still.join(', ')} is`);
  }
  return lies;
}

/** Contents, with their paths, that nobody gave up, that this laptop has scanned, and that are on no other disk at all. */
function onlyOn(world: FolderWorld, laptop: Laptop): ReadonlySet<string> {
  const folder = folderOf(laptop.running);
  const state = folder?.engine.state();
  if (!folder || folder.paused || !state?.scanned || state.scanning || state.stop || laptop.hadBackup) return new Set();
  // What is here may be the losing version of a conflict that is still to be settled; the newest one is elsewhere.
  if (folder.journal.wantedTotals().files > 0) return new Set();
  const elsewhere = new Set<ContentKey>();
  for (const other of world.laptops) {
    if (other === laptop) continue;
    for (const { kind, content } of other.tree().values()) if (kind === 'file') elsewhere.add(contentKey(content));
  }
  // What is below a directory that cannot be listed was not seen yet.
  const problems = folder.journal.problems().map(({ path }) => path);
  const isTroubled = (path: string): boolean => problems.some((each) => path === each || path.startsWith(`${each}/`));
  const found = new Set<string>();
  for (const [path, { kind, content }] of laptop.tree()) {
    if (kind !== 'file' || !isUserPath(path) || isTroubled(path)) continue;
    const key = contentKey(content);
    const isOld = world.ledger.isOwedSince(key, world.step - oldSteps, world.sim.scheduler.nowMs - oldMs);
    if (isOld && !elsewhere.has(key)) found.add(`${path} (${key})`);
  }
  return found;
}

async function saysOnlyHere(world: FolderWorld, laptop: Laptop): Promise<number | undefined> {
  const folder = folderOf(laptop.running);
  if (!folder) return undefined;
  const others = [...folder.journal.roster().members.keys()].filter((device) => device !== laptop.running?.agent.device);
  const { scheduler } = world.sim;
  const late = new Promise<undefined>((resolve) => scheduler.schedule(answerMs, 'nobody answers', () => resolve(undefined)));
  const answer = await scheduler.drive(Promise.race([folder.journal.onlyHere(others), late]), 2 * answerMs);
  return answer?.files;
}
