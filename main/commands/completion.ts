import { Argument, type Command } from 'commander';
import { settingDescriptions } from '../../core/api/index.ts';
import { type DynamicNames, type Shell, completionCandidates, completionScript, shells } from '../completion.ts';
import { locateHome } from '../home.ts';
import { type CommandRunner, CommandSession, done, examples } from './session.ts';

export function addCompletionCommands(program: Command, runner: CommandRunner): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .summary('print a script that completes commands in a shell')
    .description('Prints a script for a shell. It completes commands, options, and the names of folders and devices.')
    .addHelpText(
      'after',
      examples([
        ['eval "$(dormouse completion bash)"', 'in ~/.bashrc'],
        ['eval "$(dormouse completion zsh)"', 'in ~/.zshrc, after compinit'],
        ['dormouse completion fish > ~/.config/fish/completions/dormouse.fish', ''],
      ]),
    )
    .action(
      runner.action<[shell: Shell, options: object]>(async (_session, shell) => {
        const script = completionScript(shell);
        return done({ shell, script }, script.trimEnd());
      }),
    );

  // What the scripts call.
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(
      runner.action<[words: string[], options: object]>(async (session, words) => {
        const { words: found, files } = await completionCandidates(program, words, dynamicNames(sessionOf(session, words)));
        return done({ words: found, files }, [files ? 'files' : 'words', ...found].join('\n'));
      }),
    );
}

/** The line that is being completed may name a home of its own. */
function sessionOf(session: CommandSession, words: readonly string[]): CommandSession {
  const home = words[words.indexOf('--home') + 1];
  if (!words.includes('--home') || home === undefined) return session;
  return new CommandSession(locateHome(home, session.cwd), session.isJson, session.surroundings);
}

/** Without an agent there are no names; a completion is no place for errors. */
function dynamicNames(session: CommandSession): DynamicNames {
  const named = (name: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
  return async (what) => {
    if (what === 'settings') return settingDescriptions().map(({ key }) => key);
    if (what === 'devices') {
      const reply = await session.call('devices', {});
      return reply.ok ? reply.value.devices.map(({ name }) => name).filter(named) : [];
    }
    if (what === 'offers') {
      const reply = await session.call('folder.offers', {});
      return reply.ok ? reply.value.offers.map(({ name }) => name).filter(named) : [];
    }
    const reply = await session.call('folder.list', {});
    return reply.ok ? reply.value.folders.map(({ name }) => name).filter(named) : [];
  };
}
