import type { SettingKey } from '../../core/api/index.ts';

/** How a setting is drawn: what kind of control, and what people call it. Its explanation is the core's. */
export type SettingControl =
  | { readonly kind: 'switch' }
  | { readonly kind: 'text'; readonly isTall?: true }
  /** `unit` stands behind the field. */
  | { readonly kind: 'number'; readonly unit: string }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, text: string])[] };

export interface SettingRow {
  readonly key: SettingKey;
  readonly title: string;
  readonly control: SettingControl;
  /** Only where there is a desktop program around the page. */
  readonly isDesktop?: true;
}

export interface SettingGroup {
  readonly title: string;
  readonly rows: readonly SettingRow[];
}

const flag: SettingControl = { kind: 'switch' };

/** All settings in the order in which they are shown; another one is another line. What the agent does not know is left out. */
export const settingGroups: readonly SettingGroup[] = [
  {
    title: 'This device',
    rows: [
      { key: 'name', title: 'Name', control: { kind: 'text' } },
      { key: 'app.startAtLogin', title: 'Start when you log in', control: flag, isDesktop: true },
    ],
  },
  {
    title: 'Network',
    rows: [
      { key: 'discovery.lan', title: 'Find devices on the local network', control: flag },
      { key: 'limits.upKiBps', title: 'Send at most', control: { kind: 'number', unit: 'KiB/s' } },
      { key: 'limits.downKiBps', title: 'Fetch at most', control: { kind: 'number', unit: 'KiB/s' } },
      { key: 'limits.schedule', title: 'When the limits hold', control: { kind: 'text' } },
      { key: 'limits.exemptLan', title: 'No limit on the local network', control: flag },
    ],
  },
  {
    title: 'Pause by itself',
    rows: [
      { key: 'pause.batteryBelowPercent', title: 'When the battery is below', control: { kind: 'number', unit: '%' } },
      { key: 'pause.onMetered', title: 'On a metered network', control: flag },
    ],
  },
  {
    title: 'Notifications',
    rows: [
      { key: 'notifications.deviceAsks', title: 'A device asks for something', control: flag, isDesktop: true },
      { key: 'notifications.conflict', title: 'A file was changed in two places', control: flag, isDesktop: true },
      { key: 'notifications.folderStopped', title: 'A folder has stopped', control: flag, isDesktop: true },
      { key: 'notifications.updateReady', title: 'An update is ready', control: flag, isDesktop: true },
    ],
  },
  {
    title: 'Files',
    rows: [
      { key: 'trash.keepDays', title: 'Keep the trash for', control: { kind: 'number', unit: 'days' } },
      { key: 'ignore.defaults', title: 'Rules for new folders', control: { kind: 'text', isTall: true } },
      { key: 'disk.minFreeMiB', title: 'Keep free on the disk', control: { kind: 'number', unit: 'MiB' } },
      { key: 'scan.intervalMinutes', title: 'Look through folders every', control: { kind: 'number', unit: 'min' } },
    ],
  },
  {
    title: 'Updates',
    rows: [
      {
        key: 'app.updateChannel',
        title: 'Which updates',
        control: {
          kind: 'choice',
          choices: [
            ['stable', 'Stable'],
            ['beta', 'Beta'],
            ['off', 'None'],
          ],
        },
        isDesktop: true,
      },
      {
        key: 'app.installUpdates',
        title: 'Install them',
        control: {
          kind: 'choice',
          choices: [
            ['on-quit', 'When Dormouse quits'],
            ['ask', 'When I ask for it'],
          ],
        },
        isDesktop: true,
      },
    ],
  },
  {
    title: 'For diagnosis',
    rows: [
      {
        key: 'log.level',
        title: 'The log says',
        control: {
          kind: 'choice',
          choices: [
            ['error', 'Errors'],
            ['warn', 'Warnings too'],
            ['info', 'What happens'],
            ['debug', 'Everything'],
          ],
        },
      },
      {
        key: 'requests.retry',
        title: 'Repeat lost requests',
        control: {
          kind: 'choice',
          choices: [
            ['on', 'Where it is safe'],
            ['off', 'Never'],
          ],
        },
      },
    ],
  },
];
