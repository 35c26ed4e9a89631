import { z } from 'zod';
import type { RetryClass } from '../model/index.ts';
import { limits } from '../model/index.ts';
import { finishedTransferSchema } from './activity.ts';
import { eventSchema, incidentRecordSchema, incidentSchema } from './events.ts';
import { laneHoursMax, lanesSchema } from './recovery.ts';
import { pauseSchema, statusSchema } from './status.ts';

interface ApiVerbDefinition {
  readonly retry: RetryClass;
  readonly request: z.ZodType;
  readonly reply: z.ZodType;
}

/** A device by name, id, or the end of its id; a folder by name, id, or path. Ambiguous words are refused with the choices. */
const word = z.string().min(1).max(limits.pathBytesMax);
const absolutePath = z.string().min(1).max(limits.pathBytesMax);
const relativePath = z.string().min(1).max(limits.pathBytesMax);
const role = z.enum(['owner', 'writer', 'reader']);
const none = z.object({});
const pairedDevice = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  paused: z.boolean(),
  addresses: z.array(z.string()),
  introducedBy: z.string().nullable(),
});
const folderItem = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  role,
  state: z.string(),
  devices: z.array(z.object({ id: z.string(), name: z.string(), role })),
});

/** Every verb of the local API with schemas and retry class: the one contract of the command line, the window and scripts. */
export const apiVerbs = {
  status: { retry: 'read', request: none, reply: statusSchema },

  invite: { retry: 'mutate', request: none, reply: z.object({ invite: z.string(), expiresAt: z.iso.datetime() }) },
  pair: {
    retry: 'mutate',
    request: z.object({ invite: z.string().min(1).max(limits.inviteTextCharsMax) }),
    reply: z.object({ id: z.string(), name: z.string() }),
  },

  devices: { retry: 'read', request: none, reply: z.object({ devices: z.array(pairedDevice) }) },
  // Not idempotent: the old name finds nobody the second time.
  'device.rename': {
    retry: 'mutate',
    request: z.object({ device: word, name: z.string().trim().min(1).max(limits.deviceNameCharsMax) }),
    reply: pairedDevice,
  },
  'device.remove': { retry: 'mutate', request: z.object({ device: word }), reply: z.object({ id: z.string(), name: z.string() }) },
  'device.pause': { retry: 'idempotent', request: z.object({ device: word, paused: z.boolean() }), reply: pairedDevice },
  // Not idempotent: what was removed is not there the second time.
  'device.address': {
    retry: 'mutate',
    request: z.object({ device: word, action: z.enum(['add', 'remove']), address: z.string().min(1).max(limits.addressCharsMax) }),
    reply: pairedDevice,
  },

  'folder.add': {
    retry: 'mutate',
    request: z.object({ path: absolutePath, name: z.string().trim().min(1).max(limits.folderNameCharsMax).optional() }),
    reply: folderItem,
  },
  'folder.list': { retry: 'read', request: none, reply: z.object({ folders: z.array(folderItem) }) },
  'folder.share': { retry: 'mutate', request: z.object({ folder: word, device: word, role: role.default('writer') }), reply: folderItem },
  'folder.offers': {
    retry: 'read',
    request: none,
    reply: z.object({ offers: z.array(z.object({ folder: z.string(), name: z.string(), from: z.string(), fromName: z.string(), role })) }),
  },
  'folder.accept': { retry: 'mutate', request: z.object({ folder: word, path: absolutePath }), reply: folderItem },
  'folder.remove': {
    retry: 'mutate',
    request: z.object({ folder: word }),
    reply: z.object({ id: z.string(), name: z.string(), path: z.string() }),
  },
  'folder.pause': { retry: 'idempotent', request: z.object({ folder: word, paused: z.boolean() }), reply: folderItem },
  /** The folder's ignore rules: its `.dormouseignore`. */
  'folder.rules': { retry: 'read', request: z.object({ folder: word }), reply: z.object({ text: z.string() }) },
  'folder.setRules': {
    retry: 'idempotent',
    request: z.object({ folder: word, text: z.string().max(limits.apiBodyBytesMax / 4) }),
    reply: z.object({ text: z.string() }),
  },
  'folder.revert': {
    retry: 'mutate',
    request: z.object({ folder: word, path: relativePath.optional() }),
    reply: z.object({ reverted: z.int().min(0) }),
  },

  /** Scans, catches up with every reachable device, and answers when even or when `timeoutSeconds` are over. */
  up: {
    retry: 'idempotent',
    request: z.object({
      folder: word.optional(),
      delivered: z.boolean().default(false),
      timeoutSeconds: z
        .number()
        .min(0)
        .max(7 * 24 * 3600)
        .optional(),
    }),
    reply: z.object({
      even: z.boolean(),
      folders: z.array(z.object({ folder: z.string(), name: z.string(), even: z.boolean(), why: z.array(z.string()) })),
    }),
  },
  whohas: {
    retry: 'read',
    request: z.object({ path: word, blocks: z.boolean().default(false) }),
    reply: z.object({
      folder: z.string(),
      path: z.string(),
      bytes: z.int().min(0),
      devices: z.array(
        z.object({
          device: z.string(),
          name: z.string(),
          here: z.boolean(),
          applied: z.boolean(),
          blocks: z.int().min(0).nullable(),
          reachable: z.boolean(),
        }),
      ),
      blocks: z.array(z.object({ name: z.string(), size: z.int(), devices: z.array(z.string()) })).nullable(),
    }),
  },

  conflicts: {
    retry: 'read',
    request: z.object({ folder: word.optional() }),
    reply: z.object({
      conflicts: z.array(
        z.object({
          folder: z.string(),
          folderName: z.string(),
          path: z.string(),
          of: z.string(),
          bytes: z.int(),
          mtime: z.iso.datetime().nullable(),
          author: z.string(),
          current: z
            .object({ bytes: z.int(), mtime: z.iso.datetime().nullable(), author: z.string() })
            .nullable()
            .describe('The version under the name itself (`of`); null where that was removed.'),
        }),
      ),
    }),
  },
  'conflict.resolve': {
    retry: 'mutate',
    request: z.object({ folder: word.optional(), path: relativePath, keep: z.enum(['this', 'that', 'both']) }),
    reply: none,
  },
  problems: {
    retry: 'read',
    request: z.object({ folder: word.optional() }),
    reply: z.object({
      problems: z.array(
        z.object({
          folder: z.string(),
          folderName: z.string(),
          path: z.string(),
          kind: z.string(),
          permanent: z.boolean(),
          text: z.string(),
          since: z.iso.datetime(),
        }),
      ),
    }),
  },
  'trash.list': {
    retry: 'read',
    request: z.object({ folder: word.optional() }),
    reply: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          folder: z.string(),
          folderName: z.string(),
          path: z.string(),
          reason: z.enum(['removed', 'replaced']),
          bytes: z.int(),
          at: z.iso.datetime(),
        }),
      ),
    }),
  },
  'trash.restore': { retry: 'mutate', request: z.object({ id: word }), reply: z.object({ path: z.string() }) },

  'settings.get': {
    retry: 'read',
    request: none,
    reply: z.object({ settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
  },
  'settings.set': {
    retry: 'idempotent',
    request: z.object({ key: z.string().min(1).max(64), value: z.union([z.string().max(1024), z.number(), z.boolean()]) }),
    reply: z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }),
  },

  /** Stops all syncing until an instant, or until `unpause`. A later call replaces an earlier one. */
  pause: {
    retry: 'idempotent',
    request: z.object({ until: z.iso.datetime().nullable().default(null) }),
    reply: z.object({ pause: pauseSchema.nullable() }),
  },
  /** Takes a person's pause back; one of battery or network stays as long as its reason. */
  unpause: { retry: 'idempotent', request: none, reply: z.object({ pause: pauseSchema.nullable() }) },

  suspend: { retry: 'idempotent', request: none, reply: none },
  resume: { retry: 'idempotent', request: none, reply: none },

  /** The newest events kept in memory, oldest first. Following them is a stream of its own (`eventsPath`). */
  events: {
    retry: 'read',
    request: z.object({ limit: z.int().min(1).max(limits.eventsKeptMax).default(1000) }),
    reply: z.object({ events: z.array(eventSchema) }),
  },
  /** Oldest first. */
  incidents: { retry: 'read', request: none, reply: z.object({ incidents: z.array(incidentSchema) }) },
  /** One incident, by its id or the end of it, with the events that led to it. */
  incident: { retry: 'read', request: z.object({ id: word }), reply: z.object({ incident: incidentRecordSchema }) },
  /** Who slept and woke when, and how each recovery went; this device and every other one. */
  lanes: { retry: 'read', request: z.object({ hours: z.number().min(1).max(laneHoursMax).default(24) }), reply: lanesSchema },
  /** Transfers that are over, newest first. */
  activity: { retry: 'read', request: none, reply: z.object({ finished: z.array(finishedTransferSchema) }) },
  /** What the archive of INC-2 is packed from; without file contents. */
  diagnostics: {
    retry: 'read',
    request: z.object({ hashNames: z.boolean().default(false) }),
    reply: z.object({ files: z.array(z.object({ name: z.string(), text: z.string() })) }),
  },
} as const satisfies Record<string, ApiVerbDefinition>;

export type ApiVerb = keyof typeof apiVerbs;
export type ApiRequest<V extends ApiVerb> = z.input<(typeof apiVerbs)[V]['request']>;
/** A request after validation, with defaults filled in. */
export type ApiParsed<V extends ApiVerb> = z.output<(typeof apiVerbs)[V]['request']>;
export type ApiReply<V extends ApiVerb> = z.output<(typeof apiVerbs)[V]['reply']>;

export function isApiVerb(text: string): text is ApiVerb {
  return Object.hasOwn(apiVerbs, text);
}

/** Path of a verb on the loopback HTTP server: `POST`, JSON in and out. */
export const apiPathPrefix = '/api/1/';
/** `GET`, NDJSON, one event a line until the reader goes away. */
export const eventsPath = '/api/1/events/follow';
/** Header that carries the idempotency key of a `mutate` call. */
export const idempotencyHeader = 'idempotency-key';
/** Header of the one repeat of a call whose connection was lost: the agent logs it, and refuses it where `requests.retry` is off (RPC-4). */
export const repeatHeader = 'dormouse-repeat';
/** `POST` with the bearer token: `{ link }`, a one-time link to the page of `daemon --ui`. Not for the page itself. */
export const pageLinkPath = '/page/link';
