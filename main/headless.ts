import { type Result, err } from '../core/base/index.ts';
import { limits } from '../core/model/index.ts';
import type { CommandError } from './commands/session.ts';
import { crashText, noteCrash } from './crash-report.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Home } from './home.ts';
import type { KeyPlace } from './keys.ts';
import { preparePage } from './page-build.ts';
import { type Shell, startShell } from './shell.ts';
import { safeLines } from './text/safe-text.ts';

export interface HeadlessOptions {
  readonly listen?: readonly string[];
  readonly discovery: boolean;
  readonly name?: string;
  readonly keys?: KeyPlace;
  /** Serves the window's page on the loopback address. */
  readonly ui?: boolean;
}

/** How a headless program ends when the process is told to: by the first signal in order, by the second at once. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `dormouse daemon`: runs until a signal. Never returns after it was ready: the process ends with the agent. */
export async function runDaemon(
  home: Home,
  options: HeadlessOptions,
  writeLine: (line: string) => void,
): Promise<Result<ExitCode, CommandError>> {
  return runHeadless(home, options, (shell) => {
    const { agent, access } = shell;
    const page = shell.newPageLink();
    const ready = { deviceId: agent.device, name: agent.name(), addresses: agent.addresses(), api: access.url, page };
    writeLine(`${JSON.stringify(ready)}\n`);
  });
}

/** Starts the agent, calls `onReady`, and ends the process with the agent. Returns only where the agent does not start. */
export async function runHeadless(
  home: Home,
  options: HeadlessOptions,
  onReady: (shell: Shell) => void,
): Promise<Result<ExitCode, CommandError>> {
  const interrupted = new AbortController();
  let shell: Shell | undefined;
  let hasSignal = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (hasSignal) {
      say(`Ended at once by a second signal (${signal}).`);
      process.exit(exitCodes.failed);
    }
    hasSignal = true;
    interrupted.abort();
    if (shell !== undefined) void endProcess(shell);
  };
  for (const signal of signals) process.on(signal, onSignal);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, (error) => crash(home, shell, event, error));
  const page = options.ui === true ? preparePage() : undefined;
  if (page?.ok === false) return err({ kind: 'failed', text: page.error.text });
  const started = await startShell({
    home,
    listen: options.listen ?? [],
    discovery: options.discovery,
    name: options.name,
    keys: options.keys,
    onNotice: say,
    signal: interrupted.signal,
    logToStderr: true,
    ...(page === undefined ? {} : { pageFolder: page.value }),
  });
  if (!started.ok) {
    if (hasSignal) process.exit(exitCodes.done);
    return err({ kind: 'failed', text: started.error.text });
  }
  shell = started.value;
  // The signal came while it was starting: there was nothing to stop then.
  if (interrupted.signal.aborted) await endProcess(shell);
  onReady(shell);
  return new Promise<never>(() => undefined);
}

/** Ends in order within `limits.stopMs`, else by force: what matters was durable before. */
async function endProcess(shell: Shell): Promise<never> {
  const timer = setTimeout(() => {
    say(`Stopping took longer than ${limits.stopMs / 1000} s; ended by force. Nothing is lost.`);
    process.exit(exitCodes.done);
  }, limits.stopMs);
  await shell.stop();
  clearTimeout(timer);
  process.exit(exitCodes.done);
}

/** A bug got this far: writes what is known to the disk before anything else can fail, then ends. */
function crash(home: Home, shell: Shell | undefined, event: string, error: unknown): never {
  const path = noteCrash(home, shell, event, error);
  say(
    `Dormouse failed because of a fault of its own and ends. The report is in ${path}; please pass it on with: dormouse diagnostics\n${crashText(error)}`,
  );
  process.exit(exitCodes.failed);
}

function say(text: string): void {
  process.stderr.write(`${safeLines(text)}\n`);
}
