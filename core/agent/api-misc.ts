import { apiError } from '../api/index.ts';
import { err, ok, wallMsFromIso } from '../base/index.ts';
import type { AgentCore } from './agent-core.ts';
import type { VerbTable } from './api-table.ts';
import { diagnosticFiles } from './diagnostics.ts';
import { agentStatus } from './status.ts';

/** Status, settings, events, power and diagnostics. */
export function miscVerbs(
  core: AgentCore,
): Pick<
  VerbTable,
  | 'status'
  | 'settings.get'
  | 'settings.set'
  | 'pause'
  | 'unpause'
  | 'suspend'
  | 'resume'
  | 'events'
  | 'incidents'
  | 'incident'
  | 'lanes'
  | 'activity'
  | 'diagnostics'
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
    incident: async ({ id }) => {
      const found = core.events.incidentRecords().filter((incident) => incident.id === id || incident.id.endsWith(id));
      const [incident, another] = found;
      if (!incident) return err(apiError('not-found', `There is no incident "${id}". See: dormouse incidents.`));
      if (another) return err(apiError('ambiguous', `"${id}" names ${found.length} incidents. Use more of the id.`));
      return ok({ incident });
    },
    activity: async () => ok({ finished: [...core.activity.finished()] }),
    lanes: async ({ hours }) => ok(core.lanes(hours)),
    diagnostics: async ({ hashNames }) => ok({ files: await diagnosticFiles(core, hashNames) }),
  };
}
