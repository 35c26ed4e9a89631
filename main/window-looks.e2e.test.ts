import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { launchBrowser, noBrowserReason } from './testing/browser.ts';
import { fixtureActivity, fixtureLanes } from './testing/window-fixture-story.ts';
import { freshFixture, windowFixture } from './testing/window-fixture.ts';
import { goTo, looks, openPage, servePage, takeScreen } from './testing/window-page.ts';
import { fixtureViews } from './testing/window-views.ts';

const testMs = 240_000;
const now = new Date();
const story = { lanes: fixtureLanes(now), activity: fixtureActivity(now, 60) };
const noLanes = { now: now.toISOString(), self: { ...fixtureLanes(now).self, wakes: [] }, devices: [] };

describe.skipIf(noBrowserReason !== undefined)(`every view${noBrowserReason === undefined ? '' : ` (${noBrowserReason})`}`, () => {
  let browser: Browser;
  let full: ApiServer;
  let fresh: ApiServer;
  beforeAll(async () => {
    browser = await launchBrowser();
    full = await servePage(windowFixture(now));
    fresh = await servePage(freshFixture(now));
  }, testMs);
  afterAll(async () => {
    await browser?.close();
    await Promise.all([full?.stop(0), fresh?.stop(0)]);
  });

  test.each(looks)(
    'STA-2 is shown $theme and $width without a serious finding of axe, without sideways scrolling, without a complaint of the browser',
    async (look) => {
      const { page, context, complaints } = await openPage(browser, full.newPageLink() ?? '', look, story);
      const findings: string[] = [];
      for (const [name, hash, present, scrollTo] of fixtureViews) {
        await goTo(page, hash);
        await page.waitForSelector(present, { state: 'visible' });
        if (scrollTo !== undefined) await page.locator(scrollTo).last().scrollIntoViewIfNeeded();
        await takeScreen(page, name, look);
        findings.push(...(await seriousFindings(page)).map((finding) => `${name}: ${finding}`));
        const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        if (overflow > 0) findings.push(`${name}: ${overflow} px wider than the window`);
        if (name === 'pair') await page.keyboard.press('Escape');
      }
      await context.close();
      expect(findings).toEqual([]);
      expect(complaints).toEqual([]);
    },
    testMs,
  );

  test.each(looks)(
    'the welcome is shown $theme and $width',
    async (look) => {
      const { page, context, complaints } = await openPage(browser, fresh.newPageLink() ?? '', look, {
        lanes: noLanes,
        activity: { finished: [] },
      });
      const findings: string[] = [];
      const look1 = async (name: string): Promise<void> => {
        await takeScreen(page, name, look);
        findings.push(...(await seriousFindings(page)).map((finding) => `${name}: ${finding}`));
      };
      await page.getByRole('heading', { name: 'Welcome to Dormouse' }).waitFor();
      await look1('welcome-name');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('heading', { name: 'Your first folder' }).waitFor();
      await look1('welcome-choose');
      await page.getByRole('button', { name: 'Add a folder of this device' }).click();
      await page.getByLabel('Folder on this device').waitFor();
      await look1('welcome-add');
      await page.getByRole('button', { name: 'Back' }).click();
      await page.getByRole('button', { name: 'Look around first' }).click();
      await page.getByText('No folders yet').waitFor();
      await look1('empty-folders');
      for (const name of ['devices', 'activity', 'attention']) {
        await goTo(page, `#/${name}`);
        await page.waitForSelector('h1');
        await look1(`empty-${name}`);
      }
      await context.close();
      expect(findings).toEqual([]);
      expect(complaints).toEqual([]);
    },
    testMs,
  );
});

async function seriousFindings(page: ConstructorParameters<typeof AxeBuilder>[0]['page']): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => String(target)).join(', ')}`);
}
