import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { present } from '../../core/base/index.ts';
import { BenchFailure, type Contender, type ContenderChoices, type Stage } from './contender.ts';
import { type AgentPair, createPairSubject } from './pair-subject.ts';
import { readGeneratedConfig, syncthingConfig, type SyncthingNode, syncthingSettings } from './syncthing-config.ts';
import { waitFor, within } from '../../main/testing/daemon-process.ts';

const folderId = 'bench';
const generateMs = 30_000;
const readyMs = 60_000;
const callMs = 30_000;
const scanMs = 10 * 60_000;
const stopMs = 10_000;

/** Two Syncthings that know each other's address and share one folder. */
export const syncthingPair: Contender = {
  id: 'syncthing',
  title: 'Syncthing',
  rows: ['new-file', 'many-files', 'edit'],
  inspect: async (choices) => {
    const program = programOf(choices);
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: generateMs });
    const version = /^syncthing (\S+)/.exec(stdout ?? '')?.[1];
    if (status === 0 && version !== undefined) return { present: true, version: `${version} (${program})`, settings: syncthingSettings };
    if (choices.syncthing !== undefined) return { present: false, reason: `${choices.syncthing} is no Syncthing that runs here.` };
    return {
      present: false,
      reason:
        'It is not installed. Install it (--install-peers does, with apt as root: Debian package syncthing), or name a binary with --syncthing PATH.',
    };
  },
  start: async (stage) => createPairSubject(await startPair(stage), stage),
};

const programOf = ({ syncthing }: ContenderChoices): string => syncthing ?? 'syncthing';

async function startPair(stage: Stage): Promise<AgentPair> {
  const program = programOf(stage.choices);
  const writer = await SyncthingProcess.generate(program, 'writer', stage.folder);
  const reader = await SyncthingProcess.generate(program, 'reader', stage.folder);
  writer.start(reader.node);
  reader.start(writer.node);
  for (const [own, peer] of [
    [writer, reader],
    [reader, writer],
  ] as const) {
    await waitFor(`the Syncthing of ${own.node.name} is connected`, readyMs, async () =>
      (await own.isConnectedTo(peer.node)) ? true : undefined,
    );
  }
  return {
    writer: { folder: writer.node.folder, pid: writer.pid },
    reader: { folder: reader.node.folder, pid: reader.pid },
    announce: async () => void (await writer.call('POST', `db/scan?folder=${folderId}`, scanMs)),
    isAtRest: async () => (await writer.isAtRest(reader.node)) && (await reader.isAtRest(writer.node)),
    stop: async () => void (await Promise.all([writer.stop(), reader.stop()])),
    logTail: () => [writer, reader].map((each) => `${each.node.name}:\n${each.logTail()}`).join('\n'),
  };
}

class SyncthingProcess {
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

  /** Makes keys and an empty shared folder. */
  static async generate(program: string, name: string, stageFolder: string): Promise<SyncthingProcess> {
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
    return new SyncthingProcess(program, home, { name, deviceId: generated.deviceId, apiPort, syncPort, folder }, generated.version);
  }

  start(peer: SyncthingNode): void {
    writeFileSync(join(this.#home, 'config.xml'), syncthingConfig(this.#configVersion, this.node, peer, folderId, this.#apiKey));
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
    try {
      const { connections } = (await this.call('GET', 'system/connections')) as {
        readonly connections: Readonly<Record<string, { readonly connected: boolean } | undefined>>;
      };
      return connections[peer.deviceId]?.connected === true;
    } catch {
      // Not up yet; if it never is, the caller's wait ends.
      return false;
    }
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
