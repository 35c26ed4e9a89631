import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiVerb } from '../core/api/index.ts';
import { ok } from '../core/base/index.ts';
import type { ApiServer } from './api-server.ts';
import { launchBrowser, noBrowserReason } from './testing/browser.ts';
import type { FakeService } from './testing/fake-service.ts';
import { fixtureTrash, windowFixture } from './testing/window-fixture.ts';
import { longLists } from './testing/window-fixture-lists.ts';
import { fixtureLanes } from './testing/window-fixture-story.ts';
import { goTo, openPage, servePage } from './testing/window-page.ts';

const testMs = 240_000;
const rowCount = 50_000;
const conflictCount = 500;
/** As many as a folder's status tells of at once. */
const transferCount = 200;
/** Rows are drawn, measured and put in their places by then. */
const framesToDraw = 4;
/** Far more than a screen shows, far less than the list has. */
const nodesMax = 1500;
const now = new Date();

describe.skipIf(noBrowserReason !== undefined)(`in a browser${noBrowserReason === undefined ? '' : ` (${noBrowserReason})`}`, () => {
  let browser: Browser;
  let service: FakeService;
  let server: ApiServer;
  let crowdedServer: ApiServer | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
    service = windowFixture(now);
    server = await servePage(service);
  }, testMs);
  afterAll(async () => {
    await browser?.close();
    await server?.stop(0);
    await crowdedServer?.stop(0);
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
        await scrollTo(page, part);
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
    'every view has a bounded number of nodes with 50 000 files in a folder, 500 conflicts, as many problems and all transfers that a status holds',
    async () => {
      const lists = longLists(now, { files: rowCount, conflicts: conflictCount, problems: conflictCount, transfers: transferCount });
      const crowded = windowFixture(now);
      for (const [verb, reply] of Object.entries(lists)) crowded.answers.set(verb as ApiVerb, async () => ok(reply));
      crowdedServer = await servePage(crowded);
      const { page, context, complaints } = await openPage(browser, crowdedServer.newPageLink() ?? '', undefined, {
        lanes: fixtureLanes(now),
      });
      const folder = lists.status.folders.find(({ total }) => total.files === rowCount);
      for (const { hash, shows } of [
        { hash: '#/folders', shows: 'Documents' },
        { hash: `#/folders/${folder?.id}`, shows: /^50.000$/ },
        { hash: '#/devices', shows: "Anna's ThinkPad" },
        { hash: '#/activity', shows: 'Moving 0001.bin' },
        { hash: '#/attention/conflicts', shows: 'Disputed 0001.odt' },
        { hash: '#/attention/problems', shows: 'Troubled 0001.odt' },
        { hash: '#/settings', shows: 'This device' },
      ]) {
        await goTo(page, hash);
        await page.locator('#main').getByText(shows).first().waitFor();
        for (const part of [0, 0.37, 0.81, 1]) {
          await scrollTo(page, part);
          expect(await nodeCount(page), hash).toBeLessThan(nodesMax);
        }
      }

      await goTo(page, '#/activity');
      const moving = page.getByRole('list', { name: 'Now' });
      await page.getByText('Moving 0001.bin').waitFor();
      await expect.poll(async () => (await scrollTo(page, 1), page.getByText(`Done 0${transferCount}.bin`).isVisible())).toBe(true);
      expect(await moving.getByRole('article').count()).toBeLessThan(transferCount / 2);

      await goTo(page, '#/attention/conflicts');
      await page.getByText('Disputed 0001.odt').waitFor();
      const last = page.getByRole('button', { name: `Keep both: Disputed 0${conflictCount}.odt` });
      await expect.poll(async () => (await scrollTo(page, 1), last.isVisible())).toBe(true);
      await last.click();
      await expect.poll(() => crowded.calls.findLast(({ verb }) => verb === 'conflict.resolve')?.request).toMatchObject({ keep: 'both' });
      expect(complaints).toEqual([]);
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

/** Scrolls the view to a part of its length, and waits until that was drawn. */
async function scrollTo(page: Page, part: number): Promise<void> {
  await page.evaluate(`new Promise((drawn) => {
    const main = document.getElementById('main');
    main.scrollTop = main.scrollHeight * ${part};
    const frames = (left) => (left === 0 ? drawn() : requestAnimationFrame(() => frames(left - 1)));
    frames(${framesToDraw});
  })`);
}

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
