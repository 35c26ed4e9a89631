import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { ApiError } from '../api/index.ts';
import { apiError } from '../api/index.ts';
import { limits } from '../model/index.ts';
import type { InviteTextError } from '../protocol/index.ts';
import { inviteFromText, inviteToText } from '../protocol/index.ts';
import type { PairError, PairingGuest, PairingHost } from '../session/index.ts';
import { addressesToTry } from './addresses.ts';
import type { AgentCore, Pairing } from './agent-core.ts';

/** Both sides of pairing in the words of the local API. */
export function apiPairing(core: () => AgentCore, host: PairingHost, guest: PairingGuest): Pairing {
  return {
    invite: async () => {
      if (core().transport.addresses().length === 0) {
        return err(
          apiError('unavailable', 'This device has no address that another one could dial. Connect it to a network, then invite again.'),
        );
      }
      const invite = host.createInvite();
      if (!invite.ok)
        return err(
          apiError(
            'not-allowed',
            `${limits.invitesOpenMax} invites are open already. Use one of them, or wait until they expire (10 minutes).`,
          ),
        );
      return ok({ text: inviteToText(invite.value), expiresAtMs: invite.value.expiresAtMs });
    },

    pair: async (text, signal): Promise<Result<{ id: string; name: string }, ApiError>> => {
      const { signer, ports } = core();
      const invite = inviteFromText(text, { device: signer.device, nowMs: ports.clock.wallNow() });
      if (!invite.ok) return err(apiError('bad-request', inviteErrorText(invite.error)));
      const addresses = addressesToTry(invite.value.addresses, ports.network.interfaces());
      const paired = await guest.pair({ ...invite.value, addresses: [...addresses] }, signal);
      if (!paired.ok) return err(pairError(paired.error, invite.value.name));
      return ok({ id: paired.value.device, name: core().devices.nameOf(paired.value.device) });
    },
  };
}

function inviteErrorText(error: InviteTextError): string {
  switch (error.kind) {
    case 'malformed':
      return 'This is not an invite. An invite begins with "dormouse:pair/" and is made by "dormouse invite" on the other device.';
    case 'damaged':
      return 'This is not a complete invite: a part of it is missing or mistyped. Copy all of it, or make a new one with "dormouse invite" on the other device.';
    case 'newer-version':
      return 'The invite was made by a newer Dormouse. Update this device, then try again.';
    case 'expired':
      return 'The invite has expired: each can be used for 10 minutes. Make a new one on the other device (and check both clocks, if it is fresh).';
    case 'own-device':
      return 'This invite was made on this device. Use it on the other one.';
  }
}

function pairError(error: PairError, name: string): ApiError {
  switch (error.kind) {
    case 'unreachable':
      return apiError(
        'not-reached',
        `${name} could not be reached (${error.error.text}). Check that it runs and that both devices are on the same network, then try again.`,
      );
    case 'refused':
      return apiError('not-allowed', refusedText(error.reason, name));
    case 'bad-proof':
      return apiError(
        'not-allowed',
        `What answered does not know the secret of this invite, so it is not ${name}. Make a new invite on ${name}.`,
      );
    case 'lost':
      return apiError('not-reached', `The connection to ${name} broke before anything was asked. Try again.`);
    case 'outcome-unknown':
      return apiError(
        'outcome-unknown',
        `The connection to ${name} broke before its answer came. If ${name} lists this device, remove it there; then pair with a new invite.`,
      );
    case 'too-many':
      return apiError('not-allowed', `${limits.pairedDevicesMax} devices are paired already, which is the limit.`);
    case 'aborted':
      return apiError('timeout', `Pairing with ${name} was given up.`);
  }
}

function refusedText(reason: Extract<PairError, { kind: 'refused' }>['reason'], name: string): string {
  switch (reason) {
    case 'unknown-invite':
      return `${name} does not know this invite: it was made before ${name} was restarted, or by another device. Make a new one.`;
    case 'expired':
      return `${name} says that the invite has expired. Make a new one.`;
    case 'used':
      return 'The invite was used already, by another device. Each works once: make a new one.';
    case 'bad-proof':
      return `${name} refuses the invite: it was changed on its way. Copy it again, or make a new one.`;
    case 'too-many':
      return `${name} has as many paired devices as it may. Remove one there.`;
    case 'malformed':
      return `${name} could not read the request. Update both devices to the same version.`;
  }
}
