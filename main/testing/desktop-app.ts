import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type ElectronApplication, type Page, _electron } from 'playwright-core';
import { electronFile } from '../desktop/runtime.ts';
import { type Home, locateHome } from '../home.ts';
import { projectFolder } from '../version.ts';
import { watchTray } from './tray-watch.ts';

const startMs = 60_000;
const displayMs = 20_000;

/** Why the desktop program cannot be driven on this machine, or undefined where it can. */
export function desktopMissing(): string | undefined {
  if (process.platform !== 'linux') return 'the desktop is driven on Linux only';
  if (electronFile() === undefined) return 'no Electron runtime: set ELECTRON_OVERRIDE_DIST_PATH to the folder of one';
  if (process.env['DISPLAY'] === undefined && spawnSync('Xvfb', ['-help'], { stdio: 'ignore' }).error !== undefined)
    return 'no display and no Xvfb';
  return undefined;
}

/** An X display of its own for a run of tests. */
export class VirtualDisplay {
  readonly #server: ChildProcess;
  readonly name: string;

  private constructor(server: ChildProcess, name: string) {
    this.#server = server;
    this.name = name;
  }

  static async start(): Promise<VirtualDisplay> {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [, , , numbers] = server.stdio;
    if (numbers === null || numbers === undefined) throw new Error('Xvfb has no pipe');
    const [chunk] = (await once(numbers, 'data', { signal: AbortSignal.timeout(displayMs) })) as [Buffer];
    return new VirtualDisplay(server, `:${chunk.toString('utf8').trim()}`);
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode !== null) return;
    this.#server.kill();
    await once(this.#server, 'exit');
  }
}

export interface DesktopAppOptions {
  readonly name: string;
  readonly homeFolder: string;
  readonly display: string;
  /** Default: a file. `unsaid` leaves it to the program. */
  readonly keys?: 'os' | 'file' | 'unsaid';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A packed program; default: this checkout in the development runtime. */
  readonly program?: string;
}

/** The real desktop program with a home of its own, on loopback, without discovery, its key in a file unless told otherwise, driven by its window. */
export class DesktopApp {
  readonly home: Home;
  readonly app: ElectronApplication;
  readonly #process: ChildProcess;
  /** Everything it wrote on stderr. */
  log = '';
  /** What its window complained of, page errors and refusals of the content security policy included. */
  readonly complaints: string[] = [];

  private constructor(app: ElectronApplication, home: Home) {
    this.app = app;
    this.home = home;
    // Asked for once: an application that is gone has no answer.
    this.#process = app.process();
    app.context().on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    app.context().on('weberror', (error) => this.complaints.push(error.error().message));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString('utf8')));
  }

  static async start(options: DesktopAppOptions): Promise<DesktopApp> {
    const executablePath = options.program ?? electronFile();
    if (executablePath === undefined) throw new Error(desktopMissing());
    const app = await _electron.launch({
      executablePath,
      args: desktopArgs(options),
      env: desktopEnv(options),
      timeout: startMs,
      // The system's, as the program itself sees it.
      colorScheme: null,
    });
    await watchTray(app);
    return new DesktopApp(app, locateHome(options.homeFolder, '/'));
  }

  /** The window, as soon as it shows its page. */
  async window(): Promise<Page> {
    const page = await this.app.firstWindow({ timeout: startMs });
    await page.waitForLoadState('domcontentloaded');
    return page;
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the program has no process');
    return pid;
  }

  /** Quits as the tray does once a person has agreed. */
  async quit(): Promise<void> {
    const process = this.#process;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit', { signal: AbortSignal.timeout(startMs) });
    await this.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    await ended;
  }

  async kill(): Promise<void> {
    const process = this.#process;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }
}

/** Starts the program a second time without driving it, as a person or a link does; resolves with its exit code. */
export async function startAgain(options: DesktopAppOptions): Promise<number | null> {
  const file = options.program ?? electronFile();
  if (file === undefined) throw new Error(desktopMissing());
  const child = spawn(file, desktopArgs(options), { env: desktopEnv(options), stdio: 'ignore' });
  const [code] = (await once(child, 'exit', { signal: AbortSignal.timeout(startMs) })) as [number | null];
  return code;
}

export function desktopArgs(options: DesktopAppOptions): string[] {
  const runtime = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const own = [
    '--home',
    options.homeFolder,
    '--name',
    options.name,
    ...(options.keys === 'unsaid' ? [] : ['--keys', options.keys ?? 'file']),
    '--no-discovery',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
  ];
  return [...runtime, ...(options.program === undefined ? [projectFolder] : []), ...own, ...(options.args ?? [])];
}

export function desktopEnv(options: DesktopAppOptions): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(inherited), DISPLAY: options.display, ...options.env };
}
