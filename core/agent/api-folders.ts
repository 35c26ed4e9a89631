import { err, ok, utf8 } from '../base/index.ts';
import type { ApiError, ApiReply } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import { readTextFile, replaceFile } from '../folder/index.ts';
import type { RosterMember } from '../model/index.ts';
import { relPath } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import { ignoreFileBytesMax, ignoreFileName } from '../reconcile/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { findDevice } from './api-devices.ts';
import { findFolder } from './find-folder.ts';
import type { FolderRuntime } from './folder-runtime.ts';
import { folderStatus } from './status.ts';
import { itemByWord } from './words.ts';

type FolderItem = ApiReply<'folder.list'>['folders'][number];

/** Adding, sharing, accepting and leaving folders. */
export function folderVerbs(
  core: AgentCore,
): Pick<
  VerbTable,
  | 'folder.add'
  | 'folder.list'
  | 'folder.share'
  | 'folder.offers'
  | 'folder.accept'
  | 'folder.remove'
  | 'folder.pause'
  | 'folder.rules'
  | 'folder.setRules'
  | 'folder.revert'
> {
  return {
    'folder.add': async ({ path, name }) => {
      const added = await core.folderSetup.add(path, name);
      return added.ok ? ok(await folderItem(core, added.value)) : added;
    },

    'folder.list': async () => {
      const folders = [];
      for (const folder of core.folders.values()) folders.push(await folderItem(core, folder));
      return ok({ folders });
    },

    'folder.share': async ({ folder, device, role }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      const target = findDevice(core, device);
      if (!target.ok) return target;
      const shared = await found.value.share(target.value.id, core.devices.nameOf(target.value.id), role);
      if (!shared.ok) return shared;
      core.rostersChanged(found.value.id);
      return ok(await folderItem(core, found.value));
    },

    'folder.offers': async () => {
      const offers = core.folderSetup.offers().map((offer) => ({
        folder: offer.folder as string,
        name: offer.name,
        from: offer.from as string,
        fromName: core.devices.nameOf(offer.from),
        role: offer.role,
      }));
      return ok({ offers });
    },

    'folder.accept': async ({ folder, path }) => {
      const describe = (offer: { folder: string; name: string }): { id: string; name: string; others: string[] } => ({
        id: offer.folder,
        name: offer.name,
        others: [],
      });
      const offer = itemByWord(core.folderSetup.offers(), folder, describe, 'offered folder');
      if (!offer.ok) return offer;
      const accepted = await core.folderSetup.accept(offer.value.folder, path);
      return accepted.ok ? ok(await folderItem(core, accepted.value)) : accepted;
    },

    'folder.remove': async ({ folder }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      const { id, root } = found.value;
      const name = found.value.name();
      await core.folderSetup.remove(found.value);
      return ok({ id, name, path: root });
    },

    'folder.pause': async ({ folder, paused }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      await core.folderBook.setPaused(found.value.id, paused);
      found.value.pause(paused);
      core.events.note('info', paused ? 'folder-paused' : 'folder-resumed', { folder: found.value.id });
      return ok(await folderItem(core, found.value));
    },

    'folder.rules': async ({ folder }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      const { root } = found.value;
      const read = await readTextFile(core.ports.trees, root, ignoreFileName, ignoreFileBytesMax);
      return read.ok ? ok({ text: read.value ?? '' }) : err(rulesError(root, 'read', read.error));
    },

    'folder.setRules': async ({ folder, text }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      const { root, engine } = found.value;
      const bytes = utf8(text === '' || text.endsWith('\n') ? text : `${text}\n`);
      if (bytes.length > ignoreFileBytesMax)
        return err(apiError('bad-request', `The rules are longer than ${ignoreFileBytesMax} bytes, which is all that is read of them.`));
      const written = await replaceFile(core.ports.trees, root, ignoreFileName, bytes);
      if (!written.ok) return err(rulesError(root, 'written', written.error));
      engine.requestScan('all');
      return ok({ text });
    },

    'folder.revert': async ({ folder, path }) => {
      const found = findFolder(core, folder);
      if (!found.ok) return found;
      const checked = path === undefined ? undefined : relPath(path);
      if (checked && !checked.ok) return err(apiError('bad-request', `"${path}" is not a path below the folder (${checked.error.kind}).`));
      const reverted = await found.value.engine.revert(checked?.value);
      return reverted.ok ? ok({ reverted: reverted.value }) : err(apiError('not-allowed', reverted.error.text));
    },
  };
}

function rulesError(root: string, what: 'read' | 'written', error: FileError): ApiError {
  const kind = error.kind === 'full' ? 'disk-full' : 'unavailable';
  return apiError(kind, `${ignoreFileName} in ${root} cannot be ${what} (${error.code}). Check the folder and its permissions.`);
}

async function folderItem(core: AgentCore, folder: FolderRuntime): Promise<FolderItem> {
  const status = await folderStatus(core, folder);
  const members: readonly RosterMember[] = [...folder.journal.roster().members.values()];
  return {
    id: folder.id,
    name: folder.name(),
    path: folder.root,
    role: status.role,
    state: status.state,
    devices: members
      .filter((member) => member.device !== core.signer.device)
      .map((member) => ({ id: member.device, name: core.devices.nameOf(member.device), role: member.role })),
  };
}
