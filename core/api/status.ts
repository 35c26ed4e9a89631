import { z } from 'zod';
import { blockMapSchema } from './activity.ts';
import { wakeSchema } from './recovery.ts';

/** The version of {@link statusSchema}; it changes only when a member goes or changes its meaning. */
export const statusSchemaVersion = 1;

const count = z.int().min(0);
const iso = z.iso.datetime();
const totals = z.object({ files: count, bytes: count }).describe('Number of files and their bytes together.');
const phase = z.enum(['references', 'metadata', 'data']).describe('Rosters, journals, or blocks (REC-1).');

export const folderStates = ['up-to-date', 'scanning', 'syncing', 'recovering', 'waiting', 'alone', 'paused', 'stopped'] as const;
export const deviceStates = ['live', 'dialling', 'recovering', 'suspect', 'asleep', 'offline', 'paused'] as const;

export const folderStatusSchema = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string().describe('Absolute path on this machine.'),
  role: z.enum(['owner', 'writer', 'reader']),
  state: z.enum(folderStates),
  upToDate: z.boolean().describe('True only when STA-1 holds.'),
  why: z.array(z.string()).describe('Why the folder is not up to date, and what else a person should know of it, in words.'),
  wanted: totals.describe('What is known elsewhere and not yet on this disk.'),
  total: totals,
  reading: z
    .object({ files: count, bytes: count, done: count })
    .describe(
      'Changed files that were found and are not recorded yet; bytes and done: of the large ones among them, which take long to read.',
    ),
  unread: count.describe('Paths that could not be read and are tried again: what changed there is not known.'),
  waitingFor: z
    .array(z.object({ device: z.string(), since: iso }))
    .describe('Devices that hold what is wanted and cannot be reached, or do not deliver it.'),
  onlyHere: totals.describe('Newest versions that no other device has applied (STA-3).'),
  rate: z.number().min(0).describe('Bytes per second, received.'),
  etaSeconds: z.number().min(0).nullable(),
  recovery: z
    .object({
      phase,
      done: count,
      total: count,
      devices: z.array(z.object({ device: z.string(), phase, done: count, total: count })).describe('With whom, and how far with each.'),
    })
    .nullable()
    .describe('The earliest phase that any device is in; done and total are statements, entries or bytes, by phase.'),
  conflicts: count,
  problems: count,
  localChanges: count.describe('A reader’s own changes, which are never announced (ROS-4).'),
  lastEvenAt: z.record(z.string(), iso).describe('Per device id, when both sides were last even.'),
  devices: z.array(z.object({ device: z.string(), name: z.string(), role: z.enum(['owner', 'writer', 'reader']), joined: z.boolean() })),
});
export type FolderStatus = z.infer<typeof folderStatusSchema>;

export const deviceStatusSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(deviceStates),
  epoch: count.nullable().describe('Number of the live link, counted since this agent started.'),
  phase: phase.nullable(),
  address: z.string().nullable(),
  path: z.enum(['lan', 'wan', 'relay']).nullable(),
  rttMs: z.number().nullable(),
  asleepSince: iso.nullable(),
  lastSeenAt: iso.nullable(),
  nextTryAt: iso.nullable(),
  rateIn: z.number().min(0).describe('Bytes per second.'),
  rateOut: z.number().min(0).describe('Bytes per second.'),
  needs: totals.describe('Newest files of common folders that this device has not applied.'),
  sending: z
    .object({ files: count, bytes: count, sent: count })
    .describe('Files that it is fetching from here just now: their bytes, and what went out of these in this go.'),
  introducedBy: z.string().nullable().describe('The device whose roster statement admits this one, where it was not paired here (ROS-3).'),
  addresses: z.array(z.string()).describe('Fixed addresses, set by a person.'),
  lastRecovery: wakeSchema.nullable().describe('The newest recovery with this device.'),
});
export type DeviceStatus = z.infer<typeof deviceStatusSchema>;

export const transferSchema = z.object({
  folder: z.string(),
  path: z.string(),
  bytes: count,
  done: count,
  rate: z.number().min(0).describe('Bytes per second.'),
  hedges: count,
  sources: z
    .array(z.object({ device: z.string(), blocks: count, overdue: count }))
    .describe('Blocks that came, and how often one was late.'),
  blocks: blockMapSchema,
});
export type TransferStatus = z.infer<typeof transferSchema>;

/** Why nothing is synced at all, here; null in the status where that is not so. `until`: when it goes on by itself, if that is known. */
export const pauseSchema = z.object({ by: z.enum(['person', 'battery', 'metered']), until: iso.nullable() });
export type PauseStatus = z.infer<typeof pauseSchema>;

/** Everything that `dormouse status` and the window show (chapter 12): the contract that scripts rely on. */
export const statusSchema = z.object({
  schema: z.literal(statusSchemaVersion),
  at: iso,
  device: z.object({
    id: z.string(),
    name: z.string(),
    incarnation: z.string(),
    addresses: z.array(z.string()),
    keyStorage: z.enum(['os', 'file']),
    suspended: z.boolean(),
    warnings: z.array(z.string()).describe('Conditions of the agent itself that a person should know of.'),
  }),
  pause: pauseSchema.nullable().describe('All folders stand still: a person paused them, or the battery or the network does not allow it.'),
  folders: z.array(folderStatusSchema),
  devices: z.array(deviceStatusSchema),
  transfers: z.array(transferSchema),
  offers: count.describe('Folders offered and not yet accepted.'),
  incidents: count,
});
export type Status = z.infer<typeof statusSchema>;
