import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { desktopMissing } from '../testing/desktop-app.ts';
import { DesktopStage, call, waitUntil } from '../testing/desktop-stage.ts';
import { SecretSession, secretServiceMissing } from '../testing/secret-session.ts';
import { chooseInTray, seeTray } from '../testing/tray-watch.ts';

const testMs = 180_000;
const missing = desktopMissing() ?? secretServiceMissing();
/** A session without any key store. */
const noStore = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };

describe.skipIf(missing !== undefined)(`the key of the desktop program${missing === undefined ? '' : ` (${missing})`}`, () => {
  let stage: DesktopStage;
  let secrets: SecretSession;
  let sessions = 0;

  beforeAll(async () => {
    stage = await DesktopStage.start();
  }, testMs);
  beforeEach(async () => {
    secrets = await SecretSession.start(stage.path(`session-${sessions++}`));
  });
  afterEach(async () => {
    await stage.killAll();
    await secrets.stop();
  });
  afterAll(async () => stage?.end());

  test(
    'SEC-4 is in the system’s key store, and the device is the same after a restart',
    async () => {
      const more = { keys: 'os', env: secrets.env } as const;
      const first = await stage.start('Secret', more);
      const { device } = await call(first.page, 'status', {});
      expect({ storage: device.keyStorage, warnings: device.warnings }).toEqual({ storage: 'os', warnings: [] });
      expect(readdirSync(first.app.home.keyFolder)).toEqual([]);
      await first.app.quit();
      const again = await stage.start('Secret', more);
      expect((await call(again.page, 'status', {})).device.id).toBe(device.id);
      await again.app.quit();
    },
    testMs,
  );

  test(
    'SEC-4 moves out of its file once there is a key store: the window warns before and not after, and the device is the same',
    async () => {
      const first = await stage.start('Moved', { keys: 'unsaid', env: { ...secrets.env, ...noStore } });
      const { device } = await call(first.page, 'status', {});
      expect(device).toMatchObject({ keyStorage: 'file', warnings: [expect.stringContaining('no key store that can be used')] });
      for (const name of ['Continue', 'Look around first']) await first.page.getByRole('button', { name }).click();
      await first.page.getByRole('link', { name: 'Settings' }).click();
      await first.page.getByText('a file', { exact: true }).waitFor();
      expect(readdirSync(first.app.home.keyFolder)).toHaveLength(1);
      await first.app.quit();

      const again = await stage.start('Moved', { keys: 'unsaid', env: secrets.env });
      const moved = (await call(again.page, 'status', {})).device;
      expect({ id: moved.id, storage: moved.keyStorage, warnings: moved.warnings }).toEqual({ id: device.id, storage: 'os', warnings: [] });
      expect(readdirSync(again.app.home.keyFolder)).toEqual([]);
      await again.app.quit();
    },
    testMs,
  );

  test(
    'SEC-4 waits for a locked key store, says so in the tray, goes on as the same device when it is unlocked, and can be quit before',
    async () => {
      const more = { keys: 'os', env: secrets.env } as const;
      const first = await stage.start('Locked', more);
      const { id } = (await call(first.page, 'status', {})).device;
      await first.app.quit();
      secrets.lock();

      const waiting = await stage.startApp('Locked', more);
      const said = 'Dormouse waits for the key store to be unlocked';
      await waitUntil('the tray says that it waits', async () => (await seeTray(waiting.app)).tooltip === said);
      expect(await seeTray(waiting.app)).toEqual({ state: 'waiting', tooltip: said, labels: [said, 'Quit'] });
      const ended = once(waiting.app.process(), 'exit', { signal: AbortSignal.timeout(testMs) });
      await chooseInTray(waiting.app, 'Quit');
      expect(await ended).toEqual([0, null]);

      const patient = await stage.startApp('Locked', more);
      await waitUntil('the tray says that it waits', async () => (await seeTray(patient.app)).tooltip === said);
      await secrets.unlock();
      const page = await patient.window();
      expect((await call(page, 'status', {})).device).toMatchObject({ id, keyStorage: 'os' });
      await waitUntil('the tray goes on', async () => (await seeTray(patient.app)).tooltip === 'Dormouse: no folders yet');
      await patient.quit();
    },
    testMs,
  );
});
