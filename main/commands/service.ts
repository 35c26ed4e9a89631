import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Command, Option } from 'commander';
import { type Result, ok } from '../../core/base/index.ts';
import { defaultHomeFolder, explainFsError, ownSurroundings, writeFileAtomically } from '../home.ts';
import { formatUnit, serviceName } from '../systemd-unit.ts';
import { collect } from './daemon.ts';
import { type CommandError, type CommandRunner, type CommandSession, done, examples, failed } from './session.ts';

interface InstallOptions {
  readonly listen?: readonly string[];
  readonly discovery: boolean;
  readonly keys?: string;
}

const systemctlTimeoutMs = 30_000;

export function addServiceCommands(program: Command, runner: CommandRunner): void {
  const service = program
    .command('service')
    .summary('start the agent with the system (systemd)')
    .description('Installs or removes a systemd user unit that runs "dormouse daemon" for the home.')
    .addHelpText(
      'after',
      examples([
        ['dormouse service install', 'for the default home'],
        ['dormouse --home /srv/dormouse service install --listen /ip4/0.0.0.0/tcp/4001', ''],
        ['loginctl enable-linger', 'run it also while you are not logged in'],
      ]),
    );
  service
    .command('install')
    .option('--listen <address>', 'multiaddr to listen on; may be given several times', collect)
    .option('--no-discovery', 'do not look for devices on the local network')
    .addOption(new Option('--keys <where>', "where the device's key is kept").choices(['os', 'file']))
    .description('Writes the unit, enables it and starts it now. Run it again to change its options.')
    .action(runner.action<[options: InstallOptions]>(async (session, options) => install(session, options)));
  service
    .command('remove')
    .description('Stops and disables the unit and removes it. The home with its key and state stays.')
    .action(runner.action<[options: object]>(async (session) => remove(session)));
}

function unitFolder(session: CommandSession): string {
  const configured = session.surroundings.env['XDG_CONFIG_HOME'] ?? '';
  return join(isAbsolute(configured) ? configured : join(homedir(), '.config'), 'systemd', 'user');
}

function install(session: CommandSession, options: InstallOptions): ReturnType<typeof remove> {
  const name = serviceName(session.home.folder, defaultHomeFolder(ownSurroundings()));
  const path = join(unitFolder(session), name);
  const manager = findUserManager();
  if (!manager.ok) return Promise.resolve(manager);
  const program = process.argv[1];
  if (program === undefined) return Promise.resolve(failed('failed', 'The path of this program is not known, so no unit can name it.'));
  const command = [
    process.execPath,
    realpathSync(program),
    'daemon',
    '--home',
    session.home.folder,
    ...(options.listen ?? []).flatMap((address) => ['--listen', address]),
    ...(options.discovery ? [] : ['--no-discovery']),
    ...(options.keys === undefined ? [] : ['--keys', options.keys]),
  ];
  try {
    mkdirSync(unitFolder(session), { recursive: true });
    writeFileAtomically(path, formatUnit({ command }));
  } catch (error) {
    return Promise.resolve(failed('failed', `${path} cannot be written: ${explainFsError(error)}.`));
  }
  for (const args of [['daemon-reload'], ['enable', name], ['restart', name]]) {
    const run = systemctl(args);
    if (!run.ok) return Promise.resolve(run);
  }
  const text = `Installed and started ${name} (${path}).\nIt runs while you are logged in; to run it always: loginctl enable-linger\nIts log: journalctl --user -u ${name}`;
  return Promise.resolve(done({ unit: name, path, command }, text));
}

async function remove(session: CommandSession): Promise<ReturnType<typeof done>> {
  const name = serviceName(session.home.folder, defaultHomeFolder(ownSurroundings()));
  const path = join(unitFolder(session), name);
  if (!existsSync(path))
    return failed('not-found', `There is no unit ${path}, so nothing was removed. Was it installed for another --home?`);
  const manager = findUserManager();
  if (!manager.ok) return manager;
  const disabled = systemctl(['disable', '--now', name]);
  if (!disabled.ok) return disabled;
  rmSync(path, { force: true });
  const reloaded = systemctl(['daemon-reload']);
  if (!reloaded.ok) return reloaded;
  return done({ unit: name, path }, `Stopped and removed ${name}. The home ${session.home.folder} is as it was.`);
}

/** Asked before anything is written, so that a machine without systemd is left as it was. */
function findUserManager(): Result<void, CommandError> {
  if (process.platform !== 'linux') {
    return failed(
      'failed',
      `"dormouse service" is for Linux with systemd; on ${process.platform} start "dormouse daemon" with the system's own means.`,
    );
  }
  return systemctl(['show-environment']);
}

function systemctl(args: readonly string[]): Result<void, CommandError> {
  const run = spawnSync('systemctl', ['--user', ...args], { encoding: 'utf8', timeout: systemctlTimeoutMs });
  const shown = `systemctl --user ${args.join(' ')}`;
  if (run.error !== undefined && 'code' in run.error && run.error.code === 'ENOENT') {
    return failed(
      'failed',
      'This system has no systemctl, so there is no systemd to install a service for. Start "dormouse daemon" with what this system uses instead.',
    );
  }
  if (run.error !== undefined) return failed('failed', `${shown} failed: ${run.error.message}.`);
  if (run.status === 0) return ok();
  const said = (run.stderr.trim() || `exit code ${run.status}`).replace(/\.$/, '');
  const hint =
    args[0] === 'show-environment'
      ? ' There is no systemd user session here: log in as this user (not with su or sudo), or run as root: loginctl enable-linger USER.'
      : '';
  return failed('failed', `${shown} failed: ${said}.${hint}`);
}
