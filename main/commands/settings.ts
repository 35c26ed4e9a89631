import type { Command } from 'commander';
import { settingDescriptions } from '../../core/api/index.ts';
import { safeText } from '../text/safe-text.ts';
import { formatTable } from '../text/table.ts';
import { type CommandRunner, done, examples, failed } from './session.ts';

export function addSettingsCommand(program: Command, runner: CommandRunner): void {
  program
    .command('settings')
    .argument('[key]', 'the setting')
    .argument('[value]', 'its new value')
    .summary('show or change settings')
    .description(
      'Without arguments it lists all settings, with a key it shows one, with a value it changes it. Changes take effect at once.',
    )
    .addHelpText(
      'after',
      `\nSettings:\n${formatTable(
        settingDescriptions().map(({ key, text }) => [key, text]),
        { indent: 2 },
      )}\n${examples([
        ['dormouse settings limits.upKiBps 512', 'send at most 512 KiB per second'],
        ['dormouse settings name "Anna\'s ThinkPad"', ''],
      ])}`,
    )
    .action(
      runner.action<[key: string | undefined, value: string | undefined, options: object]>(async (session, key, value) => {
        if (key !== undefined && value !== undefined) {
          const reply = await session.call('settings.set', { key, value });
          return reply.ok ? done(reply.value, `${reply.value.key} is now ${safeText(String(reply.value.value))}.`) : reply;
        }
        const reply = await session.call('settings.get', {});
        if (!reply.ok) return reply;
        const { settings } = reply.value;
        if (key === undefined) return done(reply.value, formatSettings(settings));
        const found = Object.hasOwn(settings, key) ? settings[key] : undefined;
        if (found === undefined)
          return failed('bad-request', `There is no setting "${key}". There are: ${Object.keys(settings).join(', ')}.`);
        return done({ key, value: found }, safeText(String(found)));
      }),
    );
}

export function formatSettings(settings: Readonly<Record<string, string | number | boolean>>): string {
  const texts = new Map<string, string>(settingDescriptions().map(({ key, text }) => [key, text]));
  const rows = Object.entries(settings).map(([key, value]) => [safeText(key), safeText(String(value)), texts.get(key) ?? '']);
  return formatTable(rows, { head: ['SETTING', 'VALUE', 'WHAT IT DOES'] });
}
