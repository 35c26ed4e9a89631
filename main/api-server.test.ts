import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deferred, err, ok, present } from '../core/base/index.ts';
import { type ApiError, type ApiEvent, apiError } from '../core/api/index.ts';
import { limits } from '../core/model/index.ts';
import { silentLogger } from '../core/ports/index.ts';
import { createApiClient } from './api-client.ts';
import type { ApiAccess } from './api-file.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { type Home, locateHome, prepareHome } from './home.ts';
import { FakeService } from './testing/fake-service.ts';

const token = 'the-right-token';
const incarnation = '0123456789abcdef';

let service: FakeService;
let server: ApiServer;
let folder: string;
let home: Home;
let access: ApiAccess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-api-'));
  home = locateHome('state', folder);
  prepareHome(home);
  service = new FakeService();
  const started = await startApiServer({
    service,
    token,
    incarnation,
    logger: silentLogger,
    port: 0,
    nowMs: () => performance.now(),
    checkReplies: true,
    eventQueueMax: 3,
  });
  if (!started.ok) throw new Error(started.error.text);
  server = started.value;
  access = { url: server.url, token, pid: process.pid, incarnation };
});
afterEach(async () => {
  await server.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly error?: ApiError } & Record<string, unknown>;
}

async function post(path: string, body: string, headers: OutgoingHttpHeaders = {}, method = 'POST'): Promise<Answer> {
  const answered = deferred<IncomingMessage>();
  const sent = request(
    `${server.url}${path}`,
    { method, agent: false, headers: { authorization: `Bearer ${token}`, ...headers } },
    answered.resolve,
  );
  sent.on('error', answered.reject);
  sent.end(body);
  const response = await answered.promise;
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) as Answer['body'] };
}

