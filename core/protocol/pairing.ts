import { z } from 'zod';
import { limits } from '../model/index.ts';
import { addressField, bytesField, counterField, deviceIdField, deviceNameField, incarnationField } from './fields.ts';

/**
 * What an invite holds; as text it is `dormouse:pair/` and base64url of CBOR and a checksum. The secret proves both sides to each
 * other and never travels.
 */
export const inviteSchema = z.object({
  version: z.literal(1),
  device: deviceIdField,
  name: deviceNameField,
  addresses: z.array(addressField).max(limits.addressesPerDeviceMax),
  /** 8 bytes. */
  id: bytesField(8),
  /** 16 bytes. */
  secret: bytesField(16),
  /** Wall clock of the inviting device, ms since 1970. */
  expiresAtMs: counterField,
});
export type Invite = z.infer<typeof inviteSchema>;

/** First frame of a pairing channel, from the inviting side: its run, which the guest's idempotency key names. */
export const pairGreetingSchema = z.object({ incarnation: incarnationField });

/** The guest's request. `proof` is HMAC-SHA-256 keyed with the secret over the transcript of {@link pairTranscript} as `guest`. */
export const pairRequestSchema = z.object({
  incarnation: incarnationField,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  invite: bytesField(8),
  name: deviceNameField,
  addresses: z.array(addressField).max(limits.addressesPerDeviceMax),
  proof: bytesField(32),
});
export type PairRequest = z.infer<typeof pairRequestSchema>;

export const pairReplySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('paired'),
    name: deviceNameField,
    addresses: z.array(addressField).max(limits.addressesPerDeviceMax),
    proof: bytesField(32),
  }),
  z.object({ kind: z.literal('refused'), reason: z.enum(['unknown-invite', 'expired', 'used', 'bad-proof', 'too-many', 'malformed']) }),
]);
export type PairReply = z.infer<typeof pairReplySchema>;

/** What both proofs are computed over: tag, speaker's role, invite id, inviting device, guest device. */
export function pairTranscript(role: 'host' | 'guest', inviteIdHex: string, host: string, guest: string): string {
  return ['dormouse/pair/1', role, inviteIdHex, host, guest].join('\n');
}
