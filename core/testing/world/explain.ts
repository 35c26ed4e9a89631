import type { RelPath } from '../../model/index.ts';
import { entryText, journalName } from './entry-text.ts';
import type { FolderWorld } from './folder-world.ts';
import type { FolderRuntime } from '../../agent/folder-runtime.ts';
import type { Laptop } from './laptop.ts';
import { folderOf } from './running-agent.ts';

const wantedMax = 5;

/** Traces what every agent knows of the paths that `failures` begin with and of those that are wanted, and what is on its disk there. */
export async function explain(world: FolderWorld, failures: readonly string[]): Promise<void> {
  const paths = new Set(failures.map((failure) => failure.slice(0, Math.max(0, failure.indexOf(':')))));
  for (const laptop of world.laptops) {
    const folder = answeringFolder(laptop);
    if (!folder) continue;
    for (const { path } of await world.sim.scheduler.drive(folder.journal.wanted({ limit: wantedMax }), 5_000))
      for (const each of withAncestors(path)) paths.add(each);
    const { transfers } = folder.exchange.status();
    for (const { path, done, bytes, sources } of transfers)
      world.say(`${laptop.name} fetches "${path}": ${done} of ${bytes} bytes, from ${JSON.stringify(sources)}`);
    for (const { path, name, asked, knownToHave } of folder.exchange.missing())
      world.say(
        `${laptop.name} misses block ${name.slice(0, 8)} of "${path}": asked ${asked.length} devices, ${knownToHave.length} are said to have it`,
      );
    for (const [journal, { end, endHash, pending }] of folder.journal.have()) {
      const others = pending === undefined ? '' : `, beside it ${JSON.stringify(pending)}`;
      world.say(`${laptop.name} holds ${journalName(journal)} to ${end} (${endHash.slice(0, 6)}${others})`);
    }
    for (const { path, text } of folder.journal.problems()) world.say(`${laptop.name} has a problem at "${path}": ${text}`);
  }
  for (const path of paths) {
    for (const laptop of world.laptops) {
      const folder = answeringFolder(laptop);
      if (!folder || path === '') continue;
      const state = await world.sim.scheduler.drive(folder.journal.pathState(path as RelPath), 5_000);
      const object = laptop.tree().get(path);
      const onDisk = object
        ? `${object.kind} ${object.content.length} bytes, mtime ${object.mtimeMs}, executable ${object.executable}`
        : 'nothing';
      world.say(`${laptop.name} "${path}": on disk ${onDisk}`);
      for (const head of state.heads) world.say(`  head ${entryText(head)}`);
      world.say(`  history ${state.history ? `${entryText(state.history.entry)} stat ${JSON.stringify(state.history.stat)}` : 'none'}`);
    }
  }
}

function answeringFolder({ isAnswering, running }: Laptop): FolderRuntime | undefined {
  return isAnswering ? folderOf(running) : undefined;
}

/** `path` and all directories above it, topmost first. */
function withAncestors(path: string): string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
