import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';
import { openApiClient } from '../api-client.ts';
import { type Home, locateHome } from '../home.ts';

const cliFile = fileURLToPath(new URL('../cli.ts', import.meta.url));
const startMs = 60_000;
const commandMs = 60_000;
const stopMs = 15_000;

/** A real agent did not do what it was asked; the text has the end of its log. */
export class DaemonFailure extends Error {
  override name = 'DaemonFailure';
}

/** The line that `dormouse daemon` prints when it is ready. */
export interface ReadyLine {
  readonly deviceId: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly api: string;
  /** A one-time link to the window, with `--ui`. */
  readonly page?: string;
}

/** Where an agent runs and how it is reached. */
export interface DaemonPlace {
  /** A command that runs the rest of its line elsewhere, such as in a network namespace. It keeps the pid that is started. */
  readonly enter: readonly string[];
  /** Options of `daemon` besides its name and where its key is. */
  readonly options: readonly string[];
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A real `dormouse daemon` in a process and a home of its own, its key in a file; unless told where to be, on the loopback address and
 * without discovery.
 */
export class DaemonProcess {
  readonly name: string;
  readonly home: Home;
  readonly #logFile: string;
  readonly #place: DaemonPlace | undefined;
  #child: ChildProcess | undefined;
  #listen = '/ip4/127.0.0.1/tcp/0';
  /** Everything that the present process wrote on stdout. */
  stdout = '';
  ready: ReadyLine | undefined;

  constructor(name: string, homeFolder: string, place?: DaemonPlace) {
    this.name = name;
    this.home = locateHome(homeFolder, '/');
    this.#place = place;
    this.#logFile = `${homeFolder}.log`;
    mkdirSync(dirname(homeFolder), { recursive: true });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the agent and waits until it is ready. A later start listens where the first one did. */
  async start(options: { readonly nodeArgs?: readonly string[]; readonly args?: readonly string[] } = {}): Promise<ReadyLine> {
    const log = openSync(this.#logFile, 'a');
    const reached = this.#place?.options ?? ['--no-discovery', '--listen', this.#listen];
    const args = ['--home', this.home.folder, 'daemon', '--name', this.name, '--keys', 'file', ...reached, ...(options.args ?? [])];
    const argv = [...(this.#place?.enter ?? []), process.execPath, ...(options.nodeArgs ?? []), cliFile, ...args];
    const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    this.#child = child;
    this.stdout = '';
    const ready = await within(`The start of the agent of ${this.name}`, startMs, this.#readyLine(child));
    this.ready = ready;
    this.#listen = ready.addresses[0] ?? this.#listen;
    return ready;
  }

  async #readyLine(child: ChildProcess): Promise<ReadyLine> {
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        this.stdout += chunk.toString('utf8');
        if (this.stdout.includes('\n')) resolve(JSON.parse(this.stdout) as ReadyLine);
      });
      child.once('exit', (code, signal) =>
        reject(new DaemonFailure(`The agent of ${this.name} ended at its start (${code ?? signal}):\n${this.logTail()}`)),
      );
    });
  }

  /** SIGKILL: what a power cut is to a process. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** In order, or by force where that takes too long. */
  async stop(): Promise<void> {
    try {
      await this.end('SIGTERM');
    } catch {
      await this.end('SIGKILL');
    }
  }

  /** Sends a signal and waits for the end; undefined where nothing runs. */
  async end(signal: NodeJS.Signals): Promise<ProcessEnd | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await within(`The end of the agent of ${this.name} after ${signal}`, stopMs, ended);
    }
    return { code: child.exitCode, signal: child.signalCode };
  }

  /** For the very end of a program: without waiting. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Sends a signal without waiting for anything; false where nothing runs. SIGSTOP and SIGCONT freeze and thaw it. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#child?.kill(signal) ?? false;
  }

  /** Runs a command as a person would, and gives what it printed as JSON. */
  async command(...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await runCli(['--home', this.home.folder, '--json', ...args], {
      enter: this.#place?.enter ?? [],
    });
    if (code === 0) return JSON.parse(stdout) as unknown;
    throw new DaemonFailure(`On ${this.name}, "dormouse ${args.join(' ')}" failed (${code}): ${stdout.trim()} ${stderr.trim()}`);
  }

  /** Calls the agent's local API. */
  async call<V extends ApiVerb>(verb: V, request: ApiRequest<V>): Promise<ApiReply<V>> {
    const client = openApiClient(this.home);
    const reply = client.ok ? await client.value.call(verb, request) : client;
    if (!reply.ok) throw new DaemonFailure(`On ${this.name}, ${verb} failed: ${reply.error.text}\n${this.logTail()}`);
    return reply.value;
  }

  /** The last lines that the agent wrote on stderr, in all its runs. */
  logTail(lines = 15): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').split('\n').slice(-lines).join('\n') : '';
  }
}

export interface CliEnd {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** As {@link DaemonPlace.enter}. */
  readonly enter?: readonly string[];
}

/** Runs the command line in a process of its own until it ends. */
export async function runCli(args: readonly string[], { enter = [], ...options }: CliOptions = {}): Promise<CliEnd> {
  return new Promise((resolve) => {
    const limits = { encoding: 'utf8', timeout: commandMs, maxBuffer: 64 * 1024 * 1024 } as const;
    const argv = [...enter, process.execPath, cliFile, ...args];
    execFile(argv[0] as string, argv.slice(1), { ...limits, ...options }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr });
    });
  });
}

/** Settles as `work` does, or fails after `timeoutMs`. */
export async function within<T>(what: string, timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DaemonFailure(`${what} took longer than ${timeoutMs / 1000} s.`)), timeoutMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `look` until it gives something other than undefined; fails after `timeoutMs` with what it waited for. */
export async function waitFor<T>(what: string, timeoutMs: number, look: () => Promise<T | undefined>, lookMs = 100): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() - startedMs > timeoutMs) throw new DaemonFailure(`Waited ${timeoutMs / 1000} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
