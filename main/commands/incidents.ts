import type { Command } from 'commander';
import type { Incident, IncidentRecord } from '../../core/api/index.ts';
import { type EventTextContext, formatEvent } from '../text/event-text.ts';
import { formatClock, formatMany } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import type { TextContext } from '../text/status-text.ts';
import { formatTable } from '../text/table.ts';
import { eventNames } from './events.ts';
import { type CommandRunner, done, examples } from './session.ts';

export function addIncidentsCommand(program: Command, runner: CommandRunner): void {
  program
    .command('incidents')
    .argument('[id]', 'one of the list, with the events that led to it; the end of the id is enough')
    .summary('list what went wrong, and what led to it')
    .description('Lists incidents: what is worth a look by a person. What repeats within seconds is one incident with a count.')
    .addHelpText(
      'after',
      examples([
        ['dormouse incidents', ''],
        ['dormouse incidents 3f9c01ab', 'what led to it'],
      ]),
    )
    .action(
      runner.action<[id: string | undefined, options: object]>(async (session, id) => {
        if (id === undefined) {
          const reply = await session.call('incidents', {});
          return reply.ok ? done(reply.value, formatIncidents(reply.value.incidents, session.text)) : reply;
        }
        const reply = await session.call('incident', { id });
        if (!reply.ok) return reply;
        const context = { names: await eventNames(session), paint: session.paint };
        return done(reply.value, formatIncident(reply.value.incident, session.text, context));
      }),
    );
}

/** The list, newest first. */
export function formatIncidents(incidents: readonly Incident[], { now, timeZone }: TextContext): string {
  if (incidents.length === 0) return 'No incidents.';
  const rows = incidents
    .toReversed()
    .map((incident) => [
      formatClock(incident.at, now, timeZone),
      incident.count === 1 ? '' : `${incident.count} x`,
      safeText(incident.text),
      safeText(incident.id.slice(-8)),
    ]);
  return formatTable(rows, { head: ['WHEN', 'COUNT', 'WHAT', 'ID'], right: [1] });
}

export function formatIncident(incident: IncidentRecord, { now, timeZone }: TextContext, context: EventTextContext): string {
  const repeats =
    incident.count === 1 ? '' : `, ${formatMany(incident.count, 'time')}, last ${formatClock(incident.lastAt, now, timeZone)}`;
  const history = incident.history.map((event) => `  ${formatEvent(event, context)}`);
  return [safeText(incident.text), `${formatClock(incident.at, now, timeZone)}${repeats}. What led to it:`, ...history].join('\n');
}
