import { type Command, Option } from 'commander';
import { type CommandRunner, examples } from './session.ts';

/** The options of `daemon`, as commander gives them. */
export interface DaemonOptions {
  readonly listen?: readonly string[];
  readonly discovery: boolean;
  readonly name?: string;
  readonly keys?: 'os' | 'file';
  readonly ui?: boolean;
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function addDaemonCommand(program: Command, runner: CommandRunner): void {
  program
    .command('daemon')
    .option(
      '--listen <address>',
      'multiaddr to listen on; may be given several times (default: all interfaces, the port of the last start)',
      collect,
    )
    .option('--no-discovery', 'do not look for devices on the local network in this run')
    .option('--name <name>', 'what other devices call this one (default: the name of this machine)')
    .addOption(
      new Option(
        '--keys <where>',
        "where a new device's key is kept: the system's key store, or a file in the home (default: os, else file with a warning); os also moves a key there that is in a file",
      ).choices(['os', 'file']),
    )
    .option('--ui', 'serve the window as a page on the loopback address; "page" in the ready line is a one-time link that opens it')
    .summary('run the agent, without a window')
    .description(
      'Runs the agent until Ctrl-C or SIGTERM; a second one ends it at once. Prints one line of JSON on stdout when it is ready:\n{"deviceId", "name", "addresses", "api"}. It logs to stderr and to files in the home.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse daemon', 'with the default home'],
        ['dormouse daemon --home /srv/dormouse --listen /ip4/0.0.0.0/tcp/4001', 'a server with a fixed port'],
        ['dormouse daemon --ui', 'with a page to look at; "dormouse ui" prints another link'],
        ['dormouse service install', 'let systemd start it'],
      ]),
    )
    .action(
      runner.stream<[options: DaemonOptions]>(async (session, options) => {
        // Loaded here, because all other commands do without the network and the store.
        const { runDaemon } = await import('../headless.ts');
        return runDaemon(session.home, options, (line) => session.surroundings.stdout.write(line));
      }),
    );
}
