import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { WindowBridge } from '../../core/api/index.ts';
import { desktopMissing, startAgain } from '../testing/desktop-app.ts';
import { DesktopStage, call, waitUntil } from '../testing/desktop-stage.ts';
import { screensFolder } from '../testing/window-page.ts';

const testMs = 180_000;
const missing = desktopMissing();

declare const window: { readonly dormouse: WindowBridge };

describe.skipIf(missing !== undefined)(`the desktop program${missing === undefined ? '' : ` (${missing})`}`, () => {
  let stage: DesktopStage;

  beforeAll(async () => {
    mkdirSync(screensFolder, { recursive: true });
    stage = await DesktopStage.start();
  }, testMs);
  afterEach(async () => stage.killAll());
  afterAll(async () => stage?.end());

  test(
    'first run to first synced file between two of them by the link of an invite, and all of it kept over a restart',
    async () => {
      const anna = await stage.start('Anna');
      const ben = await stage.start('Ben');
      const annaFolder = stage.path('Anna', 'docs');
      mkdirSync(annaFolder, { recursive: true });
      writeFileSync(join(annaFolder, 'hello.txt'), 'from Anna');

      await anna.page.getByRole('heading', { name: 'Welcome to Dormouse' }).waitFor();
      await anna.page.screenshot({ path: join(screensFolder, 'desktop-welcome.png') });
      const { invite } = await call(anna.page, 'invite', {});
      // A link from elsewhere fills the dialog, and does nothing by itself.
      expect(await startAgain(stage.optionsOf('Ben', { args: [invite] }))).toBe(0);
      await ben.page.getByRole('dialog').getByRole('button', { name: 'Pair', exact: true }).click();
      await waitUntil('both know each other', async () => (await call(anna.page, 'devices', {})).devices.length === 1);

      const added = await call(anna.page, 'folder.add', { path: annaFolder });
      await call(anna.page, 'folder.share', { folder: added.id, device: 'Ben', role: 'writer' });
      await waitUntil('the offer has come', async () => (await call(ben.page, 'folder.offers', {})).offers.length === 1);
      await call(ben.page, 'folder.accept', { folder: added.id, path: stage.path('Ben', 'docs') });
      const copy = stage.path('Ben', 'docs', 'hello.txt');
      await waitUntil('the file is there', () => existsSync(copy) && readFileSync(copy, 'utf8') === 'from Anna');
      await waitUntil('both say so', async () => (await call(ben.page, 'status', {})).folders[0]?.state === 'up-to-date');
      await ben.page.getByRole('link', { name: /Folders/ }).click();
      await ben.page.getByText('Up to date with Anna').first().waitFor();
      await ben.page.screenshot({ path: join(screensFolder, 'desktop-folders.png') });

      // Settings outlive a restart, and so does what was paired.
      await call(anna.page, 'settings.set', { key: 'limits.upKiBps', value: 512 });
      await anna.app.quit();
      expect(existsSync(anna.app.home.apiFile)).toBe(false);
      const again = await stage.start('Anna');
      expect((await call(again.page, 'settings.get', {})).settings['limits.upKiBps']).toBe(512);
      await waitUntil('they find each other again', async () => (await call(again.page, 'status', {})).devices[0]?.state === 'live');
    },
    testMs,
  );

  test(
    'a second start shows the window of the first and ends',
    async () => {
      const { app, page } = await stage.start('Once');
      await app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      const isVisible = (): Promise<boolean> =>
        app.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true);
      await waitUntil('closing hides the window', async () => !(await isVisible()));
      expect(await startAgain(stage.optionsOf('Once'))).toBe(0);
      await waitUntil('it is back', isVisible);
      expect((await call(page, 'status', {})).device.name).toBe('Once');
    },
    testMs,
  );

  test(
    'SEC-3 a hostile page gets nowhere: no other page, no window, no file, no code, no permission, no call that is not checked',
    async () => {
      const { app, page } = await stage.start('Hostile');
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

  test(
    'quitting while a folder is looked through is quick, and the next start goes on',
    async () => {
      const { app, page } = await stage.start('Quick');
      const big = stage.path('Quick', 'big');
      mkdirSync(big, { recursive: true });
      writeFileSync(join(big, 'file.bin'), Buffer.alloc(64 * 1024 * 1024, 7));
      await call(page, 'folder.add', { path: big });
      const startedMs = performance.now();
      await app.quit();
      expect(performance.now() - startedMs).toBeLessThan(30_000);
      const again = await stage.start('Quick');
      await waitUntil('the folder is scanned', async () => (await call(again.page, 'status', {})).folders[0]?.total.files === 1);
    },
    testMs,
  );
});
