// What `npm start` runs: the desktop program where there is a display and an Electron, else the agent headless with its page.
import { parseArgs } from 'node:util';
import { openApiClient } from './api-client.ts';
import { quoteForShell } from './api-file.ts';
import { exitCodes } from './exit-codes.ts';
import { type Home, defaultHomeFolder, locateHome, ownSurroundings } from './home.ts';
import { collectYoungOften } from './memory.ts';
import { refuseOldRuntime } from './runtime-check.ts';
import type { Shell } from './shell.ts';
import { formatDeviceId } from './text/format.ts';
import { safeText } from './text/safe-text.ts';

const tooOld = refuseOldRuntime(process.versions);
if (tooOld === undefined) {
  collectYoungOften();
  process.exitCode = await start();
} else fail(exitCodes.failed, tooOld);

async function start(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string')
    return fail(exitCodes.usage, `${options}\nUse: npm start -- [--home DIR] [--name NAME] [--keys os|file] [--no-discovery] [--headless]`);
  // npm runs its scripts in the project's folder; a path is meant from where the person stands.
  const home = locateHome(options.home, process.env['INIT_CWD'] ?? process.cwd());
  const running = openApiClient(home);
  if (running.ok) {
    const status = await running.value.call('status', {});
    if (status.ok) return alreadyRunning(home, running.value.access.pid, status.value.device.name);
  }
  if (!options.headless) {
    const { runDesktopApp } = await import('./start-desktop.ts');
    const desktop = await runDesktopApp(desktopArgs(home, options));
    if (desktop.ok) return desktop.value;
    process.stderr.write(`Without a window, because ${desktop.error}: the agent runs headless and serves its page instead.\n`);
  }
  const { runHeadless } = await import('./headless.ts');
  const ended = await runHeadless(home, { ...options, ui: true }, (shell) => process.stdout.write(welcome(shell)));
  return ended.ok ? ended.value : fail(exitCodes.failed, ended.error.text);
}

interface StartOptions {
  readonly home: string | undefined;
  /** No window, even where there could be one. */
  readonly headless: boolean;
  readonly name?: string;
  readonly keys?: 'os' | 'file';
  readonly listen: readonly string[];
  readonly discovery: boolean;
}

/** The options, or what is wrong with them. */
function readOptions(): StartOptions | string {
  try {
    const { values } = parseArgs({
      options: {
        home: { type: 'string' },
        name: { type: 'string' },
        keys: { type: 'string' },
        listen: { type: 'string', multiple: true },
        discovery: { type: 'boolean', default: true },
        headless: { type: 'boolean', default: false },
      },
      allowNegative: true,
    });
    const { keys } = values;
    if (keys !== undefined && keys !== 'os' && keys !== 'file') return `--keys is "os" or "file", not "${keys}".`;
    return {
      home: values.home,
      headless: values.headless,
      listen: values.listen ?? [],
      discovery: values.discovery,
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(keys === undefined ? {} : { keys }),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The same options for the desktop program. */
function desktopArgs(home: Home, { name, keys, listen, discovery }: StartOptions): readonly string[] {
  return [
    ...['--home', home.folder],
    ...(name === undefined ? [] : ['--name', name]),
    ...(keys === undefined ? [] : ['--keys', keys]),
    ...listen.flatMap((address) => ['--listen', address]),
    ...(discovery ? [] : ['--no-discovery']),
  ];
}

/** The command line for this home, as it is typed in a checkout. */
function commandFor(home: Home): string {
  const isDefault = home.folder === defaultHomeFolder(ownSurroundings());
  return `npm run -s dormouse --${isDefault ? '' : ` --home ${quoteForShell(home.folder)}`}`;
}

function alreadyRunning(home: Home, pid: number, name: string): number {
  const command = commandFor(home);
  process.stdout.write(
    `An agent runs already for ${home.folder}: ${safeText(name)}, pid ${pid}.\n  ${command} ui        prints a link to its window\n  ${command} status    shows what it does\n  kill ${pid}    stops it\n`,
  );
  return exitCodes.done;
}

function welcome(shell: Shell): string {
  const { agent, home } = shell;
  const command = commandFor(home);
  return [
    `Dormouse is running: this device is "${safeText(agent.name())}" (${formatDeviceId(agent.device)}). Ctrl-C stops it.`,
    '',
    'Open its window in a browser of this machine (the link works once):',
    `  ${shell.newPageLink()}`,
    '',
    'Or in another terminal, to pair with another device that runs Dormouse:',
    `  here:   ${command} invite`,
    '  there:  npm run -s dormouse -- pair INVITE',
    'Then sync a folder:',
    `  here:   ${command} folder add ~/docs`,
    `          ${command} folder share docs DEVICE`,
    '  there:  npm run -s dormouse -- folder accept docs ~/docs',
    'And look at it, or see what else there is:',
    `  ${command} status`,
    `  ${command} ui      another link to the window`,
    `  ${command} --help`,
    '',
    '',
  ].join('\n');
}

function fail(exitCode: number, text: string): number {
  process.stderr.write(`${text}\n`);
  return (process.exitCode = exitCode);
}
