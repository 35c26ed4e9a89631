import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { electronFile } from '../desktop/runtime.ts';
import { type Home, locateHome } from '../home.ts';
import { type DesktopAppOptions, desktopArgs, desktopEnv, desktopMissing } from './desktop-app.ts';
import { waitFor, within } from './daemon-process.ts';
import { evaluateInWindow, findWindow } from './window-target.ts';

const startMs = 60_000;
const stopMs = 30_000;

/**
 * The real desktop program started as a person starts it, with no debugger in its main process. Its window can be looked at afterwards;
 * until then nobody asks it for anything.
 */
export class PlainDesktop {
  readonly home: Home;
  readonly #child: ChildProcess;
  /** When it was started, wall-clock ms. */
  readonly startedAtMs: number;
  /** Everything it wrote on stderr. */
  log = '';

  private constructor(child: ChildProcess, home: Home, startedAtMs: number) {
    this.#child = child;
    this.home = home;
    this.startedAtMs = startedAtMs;
    child.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString('utf8')));
  }

  /** Starts it and waits for nothing. */
  static start(options: DesktopAppOptions): PlainDesktop {
    const file = options.program ?? electronFile();
    if (file === undefined) throw new Error(desktopMissing());
    const startedAtMs = Date.now();
    // Where the window can be looked at; the system chooses the port, and Chromium writes it on stderr.
    const args = ['--remote-debugging-port=0', ...desktopArgs(options)];
    const child = spawn(file, args, { env: desktopEnv(options), stdio: ['ignore', 'ignore', 'pipe'] });
    return new PlainDesktop(child, locateHome(options.homeFolder, '/'), startedAtMs);
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the program has no process');
    return pid;
  }

  /** The value of an expression in the window, as soon as there is one. */
  async evaluate(expression: string): Promise<unknown> {
    const address = await waitFor('the window is there', startMs, async () => {
      const host = /DevTools listening on ws:\/\/([^/]+)/.exec(this.log)?.[1];
      return host === undefined ? undefined : findWindow(host);
    });
    return evaluateInWindow(address, expression);
  }

  /** Ends it as the end of a session does, or by force where that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await within('The end of the desktop program', stopMs, ended).catch(() => this.#child.kill('SIGKILL'));
  }
}
