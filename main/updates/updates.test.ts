import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { UpdateState } from '../../core/api/index.ts';
import { exampleStatus } from '../testing/example-status.ts';
import { updateWaitsFor } from './policy.ts';
import { isSignedUpdate, sha512OfFile, signUpdate, updateKey } from './signature.ts';
import { type Updater, Updates } from './updates.ts';

const project = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const load = createRequire(import.meta.url);

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  delete process.env['APPIMAGE'];
});

/** The parts of the library that a feed on loopback is read with outside of Electron. */
interface Library {
  readonly AppImageUpdater: new (
    options: undefined,
    app: object,
  ) => Updater & { httpExecutor: object; logger: null; setFeedURL(options: object): void };
}

interface Feed {
  readonly version: string;
  readonly bytes: Buffer;
  /** What the server really sends, where it is something else. */
  readonly sent?: Buffer;
  readonly signature?: string;
  readonly stagingPercentage?: number;
}

interface Executor {
  doDownload(request: object, task: object, redirects: number): void;
}

interface DownloadOptions {
  readonly headers?: object;
  readonly cancellationToken: {
    createPromise<T>(run: (resolve: (value: T) => void, reject: (error: Error) => void, onCancel: unknown) => void): Promise<T>;
  };
}

/** What the library does with Electron's network stack, done with Node's. */
function nodeExecutor(): object {
  const { NodeHttpExecutor } = load('builder-util/out/nodeHttpExecutor.js') as { readonly NodeHttpExecutor: new () => Executor };
  const { configureRequestUrl } = load('builder-util-runtime') as { readonly configureRequestUrl: (url: URL, request: object) => void };
  const executor = new NodeHttpExecutor();
  const download = async (url: URL, destination: string, options: DownloadOptions): Promise<string> =>
    options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const request = { headers: options.headers };
      configureRequestUrl(url, request);
      const callback = (error: unknown): void => (error instanceof Error ? reject(error) : resolve(destination));
      executor.doDownload(request, { destination, options, onCancel, callback, responseHandler: null }, 0);
    });
  return Object.assign(executor, { download });
}

function sha512(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('base64');
}

