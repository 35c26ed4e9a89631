import type { BlockRef, FolderId } from '../model/index.ts';
import type { FoundBlock } from '../folder/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/**
 * Those of `wanted` that other folders of this device have and `folder` may use (BLK-2), each read and verified. What is used is not
 * asked for, which shows the devices of `folder` that we have it: so only folders count whose roster has all of these devices.
 */
export async function* blocksOfOtherFolders(
  core: Pick<AgentCore, 'folders'>,
  folder: FolderId,
  wanted: readonly BlockRef[],
): AsyncGenerator<FoundBlock> {
  let missing = wanted;
  for (const other of foldersToReuse(core, folder)) {
    const places = await other.journal.blockPlaces(missing.map(({ name }) => name));
    const found = missing.filter((_, index) => places[index]?.length);
    if (found.length === 0) continue;
    missing = missing.filter((_, index) => !places[index]?.length);
    const reads = other.engine.openBlocks();
    try {
      for (const block of found) {
        const reading = await reads.read(block, new Uint8Array(block.size));
        if (reading.kind === 'bytes') yield { name: block.name, bytes: reading.bytes };
      }
    } finally {
      await reads.close();
    }
  }
}

function foldersToReuse({ folders }: Pick<AgentCore, 'folders'>, folder: FolderId): readonly FolderRuntime[] {
  const members = [...(folders.get(folder)?.journal.roster().members.keys() ?? [])];
  if (members.length === 0) return [];
  return [...folders.values()].filter((other) => other.id !== folder && members.every((device) => other.hasMember(device)));
}
