import type { Command } from 'commander';
import { formatStatus } from '../text/status-text.ts';
import { type CommandRunner, done, examples } from './session.ts';

export function addStatusCommand(program: Command, runner: CommandRunner): void {
  program
    .command('status')
    .summary('show what is in sync, what is moving and whom it waits for')
    .description(
      'Shows this device, its folders, the other devices and what is being transferred. With --json it is the contract for scripts.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse status', 'for people'],
        ["dormouse status --json | jq '.folders[] | {name, state, upToDate}'", 'for scripts'],
      ]),
    )
    .action(
      runner.action<[options: object]>(async (session) => {
        const status = await session.call('status', {});
        return status.ok ? done(status.value, formatStatus(status.value, session.text)) : status;
      }),
    );
}