async function serve({ version, bytes, sent = bytes, signature, stagingPercentage }: Feed): Promise<string> {
  const manifest = [
    `version: ${version}`,
    'files:',
    '  - url: Dormouse.AppImage',
    `    sha512: ${sha512(bytes)}`,
    `    size: ${bytes.length}`,
    ...(signature === undefined ? [] : [`    signature: ${signature}`]),
    'path: Dormouse.AppImage',
    `sha512: ${sha512(bytes)}`,
    ...(stagingPercentage === undefined ? [] : [`stagingPercentage: ${stagingPercentage}`]),
    "releaseDate: '2026-11-20T12:00:00.000Z'",
    '',
  ].join('\n');
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/latest-linux.yml') return response.end(manifest);
    if (path !== '/Dormouse.AppImage') return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(sent.subarray(0, bytes.length));
    // Fewer bytes than announced: the connection breaks in the middle.
    if (sent.length < bytes.length) response.destroy();
    else response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function open(
  url: string,
  waitsFor: () => string | null = () => null,
): { readonly updates: Updates; readonly states: UpdateState[]; readonly troubles: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'dormouse-updates-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const current = join(folder, 'current.AppImage');
  writeFileSync(current, 'the version that runs');
  process.env['APPIMAGE'] = current;
  const configFile = join(folder, 'app-update.yml');
  writeFileSync(configFile, `provider: generic\nurl: ${url}\nupdaterCacheDirName: dormouse\n`);
  const { AppImageUpdater } = load('electron-updater/out/AppImageUpdater.js') as Library;
  const app = {
    version: '1.2.0',
    name: 'dormouse',
    isPackaged: true,
    appUpdateConfigPath: configFile,
    userDataPath: folder,
    baseCachePath: folder,
    whenReady: async () => undefined,
    relaunch: () => undefined,
    quit: () => undefined,
    onQuit: () => undefined,
  };
  const updater = new AppImageUpdater(undefined, app);
  updater.httpExecutor = nodeExecutor();
  updater.logger = null;
  // Only now, because it hands the executor on.
  updater.setFeedURL({ provider: 'generic', url });
  const states: UpdateState[] = [];
  const troubles: string[] = [];
  const options = {
    updater,
    key: project.publicKey,
    waitsFor,
    onState: (state: UpdateState) => states.push(state),
    onTrouble: (text: string) => troubles.push(text),
  };
  return { updates: new Updates({ ...options, now: () => new Date('2026-11-20T12:00:00Z') }, 'stable'), states, troubles };
}

const newer = Buffer.from('a newer program '.repeat(5_000));

describe.skipIf(process.platform !== 'linux')('updates from a real feed', () => {
  test('a newer version that the project signed is fetched, verified and ready', async () => {
    const url = await serve({ version: '1.3.0', bytes: newer, signature: signUpdate('1.3.0', sha512(newer), project.privateKey) });
    const { updates, states, troubles } = open(url);
    expect(await updates.check()).toEqual({ kind: 'ready', version: '1.3.0', waitsFor: null });
    expect(states.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1])).toEqual([
      'checking',
      'downloading',
      'ready',
    ]);
    expect(updates.isReady).toBe(true);
    expect(troubles).toEqual([]);
  });

  test.each<[name: string, feed: Feed, text: string]>([
    ['without a signature', { version: '1.3.0', bytes: newer }, 'not signed by the project'],
    [
      'signed by somebody else',
      { version: '1.3.0', bytes: newer, signature: signUpdate('1.3.0', sha512(newer), stranger.privateKey) },
      'not signed',
    ],
    [
      'signed as another version',
      { version: '1.3.0', bytes: newer, signature: signUpdate('1.2.5', sha512(newer), project.privateKey) },
      'not signed',
    ],
    [
      'tampered with on the way',
      {
        version: '1.3.0',
        bytes: newer,
        sent: Buffer.from(newer.map((byte) => byte ^ 1)),
        signature: signUpdate('1.3.0', sha512(newer), project.privateKey),
      },
      'checksum differs',
    ],
    [
      'half of it',
      { version: '1.3.0', bytes: newer, sent: newer.subarray(0, 1000), signature: signUpdate('1.3.0', sha512(newer), project.privateKey) },
      'tried again later',
    ],
  ])('%s it is refused with the reason, and nothing is ready', async (_name, feed, text) => {
    const { updates, troubles } = open(await serve(feed));
    const state = await updates.check();
    expect(state.kind).toBe('failed');
    expect(troubles.join()).toContain(text);
    expect(updates.install({ restart: true })).toBe(false);
  });

  test.each(['1.1.0', '1.2.0'])('version %s is no update', async (version) => {
    const url = await serve({ version, bytes: newer, signature: signUpdate(version, sha512(newer), project.privateKey) });
    expect(await open(url).updates.check()).toEqual({ kind: 'idle', checkedAt: '2026-11-20T12:00:00.000Z' });
  });

  test('a staged rollout that has not come to this installation is respected', async () => {
    const url = await serve({
      version: '1.3.0',
      bytes: newer,
      stagingPercentage: 0,
      signature: signUpdate('1.3.0', sha512(newer), project.privateKey),
    });
    expect((await open(url).updates.check()).kind).toBe('idle');
  });

  test('nothing is fetched while it would disturb, and nothing installed', async () => {
    const url = await serve({ version: '1.3.0', bytes: newer, signature: signUpdate('1.3.0', sha512(newer), project.privateKey) });
    let waits: string | null = 'syncing is through';
    const { updates, states } = open(url, () => waits);
    expect((await updates.check()).kind).toBe('idle');
    expect(states.some(({ kind }) => kind === 'downloading')).toBe(false);
    waits = null;
    expect((await updates.check()).kind).toBe('ready');
    waits = 'the battery is charged';
    expect(updates.state).toEqual({ kind: 'ready', version: '1.3.0', waitsFor: 'the battery is charged' });
    expect(updates.install({ restart: false })).toBe(false);
  });

  test('no server is said, and nothing else happens', async () => {
    const { updates, troubles } = open('http://127.0.0.1:9/');
    expect((await updates.check()).kind).toBe('failed');
    expect(troubles[0]).toContain('cannot be reached');
  });
});

describe('signatures', () => {
  test('hold for one version of one artefact under one key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dormouse-signature-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a'), newer);
    const hash = await sha512OfFile(join(folder, 'a'));
    expect(hash).toBe(sha512(newer));
    const signature = signUpdate('1.3.0', hash, project.privateKey);
    const raw = project.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const key = updateKey(raw);
    if (key === undefined) throw new Error('the key was not read');
    expect(isSignedUpdate('1.3.0', hash, signature, key)).toBe(true);
    expect(isSignedUpdate('1.3.1', hash, signature, key)).toBe(false);
    expect(isSignedUpdate('1.3.0', sha512(Buffer.from('x')), signature, key)).toBe(false);
    expect(isSignedUpdate('1.3.0', hash, 'nonsense', key)).toBe(false);
    expect(updateKey('short')).toBeUndefined();
  });
});

describe('when an update waits', () => {
  const idle = { ...exampleStatus, folders: exampleStatus.folders.map((folder) => ({ ...folder, state: 'up-to-date' as const })) };
  test('while something is fetched or recovers, and on low battery', () => {
    expect(updateWaitsFor(idle, undefined)).toBeNull();
    expect(updateWaitsFor(exampleStatus, undefined)).toBe('syncing is through');
    expect(updateWaitsFor(undefined, undefined)).toBe('the agent has started');
    expect(updateWaitsFor(idle, { onBattery: true, percent: 24 })).toBe('the battery is charged');
    expect(updateWaitsFor(idle, { onBattery: true, percent: 25 })).toBeNull();
    expect(updateWaitsFor(idle, { onBattery: false, percent: 5 })).toBeNull();
  });
});
