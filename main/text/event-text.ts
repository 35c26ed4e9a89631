import type { ApiEvent, EventFieldsOf, EventKind } from '../../core/api/index.ts';
import { eventKinds, isEventKind } from '../../core/api/index.ts';
import { formatBytes, formatDeviceId, formatDuration, formatFolderId, formatMany, formatShortDuration } from './format.ts';
import type { Paint } from './paint.ts';
import { safeText } from './safe-text.ts';

/** Names of what events point at, by id; what is missing is shown by its short id. */
export interface EventNames {
  readonly devices: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, string>;
}

export interface EventTextContext {
  readonly names: EventNames;
  readonly paint: Paint;
  /** Undefined: the machine's own. */
  readonly timeZone?: string;
}

/** One line for a person: `14:03:12  Anna's ThinkPad: link live after 0.4 s`. */
export function formatEvent(event: ApiEvent, { names, paint, timeZone }: EventTextContext): string {
  const about = [nameOf(event.device, names.devices, formatDeviceId), nameOf(event.folder, names.folders, formatFolderId)].filter(
    (name) => name !== undefined,
  );
  const text = [...about.map((name) => `${name}: `), safeText(describe(event))].join('');
  return `${paint.faint(formatTime(event.at, timeZone))}  ${paintLevel(event.level, paint)(text)}`;
}

function nameOf(id: string | undefined, names: ReadonlyMap<string, string>, shorten: (id: string) => string): string | undefined {
  return id === undefined ? undefined : safeText(names.get(id) ?? shorten(id));
}

/** What an agent of a newer version tells is shown as it is. */
function describe(event: ApiEvent): string {
  const { kind, path } = event;
  if (isEventKind(kind)) {
    const fields = eventKinds[kind].safeParse(event.fields ?? {});
    if (fields.success) return (sentences[kind] as (fields: unknown, path: string) => string)(fields.data, path ?? '');
  }
  const rest = Object.entries(event.fields ?? {}).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [kind.replaceAll('-', ' '), ...(path === undefined ? [] : [path]), ...rest].join(', ');
}

