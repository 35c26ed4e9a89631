import { DaemonFailure, waitFor } from '../../main/testing/daemon-process.ts';
import { readTree, type TreeFacts, treeDifferences } from '../demo/tree.ts';
import type { LabHost } from './lab-host.ts';
import { deliver } from './parts.ts';

const differencesShownMax = 12;
const lookMs = 100;

/**
 * Waits until nothing is wanted anywhere and all claim to be up to date with everybody; then every tree is read wholly (contents,
 * executable bits, links, times of files) and compared. What is even must be equal: a status that said so too early fails here.
 */
export async function settle(hosts: readonly LabHost[], timeoutMs: number): Promise<TreeFacts> {
  const startedMs = performance.now();
  const leftMs = (): number => timeoutMs - (performance.now() - startedMs);
  let before = '';
  for (;;) {
    await untilEven(hosts, leftMs());
    // What one device finds out at its scan (a conflict) may be news for the others.
    for (const host of hosts) await deliver(host, Math.max(1_000, leftMs()));
    await untilEven(hosts, leftMs());
    const now = JSON.stringify(await Promise.all(hosts.map(async (host) => (await host.folderStatus()).total)));
    if (now === before && new Set(JSON.parse(now).map((total: unknown) => JSON.stringify(total)) as string[]).size === 1) break;
    if (leftMs() < 0) throw new DaemonFailure(`The folders do not come to rest within ${timeoutMs / 1000} s: they hold ${now}.`);
    before = now;
  }
  return compareTrees(hosts);
}

/** Until every host sees every other one live, wants nothing and says that it is up to date. */
export async function untilEven(hosts: readonly LabHost[], timeoutMs: number): Promise<void> {
  let lacking = '';
  try {
    await waitFor(
      'all are even',
      Math.max(1, timeoutMs),
      async () => {
        for (const host of hosts) {
          lacking = await whatIsLacking(host, hosts);
          if (lacking !== '') return undefined;
        }
        return true;
      },
      lookMs,
    );
  } catch (error) {
    if (error instanceof DaemonFailure && lacking !== '') throw new DaemonFailure(`${error.message} ${lacking}`);
    throw error;
  }
}

async function whatIsLacking(host: LabHost, all: readonly LabHost[]): Promise<string> {
  const { folders, devices, transfers } = await host.status();
  const [folder] = folders;
  if (folder === undefined) return `${host.name} has no folder.`;
  if (!folder.upToDate) return `${host.name} is ${folder.state}: ${folder.why.join(' ')}`;
  if (folder.onlyHere.files > 0 || transfers.length > 0) return `${host.name} has what nobody else has applied.`;
  for (const other of all) {
    if (other === host) continue;
    const state = devices.find(({ id }) => id === other.id)?.state ?? 'unknown';
    if (state !== 'live') return `${other.name} is ${state} for ${host.name}.`;
  }
  return '';
}

/** Reads all trees, one after another, and fails with what differs. */
export async function compareTrees(hosts: readonly LabHost[]): Promise<TreeFacts> {
  const trees: { readonly name: string; readonly tree: TreeFacts }[] = [];
  for (const host of hosts) trees.push({ name: host.name, tree: await readTree(host.folder) });
  const [first, ...others] = trees;
  if (first === undefined) throw new DaemonFailure('There is nothing to compare.');
  const differences = others.flatMap(({ name, tree }) => treeDifferences(first.tree, tree, { a: first.name, b: name }));
  if (differences.length === 0) return first.tree;
  throw new DaemonFailure(`${differences.length} differences:\n${differences.slice(0, differencesShownMax).join('\n')}`);
}
