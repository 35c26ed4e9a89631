import { bytesEqualConstantTime, hexFromBytes, utf8 } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import type { Crypto } from '../ports/index.ts';
import { pairTranscript } from '../protocol/index.ts';

/** A device that pairing has shown to hold the invite; to be stored by the caller. */
export interface PairedPeer {
  readonly device: DeviceId;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The two devices of a pairing and the invite between them. */
export interface PairingParties {
  readonly inviteId: Uint8Array;
  readonly secret: Uint8Array;
  readonly host: DeviceId;
  readonly guest: DeviceId;
}

/** What `role` shows to prove that it knows the secret: HMAC-SHA-256, 32 bytes. It holds for these two devices and this role only. */
export function pairingProof(crypto: Pick<Crypto, 'hmacSha256'>, role: 'host' | 'guest', parties: PairingParties): Uint8Array {
  const transcript = pairTranscript(role, hexFromBytes(parties.inviteId), parties.host, parties.guest);
  return crypto.hmacSha256(parties.secret, utf8(transcript));
}

export function isPairingProof(
  crypto: Pick<Crypto, 'hmacSha256'>,
  role: 'host' | 'guest',
  parties: PairingParties,
  proof: Uint8Array,
): boolean {
  return bytesEqualConstantTime(pairingProof(crypto, role, parties), proof);
}
