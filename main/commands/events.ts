import { type Command, InvalidArgumentError } from 'commander';
import { ok } from '../../core/base/index.ts';
import type { ApiEvent } from '../../core/api/index.ts';
import { limits } from '../../core/model/index.ts';
import { exitCodes } from '../exit-codes.ts';
import { type EventNames, formatEvent } from '../text/event-text.ts';
import { type CommandRunner, type CommandSession, done, examples } from './session.ts';

interface EventOptions {
  readonly follow?: boolean;
  readonly limit?: number;
  readonly text?: boolean;
  readonly all?: boolean;
}

/** How one event is printed; false when the reader is gone. */
type WriteEvent = (event: ApiEvent) => boolean;

export function addEventCommands(program: Command, runner: CommandRunner): void {
  program
    .command('events')
    .option('--follow', 'go on with what happens from now on, until Ctrl-C or the agent ends')
    .option('--limit <count>', 'at most this many of the past ones', parseLimit, 1000)
    .option('--text', 'in words, as on a terminal')
    .option('--all', 'in words, also what only matters when looking for a fault')
    .summary('print what happened: in words on a terminal, else as NDJSON')
    .description(
      'Prints events, oldest first: in words on a terminal, otherwise one JSON object a line. A gap in "sequence" means that a slow reader missed some.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse events --follow', ''],
        ['dormouse events --json | jq -r \'select(.level != "info")\'', 'only what is unusual'],
      ]),
    )
    .action(
      runner.stream<[options: EventOptions]>(async (session, { follow, limit, text, all }) => {
        const inWords = !session.isJson && (text === true || all === true || session.surroundings.stdout.isTerminal);
        const write = inWords ? await textWriter(session, all === true) : jsonWriter(session);
        if (follow === true) return followEvents(session, limit, write);
        const past = await session.call('events', { limit });
        if (!past.ok) return past;
        for (const event of past.value.events) write(event);
        return ok(exitCodes.done);
      }),
    );

  for (const verb of ['suspend', 'resume'] as const) {
    program
      .command(verb)
      .summary(verb === 'suspend' ? 'tell the agent that this machine goes to sleep' : 'tell the agent that this machine woke up')
      .description(
        verb === 'suspend'
          ? 'Does what the agent does when the system announces a sleep: it tells the other devices and rests until "dormouse resume".'
          : 'Does what the agent does after a sleep: it looks at all connections at once and scans its folders. Harmless at any time.',
      )
      .action(
        runner.action<[options: object]>(async (session) => {
          const reply = await session.call(verb, {});
          return reply.ok ? done(reply.value, verb === 'suspend' ? 'Suspended. Go on with: dormouse resume' : 'Resumed.') : reply;
        }),
      );
  }
}

function parseLimit(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > limits.eventsKeptMax)
    throw new InvalidArgumentError(`It is a number from 1 to ${limits.eventsKeptMax}.`);
  return count;
}

/** Connects first and then asks for the past, so that nothing is missed in between; what is in both is printed once. */
async function followEvents(
  session: CommandSession,
  limit: number | undefined,
  write: WriteEvent,
): ReturnType<Parameters<CommandRunner['stream']>[0]> {
  const client = session.client();
  if (!client.ok) return client;
  const { interrupt } = session.surroundings;
  const stream = await client.value.follow(interrupt);
  if (!stream.ok) return stream.error.kind === 'aborted' ? ok(exitCodes.done) : stream;
  const past = await client.value.call('events', { ...(limit === undefined ? {} : { limit }) });
  if (!past.ok) return past;
  let printedThrough = 0;
  const print = (event: ApiEvent): boolean => {
    const isHint = event.kind === 'folder-state';
    if (event.sequence <= printedThrough && !isHint) return true;
    printedThrough = event.sequence;
    return write(event);
  };
  for (const event of past.value.events) print(event);
  for await (const event of stream.value) {
    if (!print(event)) return ok(exitCodes.done);
  }
  if (interrupt.aborted) return ok(exitCodes.done);
  session.note('The agent has ended.');
  return ok(exitCodes.noAgent);
}

function jsonWriter(session: CommandSession): WriteEvent {
  return (event) => session.surroundings.stdout.write(`${JSON.stringify(event)}\n`);
}

async function textWriter(session: CommandSession, all: boolean): Promise<WriteEvent> {
  const context = { names: await eventNames(session), paint: session.paint };
  return (event) => (event.level === 'debug' && !all) || session.surroundings.stdout.write(`${formatEvent(event, context)}\n`);
}

/** The names by which the agent knows devices and folders now; none where it does not answer. */
export async function eventNames(session: CommandSession): Promise<EventNames> {
  const [devices, folders] = await Promise.all([session.call('devices', {}), session.call('folder.list', {})]);
  return {
    devices: new Map(devices.ok ? devices.value.devices.map(({ id, name }) => [id, name]) : []),
    folders: new Map(folders.ok ? folders.value.folders.map(({ id, name }) => [id, name]) : []),
  };
}
