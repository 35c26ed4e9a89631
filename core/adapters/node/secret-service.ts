import { execFile } from 'node:child_process';

/** What is known of the desktop's Secret Service (Linux). */
export type SecretServiceState = 'unlocked' | 'locked' | 'missing';

const collection = '/org/freedesktop/secrets/aliases/default';
const service = 'org.freedesktop.secrets';
const collectionInterface = 'org.freedesktop.Secret.Collection';
const askMsMax = 5000;

/** Ways to read a property over D-Bus with what systems have at hand: GLib's tool, systemd's, D-Bus's own. */
const questions: readonly (readonly [string, readonly string[]])[] = [
  [
    'gdbus',
    [
      'call',
      '--session',
      '--dest',
      service,
      '--object-path',
      collection,
      '--method',
      'org.freedesktop.DBus.Properties.Get',
      collectionInterface,
      'Locked',
    ],
  ],
  ['busctl', ['--user', 'get-property', service, collection, collectionInterface, 'Locked']],
  [
    'dbus-send',
    [
      '--session',
      '--print-reply',
      `--dest=${service}`,
      collection,
      'org.freedesktop.DBus.Properties.Get',
      `string:${collectionInterface}`,
      'string:Locked',
    ],
  ],
];

/**
 * Whether the default collection is locked. libsecret does not tell: a search in a locked collection finds nothing, like one in an empty
 * one. `missing` also where nobody can be asked.
 */
export async function secretServiceState(): Promise<SecretServiceState> {
  for (const [program, parameters] of questions) {
    const answer = await ask(program, parameters);
    const locked = answer === undefined ? null : /\b(true|false)\b/.exec(answer);
    if (locked) return locked[1] === 'true' ? 'locked' : 'unlocked';
  }
  return 'missing';
}

/** What `program` printed; undefined where it is missing or failed. */
function ask(program: string, parameters: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, [...parameters], { timeout: askMsMax, env: { ...process.env, LC_ALL: 'C' } }, (error, output) =>
      resolve(error ? undefined : output),
    );
  });
}
