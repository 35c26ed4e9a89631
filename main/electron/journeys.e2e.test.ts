import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { desktopMissing } from '../testing/desktop-app.ts';
import { type DesktopSeat, DesktopStage, call, waitUntil } from '../testing/desktop-stage.ts';
import { type SeenTray, chooseInTray, seeTray } from '../testing/tray-watch.ts';
import { screensFolder } from '../testing/window-page.ts';

const testMs = 240_000;
const waitMs = 90_000;
/** A window that learned of it by looking now and then would take longer. */
const shownMs = 5_000;
const missing = desktopMissing();

describe.skipIf(missing !== undefined)(`journeys in the desktop program${missing === undefined ? '' : ` (${missing})`}`, () => {
  let stage: DesktopStage;

  beforeAll(async () => {
    mkdirSync(screensFolder, { recursive: true });
    stage = await DesktopStage.start();
  }, testMs);
  afterEach(async () => stage.killAll());
  afterAll(async () => stage?.end());

  /** Two programs that sync `docs` of each, through their windows' bridges: for journeys that begin after that. */
  async function pairOfSeats(a: string, b: string): Promise<readonly [DesktopSeat, DesktopSeat]> {
    const seats = [await stage.start(a), await stage.start(b)] as const;
    const [first, second] = seats;
    await call(second.page, 'pair', { invite: (await call(first.page, 'invite', {})).invite });
    mkdirSync(stage.path(a, 'docs'), { recursive: true });
    const { id } = await call(first.page, 'folder.add', { path: stage.path(a, 'docs') });
    await call(first.page, 'folder.share', { folder: id, device: b, role: 'writer' });
    await waitUntil('the offer has come', async () => (await call(second.page, 'folder.offers', {})).offers.length === 1);
    await call(second.page, 'folder.accept', { folder: id, path: stage.path(b, 'docs') });
    await waitUntil('both are even', async () => (await Promise.all(seats.map(isUpToDate))).every(Boolean));
    return seats;
  }

  test(
    'from the welcome on two devices to a synced file by windows alone: the invite is copied in one and pasted into the other',
    async () => {
      const [anna, ben] = [await stage.start('Copies'), await stage.start('Pastes')];
      stage.write(stage.path('Copies', 'docs', 'hello.txt'), 'hello from the first');
      await press(anna.page, 'Continue', 'Add a folder of this device');
      await anna.page.getByLabel('Folder on this device').fill(stage.path('Copies', 'docs'));
      await press(anna.page, 'Add folder', 'Copy invite', 'Copied');

      await press(ben.page, 'Continue', 'Join with an invite');
      const field = ben.page.getByLabel('Invite of the other device');
      await field.click();
      await ben.page.keyboard.press('Control+V');
      await waitUntil('the invite is pasted', async () => (await field.inputValue()).startsWith('dormouse:pair/'));
      await press(ben.page, 'Pair');
      await press(anna.page, 'Share the folder with Pastes');
      await press(ben.page, 'Accept docs');
      await ben.page.getByLabel('Where on this device').fill(stage.path('Pastes', 'docs'));
      await ben.page.getByRole('button', { name: 'Accept', exact: true }).click();
      await press(ben.page, 'Done');
      await ben.page.getByText('Up to date with Copies').first().waitFor({ timeout: waitMs });
      expect(readFileSync(stage.path('Pastes', 'docs', 'hello.txt'), 'utf8')).toBe('hello from the first');
      await anna.page.getByText('Up to date with Pastes').first().waitFor({ timeout: waitMs });
      await waitUntil('the tray says so', async () => (await seeTray(anna.app.app)).tooltip === 'Dormouse: docs: Up to date with Pastes');
      expect((await seeTray(anna.app.app)).state).toBe('up-to-date');
    },
    testMs,
  );

  test(
    'FLD-3 a conflict is shown by the tray, opened from its menu, and settled by a click',
    async () => {
      const [anna, ben] = await pairOfSeats('Settles', 'Edits');
      await call(ben.page, 'device.pause', { device: 'Settles', paused: true });
      await waitUntil('the link is down', async () => (await call(anna.page, 'status', {})).devices[0]?.state !== 'live');
      const [here, there] = ['what the first wants', 'what the second wants, longer'];
      stage.write(stage.path('Settles', 'docs', 'plan.txt'), here);
      stage.write(stage.path('Edits', 'docs', 'plan.txt'), there);
      await Promise.all([anna, ben].map(async ({ page }) => call(page, 'up', { timeoutSeconds: 3 })));
      await call(ben.page, 'device.pause', { device: 'Settles', paused: false });
      await waitUntil('the conflict is known', async () => (await call(anna.page, 'conflicts', {})).conflicts.length === 1);
      await waitUntil('the tray shows it', async () => (await seeTray(anna.app.app)).labels.includes('1 conflict to settle…'));
      // The first 30 s of the program are as calm as those after a wake.
      await waitUntil('the icon shows it', async () => (await seeTray(anna.app.app)).state === 'attention');

      const inPlace = readFileSync(stage.path('Settles', 'docs', 'plan.txt'), 'utf8');
      await chooseInTray(anna.app.app, '1 conflict to settle…');
      await anna.page.getByRole('button', { name: 'Keep this one: the other version of plan.txt' }).click({ timeout: waitMs });
      await anna.page.getByText('No conflicts').waitFor({ timeout: waitMs });
      const kept = inPlace === here ? there : here;
      expect(readFileSync(stage.path('Settles', 'docs', 'plan.txt'), 'utf8')).toBe(kept);
      expect(readdirSync(stage.path('Settles', 'docs')).filter((name) => name.includes('conflict'))).toEqual([]);
      await waitUntil('the other one has it', () => readFileSync(stage.path('Edits', 'docs', 'plan.txt'), 'utf8') === kept);
      await waitUntil('the tray is calm again', async () => (await seeTray(anna.app.app)).state === 'up-to-date');
    },
    testMs,
  );

  test(
    'SES-6 a sleep told by the power port, with the other program frozen: the lane shows sleep and wake, the tray nothing wrong',
    async () => {
      const [anna, ben] = await pairOfSeats('Sleeps', 'Freezes');
      process.kill(ben.app.pid, 'SIGSTOP');
      await anna.app.app.evaluate(({ powerMonitor }) => void powerMonitor.emit('suspend'));
      await waitUntil('it is asleep', async () => (await call(anna.page, 'status', {})).device.suspended);
      stage.write(stage.path('Sleeps', 'docs', 'while-asleep.txt'), 'written by a program that was quicker than the sleep');
      await anna.app.app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume'));
      await waitUntil('it is awake', async () => !(await call(anna.page, 'status', {})).device.suspended);

      // The other one is silent: it is looked for, named as not reached, and nothing is claimed or shown as wrong.
      const seen: SeenTray[] = [];
      await waitUntil('it is seen that nobody answers', async () => {
        seen.push(await seeTray(anna.app.app));
        const [folder] = (await call(anna.page, 'status', {})).folders;
        return folder?.state === 'alone';
      });
      expect(seen.map(({ state }) => state)).not.toContain('attention');
      await waitUntil('the tray says that nobody is there', async () => (await seeTray(anna.app.app)).state === 'offline');

      process.kill(ben.app.pid, 'SIGCONT');
      const copy = stage.path('Freezes', 'docs', 'while-asleep.txt');
      await waitUntil('what was written meanwhile has come', () => existsSync(copy) && statSync(copy).size > 0);
      await waitUntil('the tray says so', async () => (await seeTray(anna.app.app)).state === 'up-to-date');

      await press(anna.page, 'Continue', 'Look around first');
      await anna.page.getByRole('link', { name: /Devices/ }).click();
      const lane = anna.page.getByRole('group', { name: 'Sleeps' });
      const wake = lane.getByRole('button', { name: /This device woke at .* of sleep/ }).last();
      await wake.waitFor({ timeout: waitMs });
      expect(await lane.locator('.lane-bar.is-asleep').count()).toBeGreaterThan(0);
      await waitUntil('the lane tells when they were even', async () => /Even after/.test((await wake.getAttribute('aria-label')) ?? ''));
      await wake.hover();
      await anna.page
        .getByRole('tooltip')
        .getByText(/Linked again after/)
        .waitFor();
      await anna.page.screenshot({ path: join(screensFolder, 'desktop-lanes.png') });
    },
    testMs,
  );

  test(
    'STA-2 BLK-3 a transfer is shown at once on both sides; quitting in its middle is in order, and the next start goes on with what was there',
    async () => {
      const [anna, ben] = await pairOfSeats('Sends', 'Quits');
      const content = Buffer.alloc(24 * 1024 * 1024, 'not the same block twice ');
      for (let at = 0; at < content.length; at += 4096) content.writeUInt32LE(at, at);
      await call(ben.page, 'settings.set', { key: 'limits.exemptLan', value: false });
      await call(ben.page, 'settings.set', { key: 'limits.downKiBps', value: 2048 });
      for (const { page } of [anna, ben]) {
        await press(page, 'Continue', 'Look around first');
        await page.getByRole('link', { name: /Activity/ }).click();
        await page.getByText('Nothing is moving').waitFor();
      }
      stage.write(stage.path('Sends', 'docs', 'film.bin'), content);
      await Promise.all([
        ben.page.getByRole('article', { name: 'film.bin' }).waitFor({ timeout: shownMs }),
        anna.page.getByText('Sending to Quits').waitFor({ timeout: shownMs }),
        anna.page.getByText('1 file (24 MiB) is only here').waitFor({ timeout: shownMs }),
      ]);
      await anna.page.screenshot({ path: join(screensFolder, 'desktop-sends.png') });
      await ben.page.screenshot({ path: join(screensFolder, 'desktop-fetches.png') });
      for (const { app } of [anna, ben]) await waitUntil('the tray says so', async () => (await seeTray(app.app)).state === 'syncing');
      await waitUntil('a part of it has come', async () => {
        const [transfer] = (await call(ben.page, 'status', {})).transfers;
        return transfer !== undefined && transfer.done > 0;
      });
      await chooseInTray(ben.app.app, 'Quit');
      await waitUntil('it has ended', () => !existsSync(ben.app.home.apiFile));
      expect(existsSync(stage.path('Quits', 'docs', 'film.bin'))).toBe(false);
      await ben.app.quit();

      const again = await stage.start('Quits');
      expect((await call(again.page, 'settings.get', {})).settings['limits.downKiBps']).toBe(2048);
      await call(again.page, 'settings.set', { key: 'limits.downKiBps', value: 0 });
      const copy = stage.path('Quits', 'docs', 'film.bin');
      await waitUntil('it is there', () => existsSync(copy) && readFileSync(copy).equals(content));
      await waitUntil('both say so', async () => (await isUpToDate(anna)) && (await isUpToDate(again)));
    },
    testMs,
  );
});

async function isUpToDate({ page }: DesktopSeat): Promise<boolean> {
  return (await call(page, 'status', {})).folders[0]?.state === 'up-to-date';
}

/** Presses one button after the other, each as soon as it is there. */
async function press(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole('button', { name }).click({ timeout: 30_000 });
}
