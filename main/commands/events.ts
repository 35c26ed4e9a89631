import { type Command, InvalidArgumentError } from 'commander';
import { ok } from '../../core/base/index.ts';
import type { ApiEvent } from '../../core/api/index.ts';
import { limits } from '../../core/model/index.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CommandRunner, type CommandSession, done, examples } from './session.ts';

interface EventOptions {
  readonly follow?: boolean;
  readonly limit?: number;
}

export function addEventCommands(program: Command, runner: CommandRunner): void {
  program
    .command('events')
    .option('--follow', 'go on with what happens from now on, until Ctrl-C or the agent ends')
    .option('--limit <count>', 'at most this many of the past ones', parseLimit, 1000)
    .summary('print what happened, as NDJSON')
    .description('Prints events, one JSON object a line, oldest first. A gap in "sequence" means that a slow reader missed some.')
    .addHelpText(
      'after',
      examples([
        ['dormouse events --follow', ''],
        ['dormouse events | jq -r \'select(.level != "info")\'', 'only what is unusual'],
      ]),
    )
    .action(
      runner.stream<[options: EventOptions]>(async (session, { follow, limit }) => {
        if (follow === true) return followEvents(session, limit);
        const past = await session.call('events', { limit });
        if (!past.ok) return past;
        for (const event of past.value.events) writeEvent(session, event);
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
async function followEvents(session: CommandSession, limit: number | undefined): ReturnType<Parameters<CommandRunner['stream']>[0]> {
  const client = session.client();
  if (!client.ok) return client;
  const { interrupt } = session.surroundings;
  const stream = await client.value.follow(interrupt);
  if (!stream.ok) return stream.error.kind === 'aborted' ? ok(exitCodes.done) : stream;
  const past = await client.value.call('events', { ...(limit === undefined ? {} : { limit }) });
  if (!past.ok) return past;
  let printedThrough = 0;
  const print = (event: ApiEvent): boolean => {
    if (event.sequence <= printedThrough) return true;
    printedThrough = event.sequence;
    return writeEvent(session, event);
  };
  for (const event of past.value.events) print(event);
  for await (const event of stream.value) {
    if (!print(event)) return ok(exitCodes.done);
  }
  if (interrupt.aborted) return ok(exitCodes.done);
  session.note('The agent has ended.');
  return ok(exitCodes.noAgent);
}

function writeEvent(session: CommandSession, event: ApiEvent): boolean {
  return session.surroundings.stdout.write(`${JSON.stringify(event)}\n`);
}
