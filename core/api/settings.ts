import { z } from 'zod';
import { limits } from '../model/index.ts';
import { parseSchedule, scheduleHint } from './schedule.ts';

const kibPerSecond = z.coerce
  .number()
  .int()
  .min(0)
  .max(16 * 1024 * 1024);

const flag = z.stringbool().or(z.boolean());

/** Every setting: its schema, its default and one line that says what it does. Values arrive as text (command line) or JSON (window). */
export const settingsSchema = z.object({
  name: z.string().trim().min(1).max(limits.deviceNameCharsMax).describe('What other devices call this one.'),
  'discovery.lan': flag.default(true).describe('Find paired devices on the local network (mDNS); from the next start on.'),
  'limits.upKiBps': kibPerSecond.default(0).describe('Most KiB of file content per second that are sent; 0: no limit.'),
  'limits.downKiBps': kibPerSecond.default(0).describe('Most KiB of file content per second that are fetched; 0: no limit.'),
  'limits.schedule': z
    .string()
    .trim()
    .max(256)
    .refine((text) => parseSchedule(text) !== undefined, scheduleHint)
    .default('always')
    .describe('When the limits hold, by the clock here: always, or such as "Mon-Fri 09:00-17:00, Sat 10:00-12:00".'),
  'limits.exemptLan': flag.default(true).describe('Devices on the same network are not slowed down by the limits.'),
  'pause.batteryBelowPercent': z.coerce
    .number()
    .int()
    .min(0)
    .max(100)
    .default(15)
    .describe('Syncing pauses on battery below this percentage; 0: never.'),
  'pause.onMetered': flag.default(false).describe('Syncing pauses on a metered network, where the system tells.'),
  'notifications.deviceAsks': flag.default(true).describe('Notify when a device was paired or wants to share a folder.'),
  'notifications.conflict': flag.default(true).describe('Notify when a file was changed in two places.'),
  'notifications.folderStopped': flag.default(true).describe('Notify when a folder has stopped syncing.'),
  'notifications.updateReady': flag.default(true).describe('Notify when an update is ready.'),
  'trash.keepDays': z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Removed and replaced files stay in the trash of their folder for this many days of running time.'),
  'ignore.defaults': z
    .string()
    .max(1024)
    .default('')
    .describe('Ignore rules (gitignore syntax, one a line) that a folder added here begins with.'),
  'app.startAtLogin': flag.default(false).describe('Start with the tray when you log in.'),
  'app.updateChannel': z.enum(['stable', 'beta', 'off']).default('stable').describe('Which updates to install; off: none.'),
  'app.installUpdates': z
    .enum(['ask', 'on-quit'])
    .default('on-quit')
    .describe('Install an update that is ready when asked to, or whenever the app quits.'),
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
