import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { windowChannels } from '../../core/api/index.ts';
import { desktopMissing } from '../testing/desktop-app.ts';
import { type DesktopSeat, DesktopStage } from '../testing/desktop-stage.ts';
import type { FakeService } from '../testing/fake-service.ts';
import { fixtureActivity, fixtureLanes } from '../testing/window-fixture-story.ts';
import { freshFixture, windowFixture } from '../testing/window-fixture.ts';
import { goTo, looks, screensFolder, type Look } from '../testing/window-page.ts';
import { fixtureViews } from '../testing/window-views.ts';

const testMs = 240_000;
const waitMs = 30_000;
const missing = desktopMissing();
const now = new Date();
const contentSizes = { wide: { width: 1040, height: 840 }, narrow: { width: 480, height: 720 } } as const;

describe.skipIf(missing !== undefined)(`the looks of the desktop program${missing === undefined ? '' : ` (${missing})`}`, () => {
  let stage: DesktopStage;
  let seat: DesktopSeat;
  beforeAll(async () => {
    stage = await DesktopStage.start();
    seat = await stage.start('Looks');
    await seat.page.waitForSelector('h1');
  }, testMs);
  afterAll(async () => stage?.end());

  test.each(looks)(
    'STA-2 every view $theme and $width: a picture, no sideways scrolling, no complaint of the runtime',
    async (look) => {
      const { page, app } = seat;
      await dress(seat, look);
      await standIn(seat, windowFixture(now));
      const wider: string[] = [];
      for (const [name, hash, present, scrollTo] of fixtureViews) {
        await goTo(page, hash);
        await page.waitForSelector(present, { state: 'visible', timeout: waitMs });
        if (scrollTo !== undefined) await page.locator(scrollTo).last().scrollIntoViewIfNeeded();
        await take(page, name, look);
        if (Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) > 0) wider.push(name);
        if (name === 'pair') await page.keyboard.press('Escape');
      }
      await standIn(seat, freshFixture(now));
      await page.getByRole('heading', { name: 'Welcome to Dormouse' }).waitFor();
      await take(page, 'welcome', look);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Add a folder of this device' }).click();
      await page.getByLabel('Folder on this device').waitFor();
      await take(page, 'welcome-add', look);
      expect(wider).toEqual([]);
      expect(app.complaints).toEqual([]);
    },
    testMs,
  );
});

/** Theme and size as a person's system and hand give them. */
async function dress({ app }: DesktopSeat, { theme, width }: Look): Promise<void> {
  await app.app.evaluate(
    ({ nativeTheme, BrowserWindow }, [source, size]) => {
      nativeTheme.themeSource = source;
      BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height);
    },
    [theme, contentSizes[width]] as const,
  );
}

/** From here on the window is answered by `service` instead of the agent, as one with a full life behind it; loads the page again. */
async function standIn({ app, page }: DesktopSeat, service: FakeService): Promise<void> {
  const answers: Record<string, unknown> = { lanes: fixtureLanes(now), activity: fixtureActivity(now, 60) };
  for (const [verb, answer] of service.answers) answers[verb] = await answer({});
  await app.app.evaluate(
    ({ ipcMain }, { channel, replies }) => {
      ipcMain.removeHandler(channel);
      ipcMain.handle(channel, (_event, verb: string) => replies[verb] ?? { ok: true, value: {} });
    },
    { channel: windowChannels.call, replies: withResults(answers) },
  );
  await page.evaluate("localStorage.clear(); location.hash = ''");
  await page.reload();
  await page.waitForSelector('h1');
}

/** Stand-ins answer with results, the story with what is in them. */
function withResults(answers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isResult = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && 'ok' in answer;
  return Object.fromEntries(
    Object.entries(answers).map(([verb, answer]) => [verb, isResult(answer) ? answer : { ok: true, value: answer }]),
  );
}

async function take(page: Page, name: string, { theme, width }: Look): Promise<void> {
  // Nothing is pointed at.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(screensFolder, `desktop-${name}-${theme}-${width}.png`), animations: 'disabled' });
}
