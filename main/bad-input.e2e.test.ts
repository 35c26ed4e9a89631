import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiReply } from '../core/api/index.ts';
import { KIB, MIB } from '../core/base/index.ts';
import { type CliEnd, DaemonProcess, runCli, waitFor } from './testing/daemon-process.ts';

const testMs = 180_000;
const waitMs = 60_000;

let folder: string;
let daemons: DaemonProcess[];
let mounts: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-bad-')));
  daemons = [];
  mounts = [];
});
afterEach(async () => {
  await Promise.all(daemons.map((daemon) => daemon.kill()));
  for (const mount of mounts) execFileSync('umount', ['--lazy', mount]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}, testMs);

function makeDaemon(name: string): DaemonProcess {
  const daemon = new DaemonProcess(name, join(folder, name, 'home'));
  daemons.push(daemon);
  return daemon;
}

async function startOne(name = 'anna'): Promise<DaemonProcess> {
  const daemon = makeDaemon(name);
  await daemon.start();
  return daemon;
}

function makeDirectory(...names: readonly string[]): string {
  const path = join(folder, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

function cli(daemon: DaemonProcess, ...args: readonly string[]): Promise<CliEnd> {
  return runCli(['--home', daemon.home.folder, ...args]);
}

/** Refused as failed (1), bad usage (2) or not reached (4), with a text for people, and the agent answers as before. */
async function expectRefused(daemon: DaemonProcess, args: readonly string[], text: RegExp): Promise<void> {
  const end = await cli(daemon, ...args);
  expect([1, 2, 4]).toContain(end.code);
  expect(end.stdout).toBe('');
  expect(end.stderr).toMatch(text);
  await daemon.call('status', {});
}

async function inviteOf(daemon: DaemonProcess): Promise<string> {
  return ((await daemon.command('invite')) as ApiReply<'invite'>).invite;
}

/** Pairs both and shares `here`, which exists, to `there`. */
async function shareFolder(host: DaemonProcess, here: string, guest: DaemonProcess, there: string): Promise<void> {
  await guest.command('pair', await inviteOf(host));
  await host.command('folder', 'add', here, '--name', 'docs');
  await host.command('folder', 'share', 'docs', guest.name);
  await waitFor('the offer', waitMs, async () => (await guest.call('folder.offers', {})).offers[0]);
  await guest.command('folder', 'accept', 'docs', there);
}

async function folderState(daemon: DaemonProcess): Promise<ApiReply<'status'>['folders'][number] | undefined> {
  return (await daemon.call('status', {})).folders[0];
}

describe('invites', () => {
  test(
    'one that is nonsense, truncated, mistyped, our own, used by another device, or from a past run is refused by its own reason',
    async () => {
      const [anna, ben, carl] = [await startOne('anna'), await startOne('ben'), await startOne('carl')];
      const invite = await inviteOf(anna);
      await expectRefused(ben, ['pair', 'hello'], /not a complete invite/);
      await expectRefused(ben, ['pair', invite.slice(0, -20)], /not a complete invite/);
      await expectRefused(
        ben,
        ['pair', invite.slice(0, 60) + (invite[60] === 'A' ? 'B' : 'A') + invite.slice(61)],
        /not a complete invite/,
      );
      await expectRefused(anna, ['pair', invite], /made on this device/);
      expect(await ben.command('pair', invite)).toMatchObject({ name: 'anna' });
      await expectRefused(carl, ['pair', invite], /used already|could not be reached/);
      const unused = await inviteOf(anna);
      await anna.kill();
      await anna.start();
      await expectRefused(carl, ['pair', unused], /could not be reached|does not know this invite/);
      expect((await anna.call('devices', {})).devices.map((device) => device.name)).toEqual(['ben']);
    },
    testMs,
  );
});

describe('folder paths', () => {
  test(
    'a path that is missing, a file, taken, inside or around another folder, or foreign is refused, and nothing is left there',
    async () => {
      const anna = await startOne();
      const docs = makeDirectory('docs');
      makeDirectory('docs', 'inner');
      writeFileSync(join(folder, 'file'), 'x');
      await anna.command('folder', 'add', docs);
      await expectRefused(anna, ['folder', 'add', join(folder, 'missing')], /does not exist/);
      await expectRefused(anna, ['folder', 'add', join(folder, 'file')], /not a directory/);
      await expectRefused(anna, ['folder', 'add', docs], /synced already/);
      await expectRefused(anna, ['folder', 'add', join(docs, 'inner')], /is inside/);
      await expectRefused(anna, ['folder', 'add', folder], /contains/);
      expect(existsSync(join(folder, '.dormouse'))).toBe(false);
      const ben = await startOne('ben');
      await expectRefused(ben, ['folder', 'add', docs], /another synced folder/);
      await expectRefused(anna, ['folder', 'share', 'docs', 'nobody'], /no device "nobody"/);
      await expectRefused(anna, ['folder', 'accept', 'photos', docs], /no offered folder "photos"/);
    },
    testMs,
  );

  test(
    'FLD-5 a folder that disappears, or loses its marker, stops with its reason, removes nothing elsewhere, and goes on by itself',
    async () => {
      const [anna, ben] = [await startOne('anna'), await startOne('ben')];
      const [docs, copy] = [makeDirectory('docs'), makeDirectory('copy')];
      writeFileSync(join(docs, 'kept.txt'), 'kept');
      await shareFolder(anna, docs, ben, copy);
      await waitFor('the file', waitMs, async () => (existsSync(join(copy, 'kept.txt')) ? true : undefined));

      renameSync(docs, join(folder, 'elsewhere'));
      await cli(anna, 'up', '--timeout', '5');
      await waitFor('the stop', waitMs, async () => ((await folderState(anna))?.state === 'stopped' ? true : undefined));
      expect((await folderState(anna))?.why.join(' ')).toContain(docs);
      renameSync(join(folder, 'elsewhere'), docs);
      await waitFor('it goes on', waitMs, async () => ((await folderState(anna))?.upToDate === true ? true : undefined));

      renameSync(join(docs, '.dormouse', 'folder'), join(folder, 'marker'));
      rmSync(join(docs, 'kept.txt'));
      await cli(anna, 'up', '--timeout', '5');
      await waitFor('the stop', waitMs, async () => ((await folderState(anna))?.state === 'stopped' ? true : undefined));
      expect(readFileSync(join(copy, 'kept.txt'), 'utf8')).toBe('kept');
      renameSync(join(folder, 'marker'), join(docs, '.dormouse', 'folder'));
      await waitFor('the removal', waitMs, async () => (existsSync(join(copy, 'kept.txt')) ? undefined : true));
    },
    testMs,
  );
});

describe('disks', () => {
  test(
    'FLD-9 on a full disk only what needs space waits, says so, and goes on by itself',
    async (context) => {
      if (process.platform !== 'linux' || process.getuid?.() !== 0) return context.skip('mounts a small disk, as root on Linux');
      const [anna, ben] = [await startOne('anna'), await startOne('ben')];
      const [docs, copy] = [makeDirectory('docs'), makeDirectory('copy')];
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'dormouse-test', copy]);
      mounts.push(copy);
      await ben.command('settings', 'disk.minFreeMiB', '1');
      await shareFolder(anna, docs, ben, copy);
      const large = randomBytes(40 * MIB);
      writeFileSync(join(docs, 'large.bin'), large);
      await waitFor('it waits for space', waitMs, async () =>
        (await folderState(ben))?.why.join(' ').includes('nearly full') === true ? true : undefined,
      );
      execFileSync('mount', ['-o', 'remount,size=200m', copy]);
      await cli(ben, 'up', '--timeout', '60');
      await waitFor('the large file', waitMs, async () => (existsSync(join(copy, 'large.bin')) ? true : undefined));
      expect(readFileSync(join(copy, 'large.bin')).equals(large)).toBe(true);
    },
    testMs,
  );

  test(
    'a home on a full disk refuses changes with the reason and loses nothing',
    async (context) => {
      if (process.platform !== 'linux' || process.getuid?.() !== 0) return context.skip('mounts a small disk, as root on Linux');
      const home = makeDirectory('anna');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'dormouse-test', home]);
      mounts.push(home);
      const anna = await startOne();
      fillDisk(join(home, 'filler'));
      const docs = makeDirectory('docs');
      const refused = await cli(anna, 'folder', 'add', docs);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/full/);
      rmSync(join(home, 'filler'));
      await anna.command('folder', 'add', docs);
      expect((await anna.call('folder.list', {})).folders).toHaveLength(1);
    },
    testMs,
  );
});

