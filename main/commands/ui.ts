import type { Command } from 'commander';
import { type CommandRunner, done, examples } from './session.ts';

export function addUiCommand(program: Command, runner: CommandRunner): void {
  program
    .command('ui')
    .summary('print a link to the window of an agent that runs with --ui')
    .description('Prints a link that opens the window in a browser of this machine. It works once, within an hour.')
    .addHelpText('after', examples([['xdg-open "$(dormouse ui)"', 'opens it at once']]))
    .action(
      runner.action<[options: object]>(async (session) => {
        const client = session.client();
        if (!client.ok) return client;
        const link = await client.value.pageLink();
        return link.ok ? done({ link: link.value }, link.value) : link;
      }),
    );
}
