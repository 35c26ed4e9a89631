import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { preparePage } from '../page-build.ts';
import { projectFolder } from '../version.ts';
import type { FakeService } from './fake-service.ts';

/** Where the tests leave pictures of every view, to be looked at. */
export const screensFolder = join(projectFolder, 'out', 'screens');

/** The built page, served with a stand-in for the agent behind it. */
export async function servePage(service: FakeService): Promise<ApiServer> {
  const page = preparePage();
  if (!page.ok) throw new Error(page.error.text);
  const options = {
    service,
    token: 'token',
    incarnation: '0123456789abcdef',
    logger: { log: () => undefined },
    port: 0,
    nowMs: () => performance.now(),
    page: { folder: page.value, secret: 'a secret of the test' },
  };
  const started = await startApiServer(options);
  if (!started.ok) throw new Error(started.error.text);
  return started.value;
}

export interface Look {
  readonly theme: 'light' | 'dark';
  readonly width: 'wide' | 'narrow';
}

export const looks: readonly Look[] = [
  { theme: 'light', width: 'wide' },
  { theme: 'dark', width: 'wide' },
  { theme: 'light', width: 'narrow' },
  { theme: 'dark', width: 'narrow' },
];

/** What the browser complained of, page errors and refusals of the content security policy included. */
export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/** Opens a one-time link in a browser profile of its own. `replies` stand in for what the agent would answer, by verb. */
export async function openPage(
  browser: Browser,
  link: string,
  look: Look = { theme: 'light', width: 'wide' },
  replies: Readonly<Record<string, unknown>> = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    viewport: look.width === 'wide' ? { width: 1080, height: 760 } : { width: 480, height: 800 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  for (const [verb, reply] of Object.entries(replies)) await page.route(`**/api/1/${verb}`, (route) => route.fulfill({ json: reply }));
  await page.goto(link);
  await page.waitForSelector('h1');
  return { page, context, complaints };
}

/** Leaves a picture as out/screens/NAME-THEME-WIDTH.png. */
export async function takeScreen(page: Page, name: string, { theme, width }: Look): Promise<void> {
  mkdirSync(screensFolder, { recursive: true });
  await page.screenshot({ path: join(screensFolder, `${name}-${theme}-${width}.png`) });
}

/** Follows a link within the page. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}
