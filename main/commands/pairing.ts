import type { Command } from 'commander';
import { formatClock, formatDeviceId } from '../text/format.ts';
import { safeText } from '../text/safe-text.ts';
import { type CommandRunner, done, examples } from './session.ts';

export function addPairingCommands(program: Command, runner: CommandRunner): void {
  program
    .command('invite')
    .summary('make a one-time invite for another device')
    .description(
      'Makes an invite that pairs this device with one other. It works once and for 10 minutes; whoever has it can pair, so pass it on privately.',
    )
    .addHelpText('after', examples([['dormouse invite', 'prints the invite; on the other device run: dormouse pair INVITE']]))
    .action(
      runner.action<[options: object]>(async (session) => {
        const made = await session.call('invite', {});
        if (!made.ok) return made;
        session.note(
          `On the other device, until ${formatClock(made.value.expiresAt, session.text.now)}:  dormouse pair INVITE  with this invite:`,
        );
        return done(made.value, made.value.invite);
      }),
    );

  program
    .command('pair')
    .argument('<invite>', 'what "dormouse invite" printed on the other device')
    .summary('pair with the device that made an invite')
    .description('Pairs this device with the one that made the invite. Both must be running and able to reach each other.')
    .addHelpText('after', examples([['dormouse pair dormouse:…', 'use the invite that the other device shows']]))
    .action(
      runner.action<[invite: string, options: object]>(async (session, invite) => {
        const paired = await session.call('pair', { invite: invite.trim() });
        if (!paired.ok) return paired;
        return done(paired.value, `Paired with ${safeText(paired.value.name)} (${formatDeviceId(paired.value.id)}).`);
      }),
    );
}