describe('who may call', () => {
  test.each([
    ['a wrong token', { authorization: 'Bearer the-right-tokem' }, 401, 'unauthorized'],
    ['no token', { authorization: '' }, 401, 'unauthorized'],
    ['a token of another kind', { authorization: `Basic ${token}` }, 401, 'unauthorized'],
    ['a name that points here (DNS rebinding)', { host: 'dormouse.example' }, 403, 'forbidden-origin'],
    ['another port', { host: '127.0.0.1:1' }, 403, 'forbidden-origin'],
    ['a page of another origin', { origin: 'https://evil.example' }, 403, 'forbidden-origin'],
    ['a page without an origin of its own', { origin: 'null' }, 403, 'forbidden-origin'],
  ])('with %s: refused, and the agent never hears of it', async (_title, headers, status, kind) => {
    const answer = await post('/api/1/suspend', '{}', headers);
    expect(answer).toMatchObject({ status, body: { error: { kind } } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(service.calls).toEqual([]);
  });

  test.each([['localhost'], ['127.0.0.1'], ['[::1]']])('by the name %s and from its own origin: answered', async (name) => {
    const host = `${name}:${server.port}`;
    expect(await post('/api/1/suspend', '{}', { host, origin: `http://${host}` })).toMatchObject({ status: 200, body: {} });
  });

  test('the stream of events is guarded like the verbs', async () => {
    expect(await post('/api/1/events/follow', '', { authorization: 'Bearer no' }, 'GET')).toMatchObject({ status: 401 });
    expect(service.listeners).toBe(0);
  });
});

describe('what is answered', () => {
  test.each([
    ['not JSON', '/api/1/pair', '{"invite":', {}, 400, 'bad-request'],
    ['a wrong type', '/api/1/pair', '{"invite":7}', {}, 400, 'bad-request'],
    ['a missing member', '/api/1/folder.share', '{"folder":"docs"}', {}, 400, 'bad-request'],
    ['a form of a page', '/api/1/pair', 'invite=x', { 'content-type': 'text/plain' }, 400, 'bad-request'],
    ['an unknown verb', '/api/1/format-disk', '{}', {}, 404, 'unknown-verb'],
    ['an inherited name', '/api/1/constructor', '{}', {}, 404, 'unknown-verb'],
    ['another path', '/', '{}', {}, 404, 'unknown-verb'],
  ])('%s is refused', async (_title, path, body, headers, status, kind) => {
    expect(await post(path, body, headers)).toMatchObject({ status, body: { error: { kind, text: expect.stringMatching(/.{10}/) } } });
    expect(service.calls).toEqual([]);
  });

  test('only POST calls a verb', async () => {
    expect(await post('/api/1/status', '', {}, 'GET')).toMatchObject({
      status: 400,
      body: { error: { text: expect.stringContaining('takes POST') } },
    });
  });

  test('a request is handed over validated, with its defaults', async () => {
    service.answers.set('up', async () => ok({ even: true, folders: [] }));
    expect(await post('/api/1/up', '')).toMatchObject({ status: 200, body: { even: true } });
    expect(service.calls[0]).toMatchObject({ verb: 'up', request: { delivered: false } });
  });

  test('an error of the agent keeps its kind and gets its status', async () => {
    service.answers.set('device.remove', async () => err(apiError('not-found', 'There is no device "x".')));
    expect(await post('/api/1/device.remove', '{"device":"x"}')).toMatchObject({
      status: 404,
      body: { error: { kind: 'not-found', text: 'There is no device "x".' } },
    });
  });

  test("a crash is the agent's fault and tells strangers nothing", async () => {
    service.answers.set('devices', async () => {
      throw new Error('secret detail');
    });
    const answer = await post('/api/1/devices', '{}');
    expect(answer).toMatchObject({ status: 500, body: { error: { kind: 'internal' } } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  test('a reply that breaks the contract is noticed', async () => {
    service.answers.set('devices', async () => ok({ devices: 7 }));
    expect(await post('/api/1/devices', '{}')).toMatchObject({ status: 500 });
  });

  test('RPC-5 a body is bounded before it is taken in, announced or not', async () => {
    const large = JSON.stringify({ invite: 'x'.repeat(limits.apiBodyBytesMax) });
    expect(await post('/api/1/pair', large)).toMatchObject({
      status: 400,
      body: { error: { text: expect.stringContaining('larger than') } },
    });
    expect(await post('/api/1/pair', large, { 'transfer-encoding': 'chunked' })).toMatchObject({ status: 400 });
    expect(service.calls).toEqual([]);
  });

  test('a caller that goes away cancels its read', async () => {
    const started = deferred<void>();
    service.answers.set('up', async () => {
      started.resolve();
      return new Promise<never>(() => undefined);
    });
    const gone = new AbortController();
    const call = createApiClient(access, home).call('up', {}, { signal: gone.signal });
    await started.promise;
    gone.abort();
    expect(await call).toMatchObject({ ok: false, error: { kind: 'aborted' } });
    await expect.poll(() => service.calls[0]?.signal?.aborted).toBe(true);
  });

  test('RPC-2 a repeat with the same key has one effect', async () => {
    let count = 0;
    service.answers.set('device.remove', async () => ok({ id: 'x', name: `call ${++count}` }));
    const headers = { 'idempotency-key': `${incarnation}.1` };
    const first = await post('/api/1/device.remove', '{"device":"x"}', headers);
    expect(await post('/api/1/device.remove', '{"device":"x"}', headers)).toEqual({ ...first, headers: expect.anything() });
    expect(count).toBe(1);
    expect(await post('/api/1/device.remove', '{"device":"x"}', { 'idempotency-key': 'fedcba9876543210.1' })).toMatchObject({
      body: { error: { kind: 'outcome-unknown' } },
    });
  });
});

describe('the client', () => {
  test('a lost connection is tried once more, with the same key', async () => {
    const keys: (string | undefined)[] = [];
    service.answers.set('invite', async () => ok({ invite: 'i', expiresAt: '2026-11-20T12:00:00Z' }));
    const proxy = await import('node:http').then(({ createServer }) =>
      createServer((incoming, outgoing) => {
        keys.push(incoming.headers['idempotency-key'] as string);
        if (keys.length === 1) return void incoming.socket.destroy();
        outgoing.end('{"invite":"i","expiresAt":"2026-11-20T12:00:00Z"}');
      }).listen(0, '127.0.0.1'),
    );
    try {
      await new Promise((resolve) => proxy.once('listening', resolve));
      const { port } = proxy.address() as { port: number };
      const client = createApiClient({ ...access, url: `http://127.0.0.1:${port}` }, home);
      expect(await client.call('invite', {})).toMatchObject({ ok: true, value: { invite: 'i' } });
      expect(keys).toHaveLength(2);
      expect(keys[0]).toMatch(new RegExp(`^${incarnation}\\.`));
      expect(keys[1]).toBe(keys[0]);
    } finally {
      proxy.close();
    }
  });

  test('a wrong token is explained by the file it came from', async () => {
    const reply = await createApiClient({ ...access, token: 'old' }, home).call('status', {});
    expect(reply).toMatchObject({ ok: false, error: { kind: 'unauthorized', text: expect.stringContaining(home.apiFile) } });
  });

  test('nobody at the port means that no agent runs', async () => {
    await server.stop(0);
    expect(await createApiClient(access, home).call('status', {})).toMatchObject({ ok: false, error: { kind: 'no-agent' } });
  });
});

describe('the stream of events', () => {
  const event = (sequence: number, text = ''): ApiEvent => ({
    sequence,
    at: '2026-11-20T12:00:00Z',
    kind: 'test',
    level: 'info',
    fields: { text },
  });

  test('gives what happens from its start on, and ends with the reader', async () => {
    const stop = new AbortController();
    const stream = await createApiClient(access, home).follow(stop.signal);
    if (!stream.ok) throw new Error(stream.error.text);
    const events = stream.value[Symbol.asyncIterator]();
    service.events.emit(event(1));
    service.events.emit(event(2));
    expect([(await events.next()).value, (await events.next()).value]).toEqual([event(1), event(2)]);
    stop.abort();
    expect((await events.next()).done).toBe(true);
    await expect.poll(() => service.listeners).toBe(0);
  });

  test('a slow reader costs a bounded queue and sees a gap', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const received = deferred<string>();
    let text = '';
    const large = 'x'.repeat(1024 * 1024);
    try {
      socket.write(`GET /api/1/events/follow HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      await new Promise((resolve) => socket.once('readable', resolve));
      await expect.poll(() => service.listeners).toBe(1);
      // More than the socket's buffers hold, all before the reader takes anything.
      for (let sequence = 1; sequence <= 60; sequence++) service.events.emit(event(sequence, large));
      socket.on('data', (chunk) => {
        text += String(chunk).replaceAll('x', '');
        if (text.includes('"sequence":61,')) received.resolve(text);
      });
      socket.on('error', received.reject);
      const ticker = setInterval(() => service.events.emit(event(61)), 50);
      const sequences = [...(await received.promise).matchAll(/"sequence":(\d+)/g)].map((match) => Number(match[1]));
      clearInterval(ticker);
      const kept = sequences.filter((sequence) => sequence <= 60);
      expect(kept.slice(0, 2)).toEqual([1, 2]);
      expect(kept.length).toBeLessThan(60);
      expect([...kept].sort((a, b) => a - b)).toEqual(kept);
    } finally {
      socket.destroy();
    }
  });
});

test('a taken port is named', async () => {
  const second = await startApiServer({ service, token, incarnation, logger: silentLogger, port: server.port, nowMs: () => 0 });
  expect(second).toMatchObject({ ok: false, error: { text: expect.stringContaining(`port ${server.port} is taken`) } });
});

test('SES-8 stopping is bounded although a call and a stream are under way', async () => {
  service.answers.set('up', async () => new Promise<never>(() => undefined));
  const client = createApiClient(access, home);
  const call = client.call('up', {});
  const stream = present(await client.follow(), 'stream');
  await expect.poll(() => service.calls.length).toBe(1);
  await server.stop(10);
  expect((await call).ok).toBe(false);
  expect(stream.ok).toBe(true);
});
