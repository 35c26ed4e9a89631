import { z } from 'zod';
import { wakeCauses } from './recovery.ts';
import { folderStates } from './status.ts';

const count = z.int().min(0);
const ms = z.number().min(0);
const text = z.string();
const cause = z.enum(wakeCauses);
const none = z.object({});

/**
 * Every kind of event with its fields. Folder, device and path of an event stand beside `fields`. A reader must expect kinds and
 * fields that it does not know: later versions add some.
 */
export const eventKinds = {
  'agent-started': z.object({ name: text, version: text, incarnation: text }),
  /** `lateDropped`: what came in this run for links that were over (SES-1). */
  'agent-stopping': z.object({ lateDropped: count }),
  /** This host goes to sleep. */
  suspended: z.object({ cause: z.enum(['power', 'hand']) }),
  /** It woke. `sleptMs`: as far as the clocks show; `no-sleep`: a sleep was announced and did not come; `stall`: only the agent was held up, for `heldUpMs`. */
  resumed: z.object({ cause: z.enum(['clock', 'power', 'hand', 'no-sleep', 'stall']), sleptMs: ms, heldUpMs: ms.optional() }),
  'network-changed': none,

  /** Handshake done. `afterMs`: since what `cause` names. */
  'link-live': z.object({
    cause,
    afterMs: ms,
    epoch: count,
    incarnation: text,
    address: text,
    path: z.enum(['lan', 'wan', 'relay']),
    outbound: z.boolean(),
  }),
  /** The link from before a sleep still works. */
  'link-proved': z.object({ cause, afterMs: ms }),
  /** One event per link, whatever was outstanding. `livedMs`: of awake time. */
  'link-ended': z.object({ why: text, epoch: count, livedMs: ms, callsLost: count, lateDropped: count }),
  'references-cleared': z.object({ cause, count, afterMs: ms }),
  /** A folder entered a phase of catching up with a device. */
  'recovery-phase': z.object({ phase: z.enum(['references', 'metadata', 'data', 'even']) }),
  'metadata-even': z.object({ cause, afterMs: ms }),
  'data-even': z.object({ cause, afterMs: ms }),
  'recovery-interrupted': z.object({ cause, phase: z.enum(['references', 'metadata', 'data', 'even']).nullable() }),
  /** Silent although something is outstanding, or no longer so. */
  suspect: z.object({ epoch: count, suspect: z.boolean() }),
  /** A dial or a handshake came to nothing. */
  'link-failed': z.object({ outbound: z.boolean(), text, failures: count }),
  malformed: z.object({ text, count }),
  'version-mismatch': z.object({ older: z.enum(['here', 'there']) }),

  'device-paired': z.object({ name: text }),
  'device-removed': none,
  'folder-added': z.object({ name: text }),
  'folder-removed': none,
  'folder-paused': none,
  'folder-resumed': none,
  /** Offered to another device, or accepted there. */
  'folder-offered': none,
  'folder-joined': none,
  'folder-offered-here': z.object({ name: text }),
  'folder-goes-on': none,
  'folder-scanned': none,
  'disk-has-space': none,
  /**
   * What is seen of a folder at one look has changed: its state, whether something is wanted, whether some of it is coming in, whether the
   * newest version of a file is only here, whether changed files are being read, and whether files are being sent. A hint for those who
   * follow: it is not kept.
   */
  'folder-state': z.object({
    state: z.enum(folderStates),
    wants: z.boolean(),
    fetches: z.boolean(),
    onlyHere: z.boolean(),
    reads: z.boolean(),
    sends: z.boolean(),
  }),
  /** A file of another device is there under its name. */
  published: z.object({ bytes: count }),
  /** Both sides have the folder even, for the first time with this link. */
  even: none,
  'batch-refused': z.object({ by: z.enum(['us', 'them']), reason: text }),

  /** All folders were paused, or go on. */
  paused: z.object({ by: text, until: text.nullable() }),
  unpaused: none,
  'setting-changed': z.object({ key: text }),

  // Incidents.
  'device-twin': z.object({ text }),
  'link-unstable': z.object({ text }),
  'device-untrusted': z.object({ text }),
  'continuity-lost': z.object({ text }),
  'folder-stopped': z.object({ text, reason: text }),
  'disk-full': z.object({ text }),
  'state-not-written': z.object({ text }),
} as const satisfies Record<string, z.ZodType>;

export type EventKind = keyof typeof eventKinds;
export type EventFieldsOf<K extends EventKind> = z.input<(typeof eventKinds)[K]>;

/** Kinds of events that are incidents too; their `text` is for a person. */
export type IncidentKind =
  'device-twin' | 'link-unstable' | 'device-untrusted' | 'continuity-lost' | 'folder-stopped' | 'disk-full' | 'state-not-written';

export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(eventKinds, kind);
}
