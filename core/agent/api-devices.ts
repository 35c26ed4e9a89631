import type { Result } from '../base/index.ts';
import { err, isoFromWallMs, ok } from '../base/index.ts';
import type { ApiError, ApiReply } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import type { DeviceRecord } from './device-book.ts';
import { deviceStateOf } from './device-state.ts';
import { isDialableAddress } from './addresses.ts';
import { companions } from './peer-verbs.ts';
import { itemByWord } from './words.ts';

type DeviceItem = ApiReply<'devices'>['devices'][number];

/** Pairing and what is kept about other devices. */
export function deviceVerbs(
  core: AgentCore,
): Pick<VerbTable, 'invite' | 'pair' | 'devices' | 'device.rename' | 'device.remove' | 'device.pause' | 'device.address'> {
  return {
    invite: async () => {
      const invite = await core.pairing.invite();
      return invite.ok ? ok({ invite: invite.value.text, expiresAt: isoFromWallMs(invite.value.expiresAtMs) }) : invite;
    },

    pair: async ({ invite }, signal) => core.pairing.pair(invite, signal),

    devices: async () => ok({ devices: companions(core).map((record) => deviceItem(core, record)) }),

    'device.rename': async ({ device, name }) => {
      const found = findDevice(core, device);
      return found.ok ? ok(deviceItem(core, await core.devices.update(found.value.id, { givenName: name }))) : found;
    },

    'device.pause': async ({ device, paused }) => {
      const found = findDevice(core, device);
      if (!found.ok) return found;
      const record = await core.devices.update(found.value.id, { paused });
      core.devicesChanged();
      return ok(deviceItem(core, record));
    },

    'device.address': async ({ device, action, address }) => {
      const found = findDevice(core, device);
      if (!found.ok) return found;
      if (action === 'add' && !isDialableAddress(address)) {
        return err(
          apiError(
            'bad-request',
            `"${address}" is not an address that can be dialled. Write it like /ip4/192.0.2.7/tcp/4001 or /dns4/laptop.example/tcp/4001.`,
          ),
        );
      }
      const without = found.value.fixedAddresses.filter((each) => each !== address);
      if (action === 'remove' && without.length === found.value.fixedAddresses.length) {
        return err(
          apiError(
            'not-found',
            `${core.devices.nameOf(found.value.id)} has no fixed address ${address}. It has: ${found.value.fixedAddresses.join(', ') || 'none'}.`,
          ),
        );
      }
      const record = await core.devices.update(found.value.id, { fixedAddresses: action === 'add' ? [...without, address] : without });
      core.devicesChanged();
      return ok(deviceItem(core, record));
    },

    'device.remove': async ({ device }) => {
      const found = findDevice(core, device);
      if (!found.ok) return found;
      const { id } = found.value;
      const name = core.devices.nameOf(id);
      // Out of the rosters first: a crash in between leaves a paired device that no longer gets anything, never the other way round.
      const session = core.supervisor.session(id);
      for (const folder of core.folders.values()) {
        await folder.signOut(id);
        if (session) await folder.tellRoster([core.repeating(session)]);
      }
      await core.devices.block(id);
      core.devicesChanged();
      core.events.note('info', 'device-removed', { device: id });
      return ok({ id, name });
    },
  };
}

export function findDevice(core: AgentCore, word: string): Result<DeviceRecord, ApiError> {
  const describe = (record: DeviceRecord): { id: string; name: string; others: string[] } => ({
    id: record.id,
    name: core.devices.nameOf(record.id),
    others: [],
  });
  return itemByWord(companions(core), word, describe, 'device');
}

function deviceItem(core: AgentCore, record: DeviceRecord): DeviceItem {
  return {
    id: record.id,
    name: core.devices.nameOf(record.id),
    state: deviceStateOf(core, record),
    paused: record.paused,
    addresses: [...record.fixedAddresses],
    introducedBy: record.standing === 'introduced' ? (core.introducerOf(record.id) ?? null) : null,
  };
}
