import { z } from 'zod';
import type { RetryClass } from '../model/index.ts';
import { limits } from '../model/index.ts';
import {
  addressField,
  appliedMarkField,
  blockNameField,
  byJournal,
  bytesField,
  counterField,
  deviceIdField,
  deviceNameField,
  folderIdField,
  haveMarkField,
  journalIdField,
  sequenceField,
} from './fields.ts';

/** Which of a session's two channels carries a verb's bulk: small messages never queue behind blocks. */
export type Lane = 'control' | 'bulk';

interface VerbDefinition {
  readonly retry: RetryClass;
  readonly request: z.ZodType;
  readonly reply: z.ZodType;
  /**
   * Where what must stay in order with body frames or pieces travels: for `stream` the request, its body and the end, otherwise the
   * pieces and the reply that ends them. Everything else uses `control`.
   */
  readonly lane: Lane;
  /** Awake time until an unanswered call is given up; silence of the link is noticed long before (SES-5). */
  readonly deadlineMs: number;
}

const signedStatements = z.array(bytesField(64 * 1024)).max(limits.rosterStatementsMax);

const introductions = z
  .array(z.object({ device: deviceIdField, addresses: z.array(addressField).max(limits.addressesPerDeviceMax) }))
  .max(limits.rosterDevicesMax);

/**
 * Every verb between devices, with its schemas, bounds, deadline and retry class (RPC-1). `hello` and `pair` are handshakes on
 * fresh channels (handshake.ts, pairing.ts), `cancel` is a frame of its own (message.ts).
 */
export const peerVerbs = {
  /** Proof of life; also measures the round trip. */
  probe: { retry: 'read', lane: 'control', deadlineMs: 60_000, request: z.object({}), reply: z.object({}) },

  /** The sender is going to sleep: move work elsewhere now (SES-7). */
  sleeping: { retry: 'semi', lane: 'control', deadlineMs: 2_000, request: z.object({}), reply: z.object({}) },

  /**
   * Name and addresses of the sender, told after `hello` and whenever they or a roster have changed; both ways, addresses of devices
   * that share a folder with both sides, so that these find each other without discovery (ROS-3).
   */
  about: {
    retry: 'idempotent',
    lane: 'control',
    deadlineMs: 30_000,
    request: z.object({ name: deviceNameField, addresses: z.array(addressField).max(limits.addressesPerDeviceMax), introductions }),
    reply: z.object({ introductions }),
  },

  /** Offers a folder: its whole roster, which names the receiver. The receiver's person accepts or not. */
  offer: {
    retry: 'mutate',
    lane: 'control',
    deadlineMs: 30_000,
    request: z.object({ folder: folderIdField, statements: signedStatements }),
    reply: z.object({ state: z.enum(['listed', 'joined']) }),
  },

  /** Statements the receiver may lack; the reply has those that the sender may lack (by `known` heads). */
  roster: {
    retry: 'idempotent',
    lane: 'control',
    deadlineMs: 30_000,
    request: z.object({
      folder: folderIdField,
      known: z.array(z.string().length(64)).max(limits.rosterStatementsMax),
      statements: signedStatements,
    }),
    reply: z.object({
      joined: z.boolean(),
      known: z.array(z.string().length(64)).max(limits.rosterStatementsMax),
      statements: signedStatements,
    }),
  },

  /** Both sides' have-vectors and the floors that they know (JRN-2). */
  have: {
    retry: 'read',
    lane: 'control',
    deadlineMs: 30_000,
    request: z.object({ folder: folderIdField, have: byJournal(haveMarkField) }),
    reply: z.object({ have: byJournal(haveMarkField) }),
  },

  /**
   * Pushes batches of one journal, oldest first; each body frame carries one batch, or the floor that the chain starts at, as
   * its payload. The reply says what the receiver holds afterwards: a repeat goes on from there.
   */
  batches: {
    retry: 'stream',
    lane: 'bulk',
    deadlineMs: 120_000,
    request: z.object({ folder: folderIdField, journal: journalIdField, firstSequence: sequenceField }),
    reply: z.object({ mark: haveMarkField, refused: z.string().max(256).optional() }),
  },

  /** Both sides' applied-vectors (JRN-7): what they hold on disk. Sent again whenever it has changed. */
  history: {
    retry: 'read',
    lane: 'control',
    deadlineMs: 30_000,
    request: z.object({ folder: folderIdField, applied: byJournal(appliedMarkField) }),
    reply: z.object({ applied: byJournal(appliedMarkField) }),
  },

  /** Which of these blocks the receiver could send now: indices into `blocks`. */
  whohas: {
    retry: 'read',
    lane: 'control',
    deadlineMs: 10_000,
    request: z.object({ folder: folderIdField, blocks: z.array(blockNameField).min(1).max(limits.blocksPerQuestionMax) }),
    reply: z.object({
      ihave: z
        .array(
          z
            .int()
            .min(0)
            .max(limits.blocksPerQuestionMax - 1),
        )
        .max(limits.blocksPerQuestionMax),
    }),
  },

  /**
   * Asks for blocks; they come in the order asked, in pieces (`hereis`). The reply ends it and lists by index what did not come:
   * `gone` (the file changed: free of charge) or `missing` (denied).
   */
  sendme: {
    retry: 'read',
    lane: 'bulk',
    deadlineMs: 600_000,
    request: z.object({
      folder: folderIdField,
      blocks: z
        .array(z.object({ name: blockNameField, size: z.int().min(1).max(limits.frameBytesMax) }))
        .min(1)
        .max(limits.blocksPerRequestMax),
    }),
    reply: z.object({
      gone: z
        .array(
          z
            .int()
            .min(0)
            .max(limits.blocksPerRequestMax - 1),
        )
        .max(limits.blocksPerRequestMax),
      missing: z
        .array(
          z
            .int()
            .min(0)
            .max(limits.blocksPerRequestMax - 1),
        )
        .max(limits.blocksPerRequestMax),
    }),
  },
} as const satisfies Record<string, VerbDefinition>;

/** A `hereis`: bytes of block number `index` of the request, starting at `offset` in the block. */
export const hereisSchema = z.object({
  index: z
    .int()
    .min(0)
    .max(limits.blocksPerRequestMax - 1),
  offset: counterField,
});
export type Hereis = z.infer<typeof hereisSchema>;

/** The header of one body frame of `batches`. */
export const batchBodySchema = z.object({ kind: z.enum(['batch', 'floor']) });
export type BatchBody = z.infer<typeof batchBodySchema>;

export type PeerVerb = keyof typeof peerVerbs;
export type PeerRequest<V extends PeerVerb> = z.infer<(typeof peerVerbs)[V]['request']>;
export type PeerReply<V extends PeerVerb> = z.infer<(typeof peerVerbs)[V]['reply']>;

export function isPeerVerb(text: string): text is PeerVerb {
  return Object.hasOwn(peerVerbs, text);
}
