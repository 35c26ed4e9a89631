import { Command, CommanderError } from 'commander';
import { addCareCommands } from './commands/care.ts';
import { addCompletionCommands } from './commands/completion.ts';
import { addDaemonCommand } from './commands/daemon.ts';
import { addDeviceCommands } from './commands/devices.ts';
import { addDiagnosticsCommand } from './commands/diagnostics.ts';
import { addEventCommands } from './commands/events.ts';
import { addFolderCommands } from './commands/folders.ts';
import { addIncidentsCommand } from './commands/incidents.ts';
import { addPairingCommands } from './commands/pairing.ts';
import { addPauseCommands } from './commands/pause.ts';
import { addRecoveriesCommand } from './commands/recoveries.ts';
import { addServiceCommands } from './commands/service.ts';
import { addSettingsCommand } from './commands/settings.ts';
import { addStatusCommand } from './commands/status.ts';
import { addUiCommand } from './commands/ui.ts';
import { addUpCommand } from './commands/up.ts';
import { addWhohasCommand } from './commands/whohas.ts';
import { type CliSurroundings, CommandRunner, examples } from './commands/session.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { defaultHomeFolder, ownSurroundings } from './home.ts';
import { programVersion } from './version.ts';

/** Runs one command line (without the program's own name) and gives its exit code. Writes only to the surroundings. */
export async function runCommandLine(args: readonly string[], surroundings: CliSurroundings): Promise<ExitCode> {
  const runner = new CommandRunner(surroundings);
  const isJson = wantsJson(args);
  const program = buildProgram(runner, isJson);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return runner.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for.
    if (error.exitCode === 0) return exitCodes.done;
    if (isJson) runner.fail(true, { kind: 'usage', text: error.message.replace(/^error: /, '') });
    return exitCodes.usage;
  }
}

/** Needed before the options are parsed, because parsing may be what fails. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
}

/** The tree of all commands. */
export function buildProgram(runner: CommandRunner, isJson: boolean): Command {
  const { stdout, stderr } = runner.surroundings;
  const program = new Command('dormouse')
    .description('Keeps folders the same on your laptops, straight from laptop to laptop, and never waits for the one that sleeps.')
    .version(programVersion, '--version', 'print the version')
    .option('--home <dir>', `state folder of the device (default: ${defaultHomeFolder(ownSurroundings())})`)
    .option('--json', 'print one JSON document (NDJSON for streams) and nothing else')
    .helpOption('-h, --help', 'show help')
    .addHelpCommand(new Command('help').argument('[command]').description('show help for a command').helpGroup('More:'))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => (isJson ? true : stderr.write(text)),
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText(
      'after',
      `${examples([
        ['dormouse daemon', 'run the agent on each device'],
        ['dormouse invite', 'on one device; then on the other:'],
        ['dormouse pair INVITE', ''],
        ['dormouse folder add ~/docs', 'then: dormouse folder share docs DEVICE'],
        ['dormouse status', 'what is in sync, and what is not'],
        ['dormouse recoveries', 'who slept, and what each wake took'],
      ])}\n\nExit codes: 0 done, 1 failed, 2 usage, 3 no agent running, 4 not reached in time.`,
    );
  addCommands(program, runner);
  return program;
}

function addCommands(program: Command, runner: CommandRunner): void {
  program.commandsGroup('Agent:');
  addDaemonCommand(program, runner);
  addStatusCommand(program, runner);
  addRecoveriesCommand(program, runner);
  addUiCommand(program, runner);
  addServiceCommands(program, runner);
  program.commandsGroup('Devices:');
  addPairingCommands(program, runner);
  addDeviceCommands(program, runner);
  program.commandsGroup('Folders:');
  addFolderCommands(program, runner);
  addUpCommand(program, runner);
  addPauseCommands(program, runner);
  addWhohasCommand(program, runner);
  addCareCommands(program, runner);
  program.commandsGroup('More:');
  addSettingsCommand(program, runner);
  addEventCommands(program, runner);
  addIncidentsCommand(program, runner);
  addDiagnosticsCommand(program, runner);
  addCompletionCommands(program, runner);
}