const sentences: { readonly [K in EventKind]: (fields: EventFieldsOf<K>, path: string) => string } = {
  'agent-started': ({ version }) => `the agent started (${version})`,
  'agent-stopping': () => 'the agent stops',
  suspended: ({ cause }) => (cause === 'hand' ? 'suspended by hand' : 'this device goes to sleep'),
  resumed: ({ cause, sleptMs, heldUpMs }) => {
    if (cause === 'no-sleep') return 'the sleep that was announced did not come';
    if (cause === 'stall') return `the agent was held up${heldUpMs === undefined ? '' : ` for ${formatDuration(heldUpMs)}`}`;
    return sleptMs > 0 ? `this device woke after ${formatDuration(sleptMs)}` : 'this device woke';
  },
  'network-changed': () => 'the network changed',
  'link-live': ({ cause, afterMs, address }) => `link live${sinceCause(cause, afterMs)} at ${address}`,
  'link-proved': ({ cause, afterMs }) =>
    `the link outlived ${cause === 'stall' ? 'that' : 'the sleep'}: it answered after ${formatShortDuration(afterMs)}`,
  'link-ended': ({ why, livedMs, callsLost }) =>
    `link ended: ${whyText(why)}, after ${formatDuration(livedMs)} awake${callsLost === 0 ? '' : `; ${formatMany(callsLost, 'call')} settled as lost`}`,
  'references-cleared': ({ count, afterMs }) =>
    `${formatMany(count, 'reference')} to the old link cleared ${afterMs < 50 ? 'at once' : `after ${formatShortDuration(afterMs)}`}`,
  'recovery-phase': ({ phase }) => `catching up: ${phase}`,
  'metadata-even': ({ cause, afterMs }) => `journals even${sinceCause(cause, afterMs)}`,
  'data-even': ({ cause, afterMs }) => `everything even${sinceCause(cause, afterMs)}`,
  'recovery-interrupted': ({ phase }) => `catching up was interrupted${phase === null || phase === 'even' ? '' : ` in ${phase}`}`,
  suspect: ({ suspect }) => (suspect ? 'silent: it gets no new work until it answers' : 'answers again'),
  'link-failed': ({ text, failures }) => `not reached (${formatMany(failures, 'try', 'tries')}): ${text}`,
  malformed: ({ text }) => `sent something that cannot be read: ${text}`,
  'version-mismatch': ({ older }) => `no common version of the protocol: ${older === 'here' ? 'this device' : 'it'} needs a newer Dormouse`,
  'device-paired': () => 'paired',
  'device-removed': () => 'removed here',
  'folder-added': () => 'added here',
  'folder-removed': () => 'removed here',
  'folder-paused': () => 'paused',
  'folder-resumed': () => 'goes on',
  'folder-offered': () => 'offered',
  'folder-joined': () => 'keeps the folder',
  'folder-offered-here': ({ name }) => `offers the folder "${name}"`,
  'folder-goes-on': () => 'goes on',
  'folder-scanned': () => 'scanned',
  'disk-has-space': () => 'the disk has space again',
  'folder-state': ({ state, wants, fetches, onlyHere, reads, sends }) =>
    [
      state.replaceAll('-', ' '),
      ...(wants ? ['something is wanted'] : []),
      ...(fetches ? ['files are fetched'] : []),
      ...(onlyHere ? ['something is only here'] : []),
      ...(reads ? ['changed files are read'] : []),
      ...(sends ? ['files are sent'] : []),
    ].join(', '),
  published: ({ bytes }, path) => `${path} (${formatBytes(bytes)})`,
  even: () => 'even',
  'batch-refused': ({ by, reason }) => (by === 'us' ? `a batch was refused: ${reason}` : `it refused a batch of ours: ${reason}`),
  paused: () => 'all folders paused',
  unpaused: () => 'all folders go on',
  'setting-changed': ({ key }) => `the setting ${key} was changed`,
  'device-twin': ({ text }) => text,
  'link-unstable': ({ text }) => text,
  'device-untrusted': ({ text }) => text,
  'continuity-lost': ({ text }) => text,
  'folder-stopped': ({ text }) => text,
  'disk-full': ({ text }) => text,
  'state-not-written': ({ text }) => text,
};

function sinceCause(cause: EventFieldsOf<'link-live'>['cause'], afterMs: number): string {
  const after = formatShortDuration(afterMs);
  switch (cause) {
    case 'wake':
      return ` ${after} after the wake`;
    case 'stall':
      return ` ${after} after the agent went on`;
    case 'restart':
      return ` ${after} after the start`;
    case 'link-lost':
    case 'peer-restart':
      return ` ${after} after the link before`;
    case 'peer-wake':
    case 'pause':
    case 'returned':
    case 'first-link':
      return afterMs === 0 ? '' : ` after ${after}`;
  }
}

/** Why links end, in the session layer's words. */
function whyText(why: string): string {
  return whyTexts[why] ?? why;
}

const whyTexts: Readonly<Record<string, string>> = {
  lost: 'the connection broke',
  'remote-closed': 'the other side closed it',
  silent: 'the other side did not answer',
  unproved: 'it did not survive the sleep or the change of the network',
  malformed: 'the other side sent something that cannot be read',
  replaced: 'a newer link took its place',
  restarted: 'the other agent started anew',
  'peer-asleep': 'the other device goes to sleep',
  suspend: 'this device goes to sleep',
  paused: 'paused here',
  removed: 'the device was removed here',
  stop: 'this agent stops',
};

function paintLevel(level: ApiEvent['level'], paint: Paint): (text: string) => string {
  switch (level) {
    case 'error':
      return paint.bad;
    case 'warn':
      return paint.busy;
    case 'debug':
      return paint.faint;
    case 'info':
      return (text) => text;
  }
}

/** `14:03:12`, local time. */
function formatTime(iso: string, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...(timeZone === undefined ? {} : { timeZone }) }).format(new Date(iso));
}
