import { err, ok } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { PeerReply, WireError } from '../protocol/index.ts';
import type { HandlerTable, PeerSession } from '../session/index.ts';
import { addressesAcross, addressesToTell, isOnThisHost } from './addresses.ts';
import type { AgentCore } from './agent-core.ts';
import type { DeviceRecord } from './device-book.ts';
import type { FolderRuntime } from './folder-runtime.ts';

/** The verbs between devices that concern the agent as a whole: who we are, and folders offered. */
export function agentHandlers(core: () => AgentCore): Pick<HandlerTable, 'about' | 'offer'> {
  return {
    about: async (request, context) => {
      const { session } = context;
      const isReachable = (address: string): boolean => addressesAcross([address], sharesHost(core(), session)).length > 0;
      core().devices.told(session.device, { name: request.name, addresses: request.addresses, isReachable });
      takeIntroductions(core(), session, request.introductions);
      core().devicesChanged();
      return ok({ introductions: introductionsFor(core(), session) });
    },

    offer: async (request, context) => {
      const { devices, folderSetup } = core();
      const { device } = context.session;
      if (!devices.isPaired(device)) return err(refusal('not-allowed', 'only paired devices may offer a folder'));
      return folderSetup.offered(request.folder, device, request.statements);
    },
  };
}

type Introductions = PeerReply<'about'>['introductions'];

/** Tells name and addresses, and exchanges addresses of devices in common folders: on every new link, and when a roster or our name has changed. */
export async function tellAbout(core: AgentCore, session: PeerSession): Promise<void> {
  const own = addressesToTell(core.transport.addresses(), core.ports.network.interfaces());
  const addresses = addressesAcross(own, sharesHost(core, session));
  const about = { name: core.settings.values.name, addresses: [...addresses], introductions: introductionsFor(core, session) };
  const reply = await session.call('about', about);
  if (!reply.ok) return;
  takeIntroductions(core, session, reply.value.introductions);
  core.devicesChanged();
}

function introductionsFor(core: AgentCore, session: PeerSession): Introductions {
  const { device } = session;
  const others = new Set(commonFolders(core, device).flatMap((folder) => [...folder.journal.roster().members.keys()]));
  others.delete(device);
  others.delete(core.signer.device);
  return [...others].slice(0, limits.rosterDevicesMax).flatMap((other) => {
    const record = core.devices.get(other);
    if (!record || core.devices.isBlocked(other)) return [];
    const known = addressesAcross(core.devices.addressesOf(record), sharesHost(core, session));
    const addresses = known.slice(0, limits.addressesPerDeviceMax);
    return addresses.length === 0 ? [] : [{ device: other, addresses }];
  });
}

/** Only addresses, and only of devices that a common roster names already: nobody is let in by an introduction. */
function takeIntroductions(core: AgentCore, session: PeerSession, introductions: Introductions): void {
  const from = session.device;
  for (const { device, addresses } of introductions) {
    if (core.devices.get(device) && sharesFolder(core, from, device)) {
      core.devices.told(device, { addresses: addressesAcross(addresses, sharesHost(core, session)) });
    }
  }
}

function sharesHost({ ports }: AgentCore, { address }: PeerSession): boolean {
  return isOnThisHost(address, ports.network.interfaces());
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

/** The devices that a person has to do with: who was only introduced goes when no folder here has it any more (ROS-3). */
export function companions(core: Pick<AgentCore, 'devices' | 'folders'>): readonly DeviceRecord[] {
  return core.devices.known().filter(({ id }) => mayConnect(core, id));
}

/** Folders that we share with `device`. */
export function commonFolders(core: Pick<AgentCore, 'folders'>, device: DeviceId): readonly FolderRuntime[] {
  return [...core.folders.values()].filter((folder) => folder.hasMember(device));
}
