import { err, ok } from '../base/index.ts';
import { apiError } from '../api/index.ts';
import type { BlockRef, DeviceId, KnownEntry } from '../model/index.ts';
import { limits, snapBytes, winnerOf } from '../model/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { folderAndPath } from './find-folder.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/** `whohas`: which devices hold the newest version of a file, by what they have told, and block by block by asking them. */
export function whohasVerb(core: AgentCore): Pick<VerbTable, 'whohas'> {
  return {
    whohas: async ({ path: text, blocks: wantsBlocks }, signal) => {
      const found = await folderAndPath(core, undefined, text);
      if (!found.ok) return found;
      const { folder, path } = found.value;
      const state = await folder.journal.pathState(path);
      const winner = winnerOf(state.heads);
      if (winner?.snap.kind === 'removed' || !winner) return err(apiError('not-found', `"${path}" was removed from ${folder.name()}.`));
      const blocks = wantsBlocks ? await blocksOf(folder, winner) : [];
      const holders = wantsBlocks ? await blockHolders(core, folder, blocks, signal) : new Map<DeviceId, ReadonlySet<number>>();
      const applied = new Set(folder.journal.devicesThatApplied(winner.ref));
      const members = [...folder.journal.roster().members.keys()];
      return ok({
        folder: folder.id,
        path,
        bytes: snapBytes(winner.snap),
        devices: members.map((device) => {
          const isHere = device === core.signer.device;
          return {
            device: device as string,
            name: isHere ? core.settings.values.name : core.devices.nameOf(device),
            here: isHere,
            applied: isHere
              ? state.history?.entry.ref.journal === winner.ref.journal && state.history.entry.ref.sequence === winner.ref.sequence
              : applied.has(device),
            blocks: wantsBlocks ? (holders.get(device)?.size ?? null) : null,
            reachable: isHere || core.supervisor.session(device) !== undefined,
          };
        }),
        blocks: wantsBlocks
          ? blocks.map((block, index) => ({
              name: block.name as string,
              size: block.size,
              devices: members.filter((device) => holders.get(device)?.has(index)),
            }))
          : null,
      });
    },
  };
}

async function blocksOf(folder: FolderRuntime, entry: KnownEntry): Promise<readonly BlockRef[]> {
  if (entry.snap.kind !== 'file') return [];
  const list = await folder.journal.blocksOf(entry.snap);
  if (list.kind === 'blocks') return list.blocks;
  return list.kind === 'missing-pages' ? list.pages : [];
}

/** Asks this device and every reachable member; a device that does not answer is simply absent. */
async function blockHolders(
  core: AgentCore,
  folder: FolderRuntime,
  blocks: readonly BlockRef[],
  signal: AbortSignal,
): Promise<Map<DeviceId, ReadonlySet<number>>> {
  const holders = new Map<DeviceId, ReadonlySet<number>>();
  const here = await Promise.all(blocks.map((block) => folder.engine.hasBlock(block.name)));
  holders.set(core.signer.device, new Set(blocks.flatMap((_block, index) => (here[index] === true ? [index] : []))));
  const ask = async (device: DeviceId): Promise<void> => {
    const session = core.supervisor.session(device);
    if (!session) return;
    const calls = core.repeating(session);
    const has = new Set<number>();
    for (let from = 0; from < blocks.length; from += limits.blocksPerQuestionMax) {
      const part = blocks.slice(from, from + limits.blocksPerQuestionMax);
      const reply = await calls.call('whohas', { folder: folder.id, blocks: part.map((block) => block.name) }, { signal });
      if (!reply.ok) return;
      for (const index of reply.value.ihave) has.add(from + index);
    }
    holders.set(device, has);
  };
  await Promise.all([...folder.journal.roster().members.keys()].map(ask));
  return holders;
}
