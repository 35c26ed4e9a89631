import { z } from 'zod';
import { counterField, deviceNameField, incarnationField } from './fields.ts';

/** Names of the channels of a link. The dialer opens control first; bulk follows when both hellos agree. */
export const controlProtocol = '/dormouse/control/1';
export const bulkProtocol = '/dormouse/bulk/1';
export const pairProtocol = '/dormouse/pair/1';

/** Versions of the session protocol that this build speaks. */
export const protocolVersions = { min: 1, max: 1 } as const;

/**
 * First frame in each direction on the control channel. `linkSequence` counts the links that the sender has dialled in this
 * incarnation: in the dialer's hello it is the number of this very link, in the listener's it says how many it had dialled when it
 * answered. `knownLink` is the link the sender believes to have with the receiver, if any (SES-3).
 */
export const helloSchema = z.object({
  versions: z.object({ min: z.int().min(1).max(1_000_000), max: z.int().min(1).max(1_000_000) }),
  features: z.array(z.string().max(64)).max(64),
  name: deviceNameField,
  incarnation: incarnationField,
  linkSequence: counterField,
  /** The dialer's view: the established link it would replace; absent: it knows of none, or knows it dead. */
  knownLink: z.object({ dialer: z.enum(['me', 'you']), linkSequence: counterField }).optional(),
});

export type Hello = z.infer<typeof helloSchema>;

/**
 * Second frame from the deciding side (the device with the greater DeviceId): whether this link is the one that counts. The
 * other side obeys.
 */
export const verdictSchema = z.object({
  verdict: z.enum(['accept', 'reject-duplicate', 'reject-stale', 'reject-version']),
  /** Counts the verdicts of the deciding side in its incarnation: of two `accept`s that arrive on different links the later counts. */
  decision: counterField,
});

export type Verdict = z.infer<typeof verdictSchema>;
