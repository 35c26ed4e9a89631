import { type Command, InvalidArgumentError } from 'commander';
import { laneHoursMax } from '../../core/api/index.ts';
import { formatLanes } from '../text/recovery-text.ts';
import { type CommandRunner, done, examples } from './session.ts';

interface RecoveryOptions {
  readonly hours: number;
}

export function addRecoveriesCommand(program: Command, runner: CommandRunner): void {
  program
    .command('recoveries')
    .option('--hours <count>', `how far to look back, 1 to ${laneHoursMax}`, parseHours, 24)
    .summary('show who slept and woke, and what each wake took')
    .description(
      'Shows for each device how it spent the last hours, and each recovery: how many references to the old link were cleared, when the link was live, and when journals and files were even again. Times count from what happened, in awake time.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse recoveries', 'the last day'],
        ["dormouse recoveries --hours 48 --json | jq '.self.wakes'", 'for scripts'],
      ]),
    )
    .action(
      runner.action<[options: RecoveryOptions]>(async (session, { hours }) => {
        const lanes = await session.call('lanes', { hours });
        return lanes.ok ? done(lanes.value, formatLanes(lanes.value, hours, session.text)) : lanes;
      }),
    );
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (text.trim() === '' || !(hours >= 1 && hours <= laneHoursMax))
    throw new InvalidArgumentError(`It is a number from 1 to ${laneHoursMax}.`);
  return hours;
}
