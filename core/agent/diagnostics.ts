import { hexFromBytes, utf8 } from '../base/index.ts';
import { laneHoursMax } from '../api/index.ts';
import type { Crypto } from '../ports/index.ts';
import type { AgentCore } from './agent-core.ts';
import { agentStatus } from './status.ts';

/** What the archive of INC-2 holds besides the logs: status, settings, events, incidents, recoveries; no file content, no secrets. */
export async function diagnosticFiles(core: AgentCore, hashNames: boolean): Promise<{ name: string; text: string }[]> {
  const hide = hashNames ? nameHider(namesOf(core), core.ports.crypto) : (value: unknown): unknown => value;
  const json = (value: unknown): string => `${JSON.stringify(hide(value), null, 2)}\n`;
  const problems = [...core.folders.values()].flatMap((folder) =>
    folder.journal.problems().map((problem) => ({ folder: folder.id, ...problem })),
  );
  return [
    { name: 'version.txt', text: `${core.version}\n` },
    { name: 'status.json', text: json(await agentStatus(core)) },
    { name: 'settings.json', text: json(core.settings.values) },
    {
      name: 'events.ndjson',
      text: core.events
        .events(Number.MAX_SAFE_INTEGER)
        .map((event) => `${JSON.stringify(hide(event))}\n`)
        .join(''),
    },
    { name: 'incidents.json', text: json(core.events.incidentRecords()) },
    { name: 'recoveries.json', text: json(core.lanes(laneHoursMax)) },
    { name: 'activity.json', text: json(core.activity.finished()) },
    { name: 'problems.json', text: json(problems) },
  ];
}

/** Names that texts may quote: of devices, folders, and the files that somebody spoke of. */
function namesOf(core: AgentCore): ReadonlySet<string> {
  const names = new Set<string>([core.settings.values.name]);
  for (const device of core.devices.known()) names.add(core.devices.nameOf(device.id)).add(device.toldName);
  for (const folder of core.folders.values()) {
    names.add(folder.name()).add(folder.root);
    for (const problem of folder.journal.problems()) names.add(problem.path);
  }
  return names;
}

/** Members that are names or paths as a whole, whatever they hold; the words of ours that stand in such members are no names. */
const nameMembers: ReadonlySet<string> = new Set(['name', 'path', 'folderName', 'of', 'givenName', 'toldName']);
const ownWords: ReadonlySet<string> = new Set(['lan', 'wan', 'relay']);

/**
 * Replaces every name and path that could tell about a person by a short hash, the same one each time: members that are names as a
 * whole, and names of `known` wherever a text quotes them as whole words. Members' own names and ids stay.
 */
export function nameHider(known: Iterable<string>, crypto: Pick<Crypto, 'sha256'>): (value: unknown) => unknown {
  const hashOf = (name: string): string => `name-${hexFromBytes(crypto.sha256(utf8(name))).slice(0, 8)}`;
  const longestFirst = [...known].filter((name) => name !== '').sort((a, b) => b.length - a.length);
  const quoted =
    longestFirst.length === 0
      ? undefined
      : new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.map(escapePattern).join('|')})(?![\\p{L}\\p{N}])`, 'gu');
  const hide = (value: unknown, member: string | undefined): unknown => {
    if (typeof value === 'string') {
      if (member !== undefined && nameMembers.has(member)) return ownWords.has(value) || value === '' ? value : hashOf(value);
      return quoted === undefined ? value : value.replace(quoted, hashOf);
    }
    if (Array.isArray(value)) return value.map((each) => hide(each, member));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, hide(each, key)]));
  };
  return (value) => hide(value, undefined);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