describe('state', () => {
  test(
    'a corrupt database and one of a newer version are refused by name and left as they are',
    async () => {
      const anna = await startOne();
      await anna.stop();
      const database = anna.home.storeFile;
      const whole = readFileSync(database);
      writeFileSync(database, Buffer.concat([whole.subarray(0, 4 * KIB), randomBytes(whole.length)]));
      const corrupt = readFileSync(database);
      const run = (): Promise<CliEnd> => runCli(['--home', anna.home.folder, 'daemon', '--keys', 'file', '--no-discovery']);
      const first = await run();
      expect(first).toMatchObject({ code: 1, stdout: '' });
      expect(first.stderr).toContain(database);
      expect(readFileSync(database).equals(corrupt)).toBe(true);

      for (const suffix of ['-wal', '-shm']) rmSync(database + suffix, { force: true });
      writeFileSync(database, whole);
      const newer = new DatabaseSync(database);
      newer.exec('pragma user_version = 999');
      newer.close();
      const second = await run();
      expect(second).toMatchObject({ code: 1, stdout: '' });
      expect(second.stderr).toMatch(/newer/);
    },
    testMs,
  );

  test(
    'a home without its key is refused, never given a second identity',
    async () => {
      const anna = await startOne();
      await anna.stop();
      rmSync(anna.home.keyFolder, { recursive: true });
      const run = await runCli(['--home', anna.home.folder, 'daemon', '--keys', 'file', '--no-discovery']);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/key/);
    },
    testMs,
  );
});

describe('local API', () => {
  test(
    'a wrong token, a foreign Host, a foreign Origin and a body that is no JSON are refused',
    async () => {
      const anna = await startOne();
      const { url, token } = JSON.parse(readFileSync(anna.home.apiFile, 'utf8')) as { url: string; token: string };
      const status = async (headers: Record<string, string>, body = '{}'): Promise<number> =>
        (await fetch(`${url}/api/1/status`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status;
      expect(await status({ authorization: `Bearer ${token}` })).toBe(200);
      expect(await status({})).toBe(401);
      expect(await status({ authorization: 'Bearer wrong' })).toBe(401);
      expect(await status({ authorization: `Bearer ${token}`, origin: 'https://example.org' })).toBe(403);
      expect(await status({ authorization: `Bearer ${token}` }, 'no json')).toBe(400);
      chmodSync(anna.home.apiFile, 0o600);
      writeFileSync(anna.home.apiFile, JSON.stringify({ ...JSON.parse(readFileSync(anna.home.apiFile, 'utf8')), token: 'x'.repeat(43) }));
      const refused = await cli(anna, 'status');
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/token/);
    },
    testMs,
  );
});

/** Takes all the space there is. */
function fillDisk(path: string): void {
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(64 * KIB);
  try {
    for (;;) writeSync(file, piece);
  } catch {
    // That is what it was for.
  } finally {
    closeSync(file);
  }
}
