import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiReply, ApiRequest, ApiVerb, WindowBridge, WindowReply } from '../../core/api/index.ts';
import { waitFor } from '../testing/daemon-process.ts';
import { DesktopApp, type DesktopAppOptions, VirtualDisplay, desktopMissing, startAgain } from '../testing/desktop-app.ts';
import { buildOnce } from '../testing/desktop-build.ts';
import { SecretSession, secretServiceMissing } from '../testing/secret-session.ts';
import { projectFolder } from '../version.ts';

const testMs = 180_000;
const missing = desktopMissing();
const noSecrets = secretServiceMissing();
const screens = join(projectFolder, 'out', 'screens');

const waitMs = 90_000;

async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, waitMs, async () => (await isSo()) || undefined);
}

declare const window: { readonly dormouse: WindowBridge };

/** Calls the agent as the page does. */
async function call<V extends ApiVerb>(page: Page, verb: V, request: ApiRequest<V>): Promise<ApiReply<V>> {
  const reply = (await page.evaluate(([name, body]) => window.dormouse.call(name as ApiVerb, body), [
    verb,
    request,
  ] as const)) as WindowReply;
  if (!reply.ok) throw new Error(`${verb}: ${reply.error.text}`);
  return reply.value as ApiReply<V>;
}

describe.skipIf(missing !== undefined)(`the desktop program${missing === undefined ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dormouse-app-'));
  const running: DesktopApp[] = [];
  let display: VirtualDisplay;

  beforeAll(async () => {
    mkdirSync(screens, { recursive: true });
    await buildOnce();
    display = await VirtualDisplay.start();
  }, testMs);
  afterEach(async () => {
    for (const app of running.splice(0)) await app.kill();
  });
  afterAll(async () => {
    await display?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const optionsOf = (name: string, more: Partial<DesktopAppOptions> = {}): DesktopAppOptions => ({
    name,
    homeFolder: join(folder, name, 'home'),
    display: display.name,
    ...more,
  });

  async function start(name: string, more: Partial<DesktopAppOptions> = {}): Promise<{ readonly app: DesktopApp; readonly page: Page }> {
    const app = await DesktopApp.start(optionsOf(name, more));
    running.push(app);
    return { app, page: await app.window() };
  }

  test(
    'first run to first synced file between two of them, through windows alone',
    async () => {
      const anna = await start('Anna');
      const ben = await start('Ben');
      const annaFolder = join(folder, 'Anna', 'docs');
      mkdirSync(annaFolder, { recursive: true });
      writeFileSync(join(annaFolder, 'hello.txt'), 'from Anna');

      await anna.page.getByRole('heading', { name: 'Welcome to Dormouse' }).waitFor();
      await anna.page.screenshot({ path: join(screens, 'desktop-welcome.png') });
      const { invite } = await call(anna.page, 'invite', {});
      // A link from elsewhere fills the dialog, and does nothing by itself.
      expect(await startAgain(optionsOf('Ben', { args: [invite] }))).toBe(0);
      await ben.page.getByRole('dialog').getByRole('button', { name: 'Pair', exact: true }).click();
      await waitUntil('both know each other', async () => (await call(anna.page, 'devices', {})).devices.length === 1);

      const added = await call(anna.page, 'folder.add', { path: annaFolder });
      await call(anna.page, 'folder.share', { folder: added.id, device: 'Ben', role: 'writer' });
      await waitUntil('the offer has come', async () => (await call(ben.page, 'folder.offers', {})).offers.length === 1);
      await call(ben.page, 'folder.accept', { folder: added.id, path: join(folder, 'Ben', 'docs') });
      const copy = join(folder, 'Ben', 'docs', 'hello.txt');
      await waitUntil('the file is there', () => existsSync(copy) && readFileSync(copy, 'utf8') === 'from Anna');
      await waitUntil('both say so', async () => (await call(ben.page, 'status', {})).folders[0]?.state === 'up-to-date');
      await ben.page.getByRole('link', { name: /Folders/ }).click();
      await ben.page.getByText('Up to date with Anna').first().waitFor();
      await ben.page.screenshot({ path: join(screens, 'desktop-folders.png') });

      // Ben hangs while Anna sleeps and wakes: her window tells of it, and the tray shows nothing as wrong.
      process.kill(ben.app.pid, 'SIGSTOP');
      await call(anna.page, 'suspend', {});
      await waitUntil('she is asleep', async () => (await call(anna.page, 'status', {})).device.suspended);
      await call(anna.page, 'resume', {});
      const lanes = await call(anna.page, 'lanes', {});
      expect(lanes.self.segments.some(({ state }) => state === 'asleep')).toBe(true);
      expect((await call(anna.page, 'status', {})).device.suspended).toBe(false);
      process.kill(ben.app.pid, 'SIGCONT');
      writeFileSync(join(annaFolder, 'later.txt'), 'after the sleep');
      await waitUntil('the later file is there', () => existsSync(join(folder, 'Ben', 'docs', 'later.txt')));

      // Settings outlive a restart, and so does what was paired.
      await call(anna.page, 'settings.set', { key: 'limits.upKiBps', value: 512 });
      await anna.app.quit();
      expect(existsSync(anna.app.home.apiFile)).toBe(false);
      const again = await start('Anna');
      expect((await call(again.page, 'settings.get', {})).settings['limits.upKiBps']).toBe(512);
      await waitUntil('they find each other again', async () => (await call(again.page, 'status', {})).devices[0]?.state === 'live');
    },
    testMs,
  );

  test(
    'a second start shows the window of the first and ends',
    async () => {
      const { app, page } = await start('Once');
      await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      const isVisible = (): Promise<boolean> =>
        app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true);
      await waitUntil('closing hides the window', async () => !(await isVisible()));
      expect(await startAgain(optionsOf('Once'))).toBe(0);
      await waitUntil('it is back', isVisible);
      expect((await call(page, 'status', {})).device.name).toBe('Once');
    },
    testMs,
  );

  test(
    'SEC-3 a hostile page gets nowhere: no other page, no window, no file, no code, no permission, no call that is not checked',
    async () => {
      const { app, page } = await start('Hostile');
      const address = page.url();
      const attempts = await page.evaluate(async () => {
        const outcome = async (attempt: () => unknown): Promise<string> => {
          try {
            return String(await attempt());
          } catch {
            return 'refused';
          }
        };
        const bridge = window.dormouse as unknown as {
          call(verb: unknown, request: unknown): Promise<unknown>;
          ask(what: unknown, request: unknown): Promise<unknown>;
        };
        const ok = async (reply: Promise<unknown>): Promise<unknown> => (await (reply as Promise<{ ok: boolean }>)).ok;
        const page = globalThis as unknown as {
          open(url: string): unknown;
          fetch(url: string): Promise<{ status: number }>;
          require?: unknown;
          process?: unknown;
          document: {
            createElement(name: string): { src: string; onload: unknown; onerror: unknown; textContent: string };
            body: { append(node: unknown): void };
          };
          navigator: { mediaDevices: { getUserMedia(what: object): Promise<unknown> } };
          hacked?: boolean;
        };
        const script = page.document.createElement('script');
        return {
          node: typeof page.require + typeof page.process,
          open: String(page.open('https://elsewhere.example/')),
          file: await outcome(async () => (await page.fetch('file:///etc/passwd')).status),
          net: await outcome(async () => (await page.fetch('https://elsewhere.example/')).status),
          api: await outcome(async () => (await page.fetch('http://127.0.0.1/')).status),
          above: await outcome(async () => (await page.fetch('dormouse-app://window/../package.json')).status),
          // oxlint-disable-next-line typescript/no-implied-eval -- that it is refused is the test
          code: await outcome(() => new Function('return 1')()),
          inline: await outcome(() => {
            script.textContent = 'globalThis.hacked = true';
            page.document.body.append(script);
            return page.hacked === true;
          }),
          camera: await outcome(() => page.navigator.mediaDevices.getUserMedia({ video: true })),
          unknownVerb: await outcome(() => ok(bridge.call('shutdown', {}))),
          badRequest: await outcome(() => ok(bridge.call('folder.add', { path: 7 }))),
          verbObject: await outcome(() => ok(bridge.call({ toString: () => 'status' }, {}))),
          link: await outcome(() => bridge.ask('open-link', { url: 'file:///etc/passwd' })),
          program: await outcome(() => bridge.ask('run', { file: '/bin/sh' })),
          folder: await outcome(() => bridge.ask('open-folder', { folder: '/etc' })),
        };
      });
      expect(attempts).toEqual({
        node: 'undefinedundefined',
        open: 'null',
        file: 'refused',
        net: 'refused',
        api: 'refused',
        above: '404',
        code: 'refused',
        inline: expect.stringMatching(/^(refused|false)$/),
        camera: 'refused',
        unknownVerb: 'false',
        badRequest: 'false',
        verbObject: expect.stringMatching(/^(refused|false)$/),
        link: 'false',
        program: 'refused',
        folder: 'false',
      });
      for (const url of ['https://elsewhere.example/', 'file:///etc/passwd', 'data:text/html,<h1>x</h1>']) {
        await page
          .evaluate((to) => ((globalThis as unknown as { location: { href: string } }).location.href = to), url)
          .catch(() => undefined);
        expect(page.url()).toBe(address);
      }
      expect(await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    },
    testMs,
  );

  test.skipIf(noSecrets !== undefined)(
    `SEC-1 the key is in the system’s key store, and the device is the same after a restart${noSecrets === undefined ? '' : ` (${noSecrets})`}`,
    async () => {
      const secrets = await SecretSession.start(join(folder, 'Secret'));
      try {
        const more = { keys: 'os', env: secrets.env } as const;
        const first = await start('Secret', more);
        const { device } = await call(first.page, 'status', {});
        expect({ storage: device.keyStorage, warnings: device.warnings }).toEqual({ storage: 'os', warnings: [] });
        expect(readdirSync(first.app.home.keyFolder)).toEqual([]);
        await first.app.quit();
        const again = await start('Secret', more);
        expect((await call(again.page, 'status', {})).device.id).toBe(device.id);
        await again.app.quit();
      } finally {
        await secrets.stop();
      }
    },
    testMs,
  );

  test(
    'quitting in the middle of a transfer is quick, and the next start goes on',
    async () => {
      const { app, page } = await start('Quick');
      const big = join(folder, 'Quick', 'big');
      mkdirSync(big, { recursive: true });
      writeFileSync(join(big, 'file.bin'), Buffer.alloc(64 * 1024 * 1024, 7));
      await call(page, 'folder.add', { path: big });
      const startedMs = performance.now();
      await app.quit();
      expect(performance.now() - startedMs).toBeLessThan(30_000);
      const again = await start('Quick');
      await waitUntil('the folder is scanned', async () => (await call(again.page, 'status', {})).folders[0]?.total.files === 1);
    },
    testMs,
  );
});
