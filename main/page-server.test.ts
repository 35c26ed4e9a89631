import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS, deferred, ok } from '../core/base/index.ts';
import { silentLogger } from '../core/ports/index.ts';
import { createApiClient } from './api-client.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { locateHome, prepareHome } from './home.ts';
import { readPageSession, writePageSession } from './page-session.ts';
import { FakeService } from './testing/fake-service.ts';

const token = 'the-right-token';
const secret = 'the-secret-of-the-page';

let folder: string;
let service: FakeService;
let server: ApiServer;
let nowMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-page-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>the page');
  writeFileSync(join(folder, 'main-ABCDEFGH.js'), 'the code');
  writeFileSync(join(folder, 'notes.txt'), 'not of the page');
  service = new FakeService();
  service.answers.set('settings.get', async () => ok({ settings: {} }));
  nowMs = 0;
  const page = { folder, secret };
  const started = await startApiServer({
    service,
    token,
    incarnation: '0123456789abcdef',
    logger: silentLogger,
    port: 0,
    nowMs: () => nowMs,
    page,
  });
  if (!started.ok) throw new Error(started.error.text);
  server = started.value;
});
afterEach(async () => {
  await server.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  const answered = deferred<IncomingMessage>();
  const sent = request(`${server.url}${path}`, { method, agent: false, headers }, answered.resolve);
  sent.on('error', answered.reject);
  sent.end(method === 'POST' ? '{}' : undefined);
  const response = await answered.promise;
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

const pathOf = (link: string | undefined): string => (link ?? '').slice(server.url.length);
const cookie = (): string => `dormouse-${server.port}=${secret}`;

describe('the one-time link', () => {
  test('becomes a cookie that no script reads and no other site sends, once', async () => {
    const link = pathOf(server.newPageLink());
    const first = await ask(link);
    expect(first).toMatchObject({ status: 200, text: '<!doctype html>the page' });
    expect(first.headers['set-cookie']).toEqual([`${cookie()}; HttpOnly; SameSite=Strict; Path=/`]);
    const second = await ask(link);
    expect(second.status).toBe(200);
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  test('is worth nothing when guessed, and after an hour', async () => {
    expect((await ask('/open?ticket=guessed')).headers['set-cookie']).toBeUndefined();
    expect((await ask('/open')).headers['set-cookie']).toBeUndefined();
    const link = pathOf(server.newPageLink());
    nowMs += HOUR_MS;
    expect((await ask(link)).headers['set-cookie']).toBeUndefined();
  });

  test('of many that were never used, only the newest are kept', async () => {
    const links = Array.from({ length: 17 }, () => pathOf(server.newPageLink()));
    expect((await ask(links[0] ?? '')).headers['set-cookie']).toBeUndefined();
    expect((await ask(links[1] ?? '')).headers['set-cookie']).toHaveLength(1);
  });

  test('is made for who has the token, and for nobody else', async () => {
    const home = locateHome('state', folder);
    const access = { url: server.url, token, pid: process.pid, incarnation: '0123456789abcdef' };
    const link = await createApiClient(access, home).pageLink();
    expect(link).toMatchObject({ ok: true, value: expect.stringMatching(`^${server.url}/open\\?ticket=`) });
    const origin = server.url;
    expect((await ask('/page/link', { origin, cookie: cookie() }, 'POST')).status).toBe(404);
    const wrong = await createApiClient({ ...access, token: 'another' }, home).pageLink();
    expect(wrong.ok).toBe(false);
  });
});

describe('the page', () => {
  test('has a strict policy, and nothing inline', async () => {
    const { headers } = await ask('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/main-ABCDEFGH.js')).headers['cache-control']).toContain('immutable');
  });

  test.each(['/notes.txt', '/../index.html', '/%2e%2e/index.html', '/main-ABCDEFGH.js/', '/etc/passwd'])(
    '%s is no file of it',
    async (path) => {
      expect((await ask(path)).text).not.toContain('not of the page');
      if (path !== '/../index.html' && path !== '/%2e%2e/index.html') expect((await ask(path)).status).toBe(404);
    },
  );

  test('is not served under another name, or to another origin', async () => {
    expect((await ask('/', { host: 'dormouse.example' })).status).toBe(403);
    expect((await ask('/', { origin: 'https://evil.example' })).status).toBe(403);
  });
});

describe('the API behind the page', () => {
  const call = async (headers: OutgoingHttpHeaders): Promise<number | undefined> =>
    (await ask('/api/1/settings.get', headers, 'POST')).status;

  test('answers the cookie of its own origin', async () => {
    expect(await call({ origin: server.url, cookie: `other=1; ${cookie()}` })).toBe(200);
    expect(await call({ 'sec-fetch-site': 'same-origin', cookie: cookie() })).toBe(200);
  });

  test.each([
    ['no cookie', () => ({ origin: server.url })],
    ['a wrong cookie', () => ({ origin: server.url, cookie: `dormouse-${server.port}=wrong` })],
    ['the cookie of another port', () => ({ origin: server.url, cookie: `dormouse-1=${secret}` })],
    ['a cookie that comes from nowhere', () => ({ cookie: cookie() })],
    ['a cookie along with what a page of another port sends', () => ({ origin: 'http://127.0.0.1:1', cookie: cookie() })],
    ['a cookie along with what a page of the same site reads', () => ({ 'sec-fetch-site': 'same-site', cookie: cookie() })],
  ])('with %s: refused, and the agent never hears of it', async (_title, headers) => {
    expect([401, 403]).toContain(await call(headers()));
    expect(service.calls).toEqual([]);
  });
});

test('the session of a page outlives the agent; one that is broken is made anew', () => {
  const home = locateHome('state', folder);
  prepareHome(home);
  const fresh = readPageSession(home);
  expect(fresh.port).toBe(0);
  writePageSession(home, { ...fresh, port: 4711 });
  expect(readPageSession(home)).toEqual({ ...fresh, port: 4711 });
  writeFileSync(home.pageFile, JSON.stringify({ port: 'x', secret: 'short' }));
  const again = readPageSession(home);
  expect(again.port).toBe(0);
  expect(again.secret).not.toBe(fresh.secret);
});
