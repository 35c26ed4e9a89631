import { err, ok } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { PeerCalls } from '../ports/index.ts';
import type { WireError } from '../protocol/index.ts';
import type { HandlerTable } from '../session/index.ts';
import { addressesToTell } from './addresses.ts';
import type { AgentCore } from './agent-core.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/** The verbs between devices that concern the agent as a whole: who we are, and folders offered. */
export function agentHandlers(core: () => AgentCore): Pick<HandlerTable, 'about' | 'offer'> {
  return {
    about: async (request, context) => {
      const { devices, devicesChanged } = core();
      const { device } = context.session;
      devices.told(device, { name: request.name, addresses: request.addresses });
      for (const introduction of request.introductions) {
        // Only addresses, and only for devices that a common roster names already: nobody is let in by it.
        if (devices.get(introduction.device) && sharesFolder(core(), device, introduction.device))
          devices.told(introduction.device, { addresses: introduction.addresses });
      }
      devicesChanged();
      return ok({});
    },

    offer: async (request, context) => {
      const { devices, folderSetup } = core();
      const { device } = context.session;
      if (!devices.isPaired(device)) return err(refusal('not-allowed', 'only paired devices may offer a folder'));
      return folderSetup.offered(request.folder, device, request.statements);
    },
  };
}

/** What both sides tell each other on every new link: name, addresses, and addresses of devices in common folders. */
export async function tellAbout(core: AgentCore, session: PeerCalls): Promise<void> {
  const addresses = addressesToTell(core.transport.addresses(), core.ports.network.interfaces());
  const common = [...core.folders.values()].filter((folder) => folder.hasMember(session.device));
  const others = new Set(common.flatMap((folder) => [...folder.journal.roster().members.keys()]));
  others.delete(session.device);
  others.delete(core.signer.device);
  const introductions = [...others].flatMap((device) => {
    const record = core.devices.get(device);
    return record && !core.devices.isBlocked(device) ? [{ device, addresses: [...core.devices.addressesOf(record)].slice(0, 16) }] : [];
  });
  await session.call('about', { name: core.settings.values.name, addresses: [...addresses], introductions });
}

/** Offers a folder to a member that has not shown yet that it keeps it. */
export async function offerFolder(core: AgentCore, session: PeerCalls, folder: FolderRuntime): Promise<void> {
  const statements = folder.journal.rosterStatements().map((statement) => statement.bytes);
  const reply = await session.call('offer', { folder: folder.id, statements: [...statements] });
  if (reply.ok)
    core.events.note('info', reply.value.state === 'joined' ? 'folder-joined' : 'folder-offered', {
      folder: folder.id,
      device: session.device,
    });
}

function sharesFolder(core: AgentCore, a: DeviceId, b: DeviceId): boolean {
  return [...core.folders.values()].some((folder) => folder.hasMember(a) && folder.hasMember(b));
}

export function refusal(kind: WireError['kind'], text: string): WireError {
  return { kind, text };
}

/** Whether a device may reach us: paired, or on a roster of a folder that we keep. */
export function mayConnect(core: Pick<AgentCore, 'devices' | 'folders'>, device: DeviceId): boolean {
  if (core.devices.isBlocked(device)) return false;
  return core.devices.isPaired(device) || [...core.folders.values()].some((folder) => folder.hasMember(device));
}

/** Folders that we share with `device`. */
export function commonFolders(core: Pick<AgentCore, 'folders'>, device: DeviceId): readonly FolderRuntime[] {
  return [...core.folders.values()].filter((folder) => folder.hasMember(device));
}
