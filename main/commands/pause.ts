import type { Command } from 'commander';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/base/index.ts';
import { pauseText } from '../text/pause-text.ts';
import { type CommandRunner, done, examples, failed } from './session.ts';

export function addPauseCommands(program: Command, runner: CommandRunner): void {
  program
    .command('pause')
    .option('--for <time>', 'such as 30m, 2h or 1d; without it until "dormouse unpause"')
    .summary('stop all syncing for a while')
    .description('Stops syncing all folders on this device. Links to other devices stay; nothing is announced, fetched or sent.')
    .addHelpText(
      'after',
      examples([
        ['dormouse pause --for 1h', ''],
        ['dormouse pause', 'until: dormouse unpause'],
      ]),
    )
    .action(
      runner.action<[options: { readonly for?: string }]>(async (session, options) => {
        const lengthMs = options.for === undefined ? undefined : parseLength(options.for);
        if (options.for !== undefined && lengthMs === undefined)
          return failed('usage', `"${options.for}" is not a length of time. Write it like 30m, 2h or 1d.`);
        const now = session.surroundings.now();
        const until = lengthMs === undefined ? null : new Date(now.getTime() + lengthMs).toISOString();
        const reply = await session.call('pause', { until });
        return reply.ok ? done(reply.value, pauseText(reply.value.pause, now)) : reply;
      }),
    );
  program
    .command('unpause')
    .summary('go on syncing after "dormouse pause"')
    .description('Goes on syncing after "dormouse pause".')
    .action(
      runner.action<[options: object]>(async (session) => {
        const reply = await session.call('unpause', {});
        return reply.ok ? done(reply.value, pauseText(reply.value.pause, session.surroundings.now())) : reply;
      }),
    );
}

/** Milliseconds of `30m`, `2h`, `1d`; undefined where it is no such text, is nothing, or is longer than a year. */
export function parseLength(text: string): number | undefined {
  const match = /^(\d{1,5})\s*([mhd])$/.exec(text.trim());
  const unitMs = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }[match?.[2] ?? ''];
  const lengthMs = unitMs === undefined ? 0 : Number(match?.[1]) * unitMs;
  return lengthMs > 0 && lengthMs <= 365 * DAY_MS ? lengthMs : undefined;
}
