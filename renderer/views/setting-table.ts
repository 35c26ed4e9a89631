import type { SettingKey } from '../../core/api/index.ts';

/** How a setting is drawn: what kind of control. */
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
  /** Instead of the core's explanation, where that would say the title again; empty where the title says it all. */
  readonly note?: string;
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
      { key: 'app.startAtLogin', title: 'Start when you log in', note: 'In the tray, without its window.', control: flag, isDesktop: true },
    ],
  },
  {
    title: 'Network',
    rows: [
      { key: 'discovery.lan', title: 'Find devices on the local network', note: 'By mDNS, from the next start on.', control: flag },
      {
        key: 'limits.upKiBps',
        title: 'Send at most',
        note: 'Content of files; 0 is no limit.',
        control: { kind: 'number', unit: 'KiB/s' },
      },
      {
        key: 'limits.downKiBps',
        title: 'Fetch at most',
        note: 'Content of files; 0 is no limit.',
        control: { kind: 'number', unit: 'KiB/s' },
      },
      {
        key: 'limits.schedule',
        title: 'When the limits hold',
        note: 'By the clock here: always, or such as Mon-Fri 09:00-17:00.',
        control: { kind: 'text' },
      },
      { key: 'limits.exemptLan', title: 'No limit on the local network', control: flag },
    ],
  },
  {
    title: 'Pause by itself',
    rows: [
      {
        key: 'pause.batteryBelowPercent',
        title: 'When the battery is below',
        note: 'While the computer runs on it; 0 is never.',
        control: { kind: 'number', unit: '%' },
      },
      { key: 'pause.onMetered', title: 'On a metered network', note: 'Where the system tells.', control: flag },
    ],
  },
  {
    title: 'Notifications',
    rows: [
      {
        key: 'notifications.deviceAsks',
        title: 'A device asks for something',
        note: 'It was paired, or wants to share a folder.',
        control: flag,
        isDesktop: true,
      },
      { key: 'notifications.conflict', title: 'A file was changed in two places', note: '', control: flag, isDesktop: true },
      { key: 'notifications.folderStopped', title: 'A folder has stopped', note: '', control: flag, isDesktop: true },
      { key: 'notifications.updateReady', title: 'An update is ready', note: '', control: flag, isDesktop: true },
    ],
  },
  {
    title: 'Files',
    rows: [
      {
        key: 'trash.keepDays',
        title: 'Keep the trash for',
        note: 'What was removed or replaced; days on which Dormouse runs count.',
        control: { kind: 'number', unit: 'days' },
      },
      {
        key: 'ignore.defaults',
        title: 'Rules for new folders',
        note: 'What a folder added here leaves out at first; one pattern a line, as in a .gitignore.',
        control: { kind: 'text', isTall: true },
      },
      {
        key: 'disk.minFreeMiB',
        title: 'Keep free on the disk',
        note: 'What needs space waits below it. auto is 1 GiB, or 5 % of a small disk.',
        control: { kind: 'number', unit: 'MiB' },
      },
      {
        key: 'scan.intervalMinutes',
        title: 'Look through folders every',
        note: 'For changes that the system did not tell of.',
        control: { kind: 'number', unit: 'min' },
      },
    ],
  },
  {
    title: 'Updates',
    rows: [
      {
        key: 'app.updateChannel',
        title: 'Which updates',
        note: '',
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
        note: '',
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
        note: '',
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
        note: 'Once; never is for diagnosis.',
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
