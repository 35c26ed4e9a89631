import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ok } from '../core/base/index.ts';
import type { ApiServer } from './api-server.ts';
import { launchBrowser, noBrowserReason } from './testing/browser.ts';
import type { FakeService } from './testing/fake-service.ts';
import { fixtureTrash, windowFixture } from './testing/window-fixture.ts';
import { fixtureLanes } from './testing/window-fixture-story.ts';
import { goTo, openPage, servePage } from './testing/window-page.ts';

const testMs = 240_000;
const rowCount = 50_000;
/** Far more than a screen shows, far less than the list has. */
const nodesMax = 1500;
const now = new Date();

describe.skipIf(noBrowserReason !== undefined)(`in a browser${noBrowserReason === undefined ? '' : ` (${noBrowserReason})`}`, () => {
  let browser: Browser;
  let service: FakeService;
  let server: ApiServer;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = windowFixture(now);
    server = await servePage(service);
  }, testMs);
  afterAll(async () => {
    await browser?.close();
    await server?.stop(0);
  });

  test(
    'a list of 50 000 rows has a bounded number of nodes wherever it is scrolled to, and its last row can be reached and used',
    async () => {
      service.answers.set('trash.list', async () => ok({ items: fixtureTrash(now, rowCount) }));
      service.answers.set('trash.restore', async () => ok({ path: 'there' }));
      const { page, context } = await openPage(browser, server.newPageLink() ?? '');
      await goTo(page, '#/attention/trash');
      await page.getByText('Draft 00001.odt').waitFor({ timeout: 60_000 });
      for (const part of [0, 0.37, 0.81, 1]) {
        await page.evaluate(`{ const main = document.getElementById('main'); main.scrollTop = main.scrollHeight * ${part}; }`);
        await page.waitForTimeout(300);
        expect(await nodeCount(page)).toBeLessThan(nodesMax);
      }
      await page.getByRole('button', { name: `Restore Letters/Draft ${rowCount}.odt` }).click();
      expect(service.calls.findLast(({ verb }) => verb === 'trash.restore')?.request).toEqual({ id: `t${rowCount - 1}` });
      await page.evaluate(`document.getElementById('main').scrollTop = 0`);
      await page.getByLabel('Find in the trash').fill('draft 04711');
      await page.getByText('1 item', { exact: true }).waitFor();
      await context.close();
    },
    testMs,
  );

  test(
    'everything can be reached and done by keyboard alone, and the focus comes back from a dialog',
    async () => {
      const { page, context } = await openPage(browser, server.newPageLink() ?? '', undefined, { lanes: fixtureLanes(now) });
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Add folder');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Add a folder' }).waitFor();
      expect(await page.evaluate('document.activeElement.tagName')).toBe('INPUT');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await expect.poll(async () => focused(page)).toBe('Add folder');

      await tabTo(page, 'Photos');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Photos' }).waitFor();
      await tabTo(page, 'Share…');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByLabel('With').waitFor();
      await page.keyboard.press('Escape');

      await goTo(page, '#/devices');
      // The newest wake of a lane is its one stop; the arrow keys walk along the older ones.
      await tabTo(page, 'This device woke');
      const newest = await focused(page);
      await page.keyboard.press('ArrowLeft');
      expect(await focused(page)).toContain('This device woke');
      expect(await focused(page)).not.toBe(newest);
      await page.getByRole('tooltip').getByText('Even after').waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).not.toContain('This device woke');

      await goTo(page, '#/attention/conflicts');
      await page.getByRole('tab', { name: /Conflicts/ }).waitFor();
      await tabTo(page, 'Conflicts');
      await page.keyboard.press('ArrowRight');
      await page.getByText('01 Opening.flac').waitFor();
      await context.close();
    },
    testMs,
  );
});

async function nodeCount(page: Page): Promise<number> {
  return Number(await page.evaluate("document.getElementsByTagName('*').length"));
}

/** What has the focus, as a reader of the screen would say it. */
async function focused(page: Page): Promise<string> {
  const name: unknown = await page.evaluate(
    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? document.activeElement.tagName",
  );
  return String(name).trim();
}

/** Presses Tab until something whose name begins like that has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 60; step++) {
    if ((await focused(page)).startsWith(name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key never comes to "${name}".`);
}
