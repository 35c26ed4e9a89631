import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, noBrowserReason } from './testing/browser.ts';
import { waitFor } from './testing/daemon-process.ts';
import { Journey } from './testing/window-journey.ts';
import { goTo } from './testing/window-page.ts';

const testMs = 300_000;
const waitMs = 60_000;
const markup = '<img src=x onerror="document.title=1">';

describe.skipIf(noBrowserReason !== undefined)(`journeys${noBrowserReason === undefined ? '' : ` (${noBrowserReason})`}`, () => {
  let browser: Browser;
  let journey: Journey;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, testMs);
  afterAll(async () => browser?.close());
  beforeEach(() => {
    journey = new Journey(browser);
  });
  afterEach(async () => journey.end(), testMs);

  test(
    'from the welcome on both devices to a file that is synced, by a pasted invite',
    async () => {
      const [anna, ben] = await Promise.all([journey.seat('anna'), journey.seat('ben')]);
      mkdirSync(anna.path('docs'));
      writeFileSync(anna.path('docs', 'hello.txt'), 'hello from anna');

      await pass(anna.page, ['Continue', 'Add a folder of this device']);
      await anna.page.getByLabel('Folder on this device').fill(anna.path('missing'));
      await anna.page.getByRole('button', { name: 'Add folder' }).click();
      // The core's own words, beside the field.
      await anna.page.getByText(`${anna.path('missing')} does not exist. Create it first, or check the spelling.`).waitFor();
      await anna.page.getByLabel('Folder on this device').fill(anna.path('docs'));
      await anna.page.getByRole('button', { name: 'Add folder' }).click();
      const invite = await anna.page.getByLabel('The invite as text').innerText();

      await ben.page.getByLabel('Name of this device').fill("Ben's new name");
      await pass(ben.page, ['Continue', 'Join with an invite']);
      await ben.page.getByLabel('Invite of the other device').fill(invite);
      await pass(ben.page, ['Pair']);
      await anna.page.getByRole('button', { name: "Share the folder with Ben's new name" }).click({ timeout: waitMs });

      await ben.page.getByRole('button', { name: 'Accept docs' }).click({ timeout: waitMs });
      await ben.page.getByLabel('Where on this device').fill(ben.path('docs'));
      await ben.page.getByRole('button', { name: 'Accept', exact: true }).click();
      await pass(ben.page, ['Done']);
      await ben.page.getByText('Up to date with anna').waitFor({ timeout: waitMs });
      expect(await contentOf(ben.path('docs', 'hello.txt'))).toBe('hello from anna');
      await anna.page.getByText("Up to date with Ben's new name").waitFor({ timeout: waitMs });
      await anna.page.getByText('Safe to close the lid').waitFor({ timeout: waitMs });
      // A path that does not exist was asked for once, on purpose.
      expect(anna.complaints.filter((text) => !text.includes('404'))).toEqual([]);
      expect(ben.complaints.filter((text) => !text.includes('404'))).toEqual([]);
    },
    testMs,
  );

  test(
    'FLD-3 a conflict is settled by a click, and what lost comes back from the trash',
    async () => {
      const [anna, ben] = await Promise.all([journey.seat('anna'), journey.seat('ben')]);
      await journey.sync(anna, ben, 'docs');
      await ben.daemon.call('device.pause', { device: 'anna', paused: true });
      await waitFor('the link is down', waitMs, async () => {
        const { devices } = await anna.daemon.call('status', {});
        return devices[0]?.state === 'live' ? undefined : true;
      });
      writeFileSync(anna.path('docs', 'plan.txt'), 'what anna wants');
      writeFileSync(ben.path('docs', 'plan.txt'), 'what ben wants, longer');
      await Promise.all([anna, ben].map(({ daemon }) => daemon.call('up', { timeoutSeconds: 3 })));
      await ben.daemon.call('device.pause', { device: 'anna', paused: false });
      await waitFor('the conflict', waitMs, async () => (await anna.daemon.call('conflicts', {})).conflicts[0]);
      await anna.daemon.call('up', { timeoutSeconds: 30 });

      const inPlace = readFileSync(anna.path('docs', 'plan.txt'), 'utf8');
      const other = inPlace === 'what anna wants' ? 'what ben wants, longer' : 'what anna wants';
      await Promise.all([anna.page.reload(), ben.page.reload()]);
      await anna.page.getByRole('link', { name: /Needs attention/ }).click();
      await anna.page.getByRole('button', { name: 'Keep this one: the other version of plan.txt' }).click();
      await anna.page.getByText('No conflicts').waitFor({ timeout: waitMs });
      expect(readFileSync(anna.path('docs', 'plan.txt'), 'utf8')).toBe(other);
      expect(readdirSync(anna.path('docs')).filter((name) => name.includes('conflict'))).toEqual([]);
      await waitFor('ben has it', waitMs, async () => (readFileSync(ben.path('docs', 'plan.txt'), 'utf8') === other ? true : undefined));

      rmSync(anna.path('docs', 'plan.txt'));
      await waitFor('the removal', waitMs, async () => (existsSync(ben.path('docs', 'plan.txt')) ? undefined : true));
      await goTo(ben.page, '#/attention/trash');
      const row = ben.page.getByRole('listitem').filter({ hasText: 'docs · removed' });
      await row.getByRole('button', { name: 'Restore plan.txt' }).click({ timeout: waitMs });
      await ben.page.getByText('Restored as plan.txt').waitFor();
      expect(await contentOf(ben.path('docs', 'plan.txt'))).toBe(other);
      expect(await contentOf(anna.path('docs', 'plan.txt'))).toBe(other);
    },
    testMs,
  );

  test(
    'settings are kept over a restart, a bad value is refused beside its field, and the page finds its agent again by itself',
    async () => {
      const anna = await journey.seat('anna');
      const { page } = anna;
      await pass(page, ['Continue', 'Look around first']);
      await page.getByRole('link', { name: 'Settings' }).click();
      const limit = page.getByLabel('Send at most');
      await limit.fill('-5');
      await limit.press('Enter');
      await page.getByRole('alert').getByText('"-5" is not a value for limits.upKiBps').waitFor();
      expect(await limit.getAttribute('aria-invalid')).toBe('true');
      await limit.fill('2048');
      await limit.press('Enter');
      await waitFor('the setting', waitMs, async () => {
        const { settings } = await anna.daemon.call('settings.get', {});
        return settings['limits.upKiBps'] === 2048 ? true : undefined;
      });
      await page.getByRole('switch', { name: 'Find devices on the local network' }).focus();
      await page.keyboard.press('Space');
      await waitFor('the switch', waitMs, async () => {
        const { settings } = await anna.daemon.call('settings.get', {});
        const isSaved = await page.getByRole('switch', { name: 'Find devices on the local network' }).isEnabled();
        return settings['discovery.lan'] === false && isSaved ? true : undefined;
      });

      await anna.daemon.kill();
      await page.locator('.banner').getByText('The agent does not answer.').waitFor({ timeout: waitMs });
      await anna.daemon.start({ args: ['--ui'] });
      await page.locator('.banner').waitFor({ state: 'hidden', timeout: waitMs });
      await page.reload();
      await goTo(page, '#/settings');
      expect(await page.getByLabel('Send at most').inputValue()).toBe('2048');
      expect(await page.getByRole('switch', { name: 'Find devices on the local network' }).isChecked()).toBe(false);
    },
    testMs,
  );

  test(
    'names of devices and files stay text, and a folder is paused and removed with its files left where they are',
    async () => {
      const [anna, ben] = await Promise.all([journey.seat(markup), journey.seat('ben')]);
      await journey.sync(anna, ben, 'docs');
      writeFileSync(anna.path('docs', `${markup}.txt`), 'x');
      expect(await contentOf(ben.path('docs', `${markup}.txt`))).toBe('x');
      rmSync(anna.path('docs', `${markup}.txt`));
      await waitFor('the trash', waitMs, async () => (await ben.daemon.call('trash.list', {})).items[0]);
      const { page } = ben;
      await page.reload();
      for (const hash of ['#/folders', '#/devices', '#/activity', '#/attention/trash', '#/settings']) {
        await goTo(page, hash);
        await page.waitForSelector('h1');
        expect(await page.locator('img').count()).toBe(0);
      }
      await goTo(page, '#/devices');
      await page.getByRole('link', { name: markup }).waitFor();
      await goTo(page, '#/attention/trash');
      await page.getByText(`${markup}.txt`, { exact: true }).waitFor();
      expect(await page.title()).toBe('Needs attention – Dormouse');

      await goTo(page, '#/folders');
      await page.getByRole('button', { name: 'Pause docs' }).click();
      await page.getByText('Paused').first().waitFor();
      expect((await ben.daemon.call('status', {})).folders[0]?.state).toBe('paused');
      await page.getByRole('button', { name: 'Resume docs' }).click();
      await page.getByRole('link', { name: 'docs' }).click();
      await page.getByRole('button', { name: 'Remove…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(`All files stay in ${ben.path('docs')}.`).waitFor();
      await dialog.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('No folders yet').waitFor();
      expect(existsSync(ben.path('docs'))).toBe(true);
      expect((await ben.daemon.call('folder.list', {})).folders).toEqual([]);
    },
    testMs,
  );
});

/** Presses one button after the other. */
async function pass(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole('button', { name }).click({ timeout: 30_000 });
}

async function contentOf(path: string): Promise<string> {
  return waitFor(`${path} appears`, waitMs, async () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined));
}
