import { createHash } from 'node:crypto';

export interface ServiceUnit {
  /** The program and its arguments; the first one absolute. */
  readonly command: readonly string[];
}

/** One unit per home: `dormouse.service` for the default home, else with a part of the home's hash. */
export function serviceName(homeFolder: string, defaultHomeFolder: string): string {
  if (homeFolder === defaultHomeFolder) return 'dormouse.service';
  return `dormouse-${createHash('sha256').update(homeFolder).digest('hex').slice(0, 8)}.service`;
}

/** The text of a systemd user unit. It starts with the user's session, and again after a crash. */
export function formatUnit(unit: ServiceUnit): string {
  return [
    '[Unit]',
    'Description=Dormouse folder sync',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${unit.command.map(quoteForUnit).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=10',
    'TimeoutStopSec=10',
    'UMask=0077',
    'NoNewPrivileges=true',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
}

/** One word of a unit's command line (systemd.service(5), "Command lines"): `%` and `$` would be replaced, quotes and backslashes interpreted. */
export function quoteForUnit(word: string): string {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
