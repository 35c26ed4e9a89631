import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../../core/base/index.ts';
import { silentLogger } from '../../core/ports/index.ts';
import { writeApiFile } from '../api-file.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';
import type { CliOutput } from '../commands/session.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Home, locateHome, prepareHome } from '../home.ts';
import { runCommandLine } from '../program.ts';
import { FakeService } from './fake-service.ts';

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** The whole command line against a {@link FakeService} behind a real API server, in a folder of its own. */
export class CliHarness {
  readonly folder: string;
  /** Where the person stands. */
  readonly cwd: string;
  readonly home: Home;
  readonly service = new FakeService();
  #server: ApiServer | undefined;

  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-cli-')));
    this.cwd = join(this.folder, 'here');
    mkdirSync(this.cwd);
    this.home = locateHome('state', this.folder);
  }

  async startAgent(): Promise<void> {
    const incarnation = '0123456789abcdef';
    prepareHome(this.home);
    const started = await startApiServer({
      service: this.service,
      token: 'token',
      incarnation,
      logger: silentLogger,
      port: 0,
      nowMs: () => performance.now(),
      checkReplies: true,
    });
    assert(started.ok, 'the API server of the test starts');
    this.#server = started.value;
    writeApiFile(this.home, { url: started.value.url, token: 'token', pid: process.pid, incarnation });
  }

  /** Runs a command line on the harness's home. `isTerminal` is what both outputs are. */
  async run(args: readonly string[], options: { readonly isTerminal?: boolean; readonly interrupt?: AbortSignal } = {}): Promise<CliRun> {
    const written = { stdout: '', stderr: '' };
    const output = (name: keyof typeof written): CliOutput => ({
      isTerminal: options.isTerminal ?? false,
      columns: 100,
      write: (text) => {
        written[name] += text;
        return true;
      },
    });
    const exitCode = await runCommandLine(['--home', this.home.folder, ...args], {
      cwd: this.cwd,
      env: {},
      stdout: output('stdout'),
      stderr: output('stderr'),
      now: () => new Date('2026-11-20T12:00:00Z'),
      interrupt: options.interrupt ?? new AbortController().signal,
    });
    return { exitCode, ...written };
  }

  async stop(): Promise<void> {
    await this.#server?.stop(0);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
