import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { present } from '../core/base/index.ts';
import type { ApiService, ApiVerb } from '../core/api/index.ts';
import type { LogRecord } from '../core/testing/sim/index.ts';
import { SimLogger } from '../core/testing/sim/index.ts';
import { AgentsWorld, textOf } from '../core/testing/world/agents.ts';
import type { Laptop } from '../core/testing/world/laptop.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { type Home, locateHome, prepareHome } from './home.ts';
import { LossyRelay } from './testing/lossy-relay.ts';

const token = 'the-right-token';

let agents: AgentsWorld;
let anna: Laptop;
let bert: Laptop;
let server: ApiServer;
let relay: LossyRelay;
let client: ApiClient;
let folder: string;
let home: Home;
let stopWorld: () => Promise<void>;
/** What reached the agent, in order. */
let served: ApiVerb[];
let log: SimLogger;

/** The local API of anna's agent, as the program serves it. `incarnation` names another run of it where that is pretended. */
async function serve(incarnation: string): Promise<ApiServer> {
  const { api } = present(anna.running, 'agent').agent;
  const service: ApiService = {
    call: (verb, request, options) => {
      served.push(verb);
      return api.call(verb, request, options);
    },
    onEvent: (listener) => api.onEvent(listener),
  };
  const started = await startApiServer({
    ...{ service, token, incarnation, logger: log, port: 0, nowMs: () => performance.now() },
    retryAllowed: async () => {
      const settings = await api.call('settings.get', {});
      return settings.ok && settings.value.settings['requests.retry'] === 'on';
    },
  });
  if (!started.ok) throw new Error(started.error.text);
  return started.value;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-lost-'));
  home = locateHome('state', folder);
  prepareHome(home);
  served = [];
  agents = await new AgentsWorld('local replies', ['anna', 'bert']).startSharing();
  [anna, bert] = agents.laptops as [Laptop, Laptop];
  log = new SimLogger('program', () => 0);
  const { incarnation } = present(anna.running, 'agent').agent;
  server = await serve(incarnation);
  relay = await LossyRelay.start(server.port);
  client = createApiClient({ url: relay.url, token, pid: process.pid, incarnation }, home);
  await prepareCare();
  stopWorld = agents.world.sim.scheduler.runInBackground();
});
afterEach(async () => {
  await stopWorld();
  await relay.stop();
  await server.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

/** A conflict between both, and a file of anna's that bert has removed. */
async function prepareCare(): Promise<void> {
  const { net } = agents.world.sim;
  agents.write(anna, 'plan.txt', 'first');
  agents.write(anna, 'gone.txt', 'precious');
  await agents.converge();
  net.partition(['anna']);
  agents.write(anna, 'plan.txt', 'of anna');
  agents.write(bert, 'plan.txt', 'of bert');
  agents.remove(bert, 'gone.txt');
  await agents.runFor(10_000);
  net.heal();
  await agents.converge();
}

async function conflictPaths(): Promise<string[]> {
  const listed = await client.call('conflicts', {});
  if (!listed.ok) throw new Error(listed.error.text);
  return listed.value.conflicts.map(({ path }) => path);
}

const repeatsLogged = (): readonly LogRecord[] => log.records().filter(({ event }) => event === 'api-call-repeated');

describe('the reply of a call to the local API is lost', () => {
  test('RPC-2 a conflict is resolved once, and the first result comes back', async () => {
    const [path] = await conflictPaths();
    relay.losses = 1;
    served = [];
    expect(await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' })).toEqual({ ok: true, value: {} });
    expect(served).toEqual(['conflict.resolve']);
    expect(repeatsLogged()).toMatchObject([{ level: 'info', fields: { verb: 'conflict.resolve' } }]);
    expect(anna.tree().has(present(path, 'conflict'))).toBe(false);
    // Done anew it would have failed: there is nothing left to resolve.
    expect(await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' })).toMatchObject({ ok: false });
  });

  test('RPC-2 a file is restored from the trash once, and the first result comes back', async () => {
    const listed = await client.call('trash.list', {});
    const item = listed.ok ? listed.value.items.find((each) => each.path === 'gone.txt') : undefined;
    relay.losses = 1;
    served = [];
    const { id } = present(item, 'removed file');
    expect(await client.call('trash.restore', { id })).toEqual({ ok: true, value: { path: 'gone.txt' } });
    expect(served).toEqual(['trash.restore']);
    expect(textOf(anna, 'gone.txt')).toBe('precious');
    expect([...anna.tree().keys()].filter((path) => path.startsWith('gone'))).toEqual(['gone.txt']);
  });

  test('RPC-2 the agent restarted in between: the outcome is unknown, nothing is done twice, and a look tells', async () => {
    const [path] = await conflictPaths();
    const later = await serve('fedcba9876543210');
    try {
      relay.losses = 1;
      relay.onLoss = () => relay.retarget(later.port);
      served = [];
      const reply = await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' });
      expect(reply).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
      expect(served).toEqual(['conflict.resolve']);
      expect(await conflictPaths()).toEqual([]);
    } finally {
      await later.stop(0);
    }
  });

  test('RPC-2 the agent ended in between: the outcome is unknown, not merely that none runs', async () => {
    const [path] = await conflictPaths();
    relay.losses = 1;
    relay.onLoss = () => void relay.stop();
    const reply = await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' });
    expect(reply).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
    relay = await LossyRelay.start(server.port);
  });

  test('RPC-2 what is read or ends in the same state is asked again', async () => {
    relay.losses = 1;
    expect(await client.call('devices', {})).toMatchObject({ ok: true });
    relay.losses = 1;
    served = [];
    expect(await client.call('device.pause', { device: 'bert', paused: true })).toMatchObject({ value: { name: 'bert', paused: true } });
    expect(served).toEqual(['device.pause', 'device.pause']);
  });

  test('RPC-2 a change that would not find its device a second time is done once', async () => {
    relay.losses = 1;
    served = [];
    expect(await client.call('device.rename', { device: 'bert', name: 'Bert at home' })).toMatchObject({ value: { name: 'Bert at home' } });
    const address = '/ip4/192.0.2.7/tcp/4001';
    await client.call('device.address', { device: 'Bert at home', action: 'add', address });
    relay.losses = 1;
    const removed = await client.call('device.address', { device: 'Bert at home', action: 'remove', address });
    expect(removed).toMatchObject({ value: { addresses: [] } });
    expect(served).toEqual(['device.rename', 'device.address', 'device.address']);
  });

  test('RPC-2 nothing is repeated twice', async () => {
    const [path] = await conflictPaths();
    relay.losses = 2;
    relay.connections = 0;
    served = [];
    const reply = await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' });
    expect(reply).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
    expect(relay.connections).toBe(2);
    expect(served).toEqual(['conflict.resolve']);
  });

  test('RPC-4 with retry off nothing is repeated', async () => {
    const [path] = await conflictPaths();
    expect(await client.call('settings.set', { key: 'requests.retry', value: 'off' })).toMatchObject({ ok: true });
    relay.losses = 1;
    served = [];
    const reply = await client.call('conflict.resolve', { path: present(path, 'conflict'), keep: 'this' });
    expect(reply).toMatchObject({ ok: false, error: { kind: 'outcome-unknown' } });
    relay.losses = 1;
    expect(await client.call('devices', {})).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(served).toEqual(['conflict.resolve', 'devices']);
    expect(repeatsLogged()).toEqual([]);
  });
});
