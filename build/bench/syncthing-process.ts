import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { present } from '../../core/base/index.ts';
import { BenchFailure } from './contender.ts';
import { readGeneratedConfig, syncthingConfig, type SyncthingNode } from './syncthing-config.ts';
import { within } from '../../main/testing/daemon-process.ts';

const folderId = 'bench';
const generateMs = 30_000;
const callMs = 30_000;
const scanMs = 10 * 60_000;
const stopMs = 10_000;

/** What its REST API says of a connection. */
export interface SyncthingConnection {
  readonly connected: boolean;
  /** Bytes received on it so far. */
  readonly inBytesTotal: number;
}

const noConnection: SyncthingConnection = { connected: false, inBytesTotal: 0 };

/** A Syncthing in a process and a home of its own, with one folder that it shares with others. */
export class SyncthingProcess {
  readonly node: SyncthingNode;
  readonly #program: string;
  readonly #home: string;
  readonly #logFile: string;
  readonly #configVersion: string;
  readonly #apiKey = randomBytes(16).toString('hex');
  #child: ChildProcess | undefined;

  private constructor(program: string, home: string, node: SyncthingNode, configVersion: string) {
    this.#program = program;
    this.#home = home;
    this.#logFile = `${home}.log`;
    this.#configVersion = configVersion;
    this.node = node;
  }

  /** Makes keys and an empty shared folder. `host`: the IPv4 address on which the others reach it. */
  static async generate(program: string, name: string, stageFolder: string, host = '127.0.0.1'): Promise<SyncthingProcess> {
    const home = join(stageFolder, name, 'home');
    const folder = join(stageFolder, name, 'folder');
    mkdirSync(join(folder, '.stfolder'), { recursive: true });
    const options = { encoding: 'utf8', timeout: generateMs, env: environment(home) } as const;
    let made = spawnSync(program, ['generate', '--home', home, '--no-default-folder'], options);
    // From 2.0 on there is no default folder, and no option to leave it out.
    if (made.status !== 0) made = spawnSync(program, ['generate', '--home', home], options);
    if (made.status !== 0) throw new BenchFailure(`"${program} generate" failed: ${made.stderr}`);
    const generated = readGeneratedConfig(readFileSync(join(home, 'config.xml'), 'utf8'));
    if (generated === undefined) throw new BenchFailure(`What "${program} generate" wrote is not understood.`);
    const [apiPort, syncPort] = [await freePort(), await freePort()];
    const node = { name, deviceId: generated.deviceId, apiPort, syncAddress: `${host}:${syncPort}`, folder };
    return new SyncthingProcess(program, home, node, generated.version);
  }

  start(peers: readonly SyncthingNode[]): void {
    writeFileSync(join(this.#home, 'config.xml'), syncthingConfig(this.#configVersion, this.node, peers, folderId, this.#apiKey));
    const log = openSync(this.#logFile, 'a');
    const args = ['serve', '--home', this.#home, '--no-browser', '--no-restart', '--logfile', '-'];
    this.#child = spawn(this.#program, args, { stdio: ['ignore', log, log], env: environment(this.#home) });
    // Its end shows in the calls that fail.
    this.#child.on('error', () => undefined);
    closeSync(log);
  }

  get pid(): number {
    return present(this.#child?.pid, 'pid');
  }

  async isConnectedTo(peer: SyncthingNode): Promise<boolean> {
    return (await this.connectionTo(peer)).connected;
  }

  /** How the connection to `peer` stands. Not connected, too, while the program is not up: if it never is, the caller's wait ends. */
  async connectionTo(peer: SyncthingNode): Promise<SyncthingConnection> {
    try {
      const { connections } = (await this.call('GET', 'system/connections')) as {
        readonly connections: Readonly<Record<string, SyncthingConnection | undefined>>;
      };
      return connections[peer.deviceId] ?? noConnection;
    } catch {
      return noConnection;
    }
  }

  /** Looks at the whole folder now. */
  async scan(): Promise<void> {
    await this.call('POST', `db/scan?folder=${folderId}`, scanMs);
  }

  /** Nothing to scan, nothing wanted, and nothing that the other one wants. */
  async isAtRest(peer: SyncthingNode): Promise<boolean> {
    const folder = (await this.call('GET', `db/status?folder=${folderId}`)) as { readonly state: string; readonly needTotalItems: number };
    const other = (await this.call('GET', `db/completion?folder=${folderId}&device=${peer.deviceId}`)) as { readonly completion: number };
    return folder.state === 'idle' && folder.needTotalItems === 0 && other.completion === 100;
  }

  /** Calls its REST API. */
  async call(method: 'GET' | 'POST', path: string, timeoutMs = callMs): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.node.apiPort}/rest/${path}`, {
      method,
      headers: { 'X-API-Key': this.#apiKey },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw new BenchFailure(`Syncthing answered ${path} with ${response.status}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    // What does not end is killed with the session.
    await within('The end of a Syncthing', stopMs, ended).catch(() => undefined);
  }

  logTail(lines = 15): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8').split('\n').slice(-lines).join('\n') : '';
  }
}

function environment(home: string): NodeJS.ProcessEnv {
  return { ...process.env, HOME: home, STNOUPGRADE: '1' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return present(typeof address === 'object' ? address?.port : undefined, 'port');
}
