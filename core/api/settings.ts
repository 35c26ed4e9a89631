import { z } from 'zod';
import { limits } from '../model/index.ts';

const kibPerSecond = z.coerce
  .number()
  .int()
  .min(0)
  .max(16 * 1024 * 1024);

/** Every setting: its schema, its default and one line that says what it does. Values arrive as text (command line) or JSON (window). */
export const settingsSchema = z.object({
  name: z.string().trim().min(1).max(limits.deviceNameCharsMax).describe('What other devices call this one.'),
  'discovery.lan': z
    .stringbool()
    .or(z.boolean())
    .default(true)
    .describe('Find paired devices on the local network (mDNS); from the next start on.'),
  'limits.upKiBps': kibPerSecond.default(0).describe('Most KiB of file content per second that are sent; 0: no limit.'),
  'requests.retry': z.enum(['on', 'off']).default('on').describe('Repeat a request once where that is safe; off is for diagnosis.'),
  'disk.minFreeMiB': z
    .literal('auto')
    .or(
      z.coerce
        .number()
        .int()
        .min(0)
        .max(1024 * 1024 * 1024),
    )
    .default('auto')
    .describe('Keep this many MiB free: what needs space waits below it. auto: 1 GiB, or 5 % of the disk where that is less.'),
  'scan.intervalMinutes': z.coerce
    .number()
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(60)
    .describe('A whole scan of each folder at least this often, in minutes.'),
  'log.level': z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How much the log says.'),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingKey = keyof Settings;

export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settingsSchema.shape, text);
}

/** Each key with its explanation, for help texts and the window. */
export function settingDescriptions(): readonly { readonly key: SettingKey; readonly text: string }[] {
  return Object.entries(settingsSchema.shape).map(([key, schema]) => ({ key: key as SettingKey, text: schema.description ?? '' }));
}
