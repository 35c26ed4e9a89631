import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiClient } from '../api-client.ts';
import { electronFile } from '../desktop/runtime.ts';
import { locateHome } from '../home.ts';
import { DaemonProcess, waitFor } from '../testing/daemon-process.ts';
import { VirtualDisplay, desktopMissing } from '../testing/desktop-app.ts';
import { projectFolder } from '../version.ts';

const testMs = 300_000;
const waitMs = 90_000;
const program = join(projectFolder, 'dist', 'linux-unpacked', 'dormouse');
const missing = desktopMissing();

describe.skipIf(missing !== undefined)(`the packed program${missing === undefined ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dormouse-packed-'));
  const home = locateHome(join(folder, 'packed', 'home'), '/');
  const plain = new DaemonProcess('Plain', join(folder, 'plain', 'home'));
  let display: VirtualDisplay;
  let packed: ChildProcess | undefined;

  beforeAll(async () => {
    display = await VirtualDisplay.start();
    const electron = electronFile();
    const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electron === undefined ? '' : join(electron, '..') };
    const made = spawnSync(process.execPath, ['build/package.ts', '--dir'], { cwd: projectFolder, encoding: 'utf8', env });
    if (made.status !== 0) throw new Error(`It could not be packed:\n${made.stdout}\n${made.stderr}`);
  }, testMs);
  afterAll(async () => {
    packed?.kill('SIGKILL');
    await plain.stop();
    await display?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    'starts from its archive, pairs and syncs with a daemon, and ends in order',
    async () => {
      const own = ['--home', home.folder, '--name', 'Packed', '--keys', 'file', '--no-discovery', '--listen', '/ip4/127.0.0.1/tcp/0'];
      packed = spawn(program, ['--no-sandbox', '--disable-gpu', ...own], {
        env: { ...process.env, DISPLAY: display.name },
        stdio: 'ignore',
      });
      const client = await waitFor('The packed agent', waitMs, async () => {
        const opened = openApiClient(home);
        return opened.ok ? opened.value : undefined;
      });
      await plain.start();
      const docs = join(folder, 'packed', 'docs');
      mkdirSync(docs, { recursive: true });
      writeFileSync(join(docs, 'a.txt'), 'out of an archive');
      const invite = await client.call('invite', {});
      if (!invite.ok) throw new Error(invite.error.text);
      await plain.command('pair', invite.value.invite);
      expect((await client.call('folder.add', { path: docs })).ok).toBe(true);
      expect((await client.call('folder.share', { folder: 'docs', device: 'Plain', role: 'writer' })).ok).toBe(true);
      const copy = join(folder, 'plain', 'docs');
      await waitFor('The offer', waitMs, async () => {
        const { offers } = (await plain.command('folder', 'offers')) as { readonly offers: readonly unknown[] };
        return offers.length > 0 || undefined;
      });
      await plain.command('folder', 'accept', 'docs', copy);
      await waitFor('The file', waitMs, async () => existsSync(join(copy, 'a.txt')) || undefined);
      expect(readFileSync(join(copy, 'a.txt'), 'utf8')).toBe('out of an archive');
      const ended = once(packed, 'exit', { signal: AbortSignal.timeout(waitMs) });
      packed.kill('SIGTERM');
      await ended;
      await waitFor('The end of its API', waitMs, async () => !openApiClient(home).ok || undefined);
    },
    testMs,
  );

  test('holds only what runs: no sources, no tests, no development packages', () => {
    const listed = spawnSync(
      process.execPath,
      ['node_modules/@electron/asar/bin/asar.js', 'list', join(projectFolder, 'dist/linux-unpacked/resources/app.asar')],
      {
        cwd: projectFolder,
        encoding: 'utf8',
      },
    );
    const files = listed.stdout.split('\n').filter((file) => file !== '');
    expect(files.length).toBeGreaterThan(100);
    expect(files).toContain('/out/electron.cjs');
    expect(files).toContain('/out/file-worker.js');
    expect(files).toContain('/out/renderer/index.html');
    const unwanted = files.filter(
      (file) =>
        /^\/(core|main|renderer|preload)\/|\.(ts|tsx|map)$/.test(file) ||
        /^\/node_modules\/(vitest|typescript|react|electron|node)\//.test(file),
    );
    expect(unwanted).toEqual([]);
  });
});
