import { folderVerdict } from '../../../agent/folder-state.ts';
import { folderFacts } from '../../../agent/status.ts';
import type { Laptop } from '../laptop.ts';
import { folderOf } from '../running-agent.ts';

/** What this laptop's agent claims about the folder now; undefined while it does not keep it. */
export function claimOf(
  laptop: Laptop,
): { readonly upToDate: boolean; readonly why: readonly string[]; readonly state: string } | undefined {
  const folder = folderOf(laptop.running);
  if (!laptop.running || !folder) return undefined;
  return folderVerdict(folderFacts(laptop.running.core, folder), (atMs) => `${atMs}`);
}

/** STA-1: "up to date" is never claimed without all that it takes, judged from the parts themselves. */
export function checkHonesty(laptop: Laptop): readonly string[] {
  const claim = claimOf(laptop);
  const folder = folderOf(laptop.running);
  if (!laptop.running || !folder || !claim?.upToDate) return [];
  const { core } = laptop.running;
  const lies: string[] = [];
  if (!folder.engine.state().scanned) lies.push('without a finished scan');
  if (folder.engine.state().reading.files > 0) lies.push('while changed files are being read');
  if (folder.engine.state().stop) lies.push('while the folder is stopped');
  if (folder.paused) lies.push('while paused');
  const reachable = core.supervisor.sessions().filter((session) => folder.hasMember(session.device) && folder.hasJoined(session.device));
  if (reachable.length === 0) lies.push('with nobody reachable');
  for (const { device, name } of reachable)
    if (!folder.peer(device)?.evenMetadata) lies.push(`although the journals with ${name} are not even`);
  const wanted = folder.journal.wantedTotals();
  if (wanted.files > 0) lies.push(`although ${wanted.files} paths are wanted`);
  const phase = core.recovery.ofFolder(folder.id)?.phase;
  if (phase === 'references' || phase === 'metadata') lies.push(`while recovery is in phase ${phase}`);
  return lies.map((lie) => `${laptop.name} claims to be up to date ${lie}`);
}
