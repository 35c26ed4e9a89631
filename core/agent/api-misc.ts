import { apiError } from '../api/index.ts';
import { err, hexFromBytes, ok, utf8, wallMsFromIso } from '../base/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { agentStatus } from './status.ts';

/** Status, settings, events, power and diagnostics. */
export function miscVerbs(
  core: AgentCore,
): Pick<
  VerbTable,
  'status' | 'settings.get' | 'settings.set' | 'pause' | 'unpause' | 'suspend' | 'resume' | 'events' | 'incidents' | 'diagnostics'
> {
  return {
    status: async () => ok(await agentStatus(core)),
    'settings.get': async () => ok({ settings: { ...core.settings.values } }),
    'settings.set': async ({ key, value }) => core.settings.set(key, value),
    pause: async ({ until }) => {
      const untilMs = until === null ? null : (wallMsFromIso(until) ?? 0);
      if (untilMs !== null && untilMs <= core.ports.clock.wallNow())
        return err(apiError('bad-request', `${until} is over already; syncing can be paused until an instant to come.`));
      await core.pausing.pause(untilMs);
      return ok({ pause: core.pausing.now });
    },
    unpause: async () => {
      await core.pausing.unpause();
      return ok({ pause: core.pausing.now });
    },
    suspend: async () => {
      await core.suspend();
      return ok({});
    },
    resume: async () => {
      await core.resume();
      return ok({});
    },
    events: async ({ limit }) => ok({ events: [...core.events.events(limit)] }),
    incidents: async () => ok({ incidents: [...core.events.incidents()] }),
    diagnostics: async ({ hashNames }) => ok({ files: await diagnosticFiles(core, hashNames) }),
  };
}

/** What the archive of INC-2 holds besides the logs: status, settings, events, incidents; no file content, no secrets. */
async function diagnosticFiles(core: AgentCore, hashNames: boolean): Promise<{ name: string; text: string }[]> {
  const hide = hashNames ? nameHider(core) : (text: string): string => text;
  const json = (value: unknown): string => hide(`${JSON.stringify(value, null, 2)}\n`);
  return [
    { name: 'version.txt', text: `${core.version}\n` },
    { name: 'status.json', text: json(await agentStatus(core)) },
    { name: 'settings.json', text: json(core.settings.values) },
    {
      name: 'events.ndjson',
      text: core.events
        .events(Number.MAX_SAFE_INTEGER)
        .map((event) => `${hide(JSON.stringify(event))}\n`)
        .join(''),
    },
    { name: 'incidents.json', text: json(core.events.incidentRecords()) },
    {
      name: 'problems.json',
      text: json(
        [...core.folders.values()].flatMap((folder) => folder.journal.problems().map((problem) => ({ folder: folder.id, ...problem }))),
      ),
    },
  ];
}

/** Replaces every name and path that could tell about a person by a short hash, the same one each time. */
function nameHider(core: AgentCore): (text: string) => string {
  const names = new Set<string>([core.settings.values.name]);
  for (const device of core.devices.known()) names.add(core.devices.nameOf(device.id)).add(device.toldName);
  for (const folder of core.folders.values()) {
    names.add(folder.name()).add(folder.root);
    for (const problem of folder.journal.problems()) names.add(problem.path);
  }
  for (const event of core.events.events(Number.MAX_SAFE_INTEGER)) if (event.path !== undefined) names.add(event.path);
  for (const folder of core.folders.values()) for (const transfer of folder.exchange.status().transfers) names.add(transfer.path);
  const longestFirst = [...names].filter((name) => name !== '').sort((a, b) => b.length - a.length);
  const hidden = longestFirst.map(
    (name) => [JSON.stringify(name).slice(1, -1), `name-${hexFromBytes(core.ports.crypto.sha256(utf8(name))).slice(0, 8)}`] as const,
  );
  return (text) => hidden.reduce((result, [name, hash]) => result.replaceAll(name, hash), text);
}
