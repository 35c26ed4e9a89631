import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiReply, statusSchema } from '../core/api/index.ts';
import { MIB } from '../core/base/index.ts';
import { limits } from '../core/model/index.ts';
import { DaemonProcess, runCli, waitFor } from './testing/daemon-process.ts';

const testMs = 120_000;
const waitMs = 60_000;

let folder: string;
let daemons: DaemonProcess[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-e2e-')));
  daemons = [];
});
afterEach(async () => {
  await Promise.all(daemons.map((daemon) => daemon.kill()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}, testMs);

function makeDaemon(name: string): DaemonProcess {
  const daemon = new DaemonProcess(name, join(folder, name, 'home'));
  daemons.push(daemon);
  return daemon;
}

/** Where a daemon syncs. */
function shared(daemon: DaemonProcess, ...names: readonly string[]): string {
  return join(folder, daemon.name, 'shared', ...names);
}

/** Two running devices that have one folder together. */
async function startPair(): Promise<readonly [DaemonProcess, DaemonProcess]> {
  const [anna, ben] = [makeDaemon('anna'), makeDaemon('ben')];
  for (const daemon of [anna, ben]) mkdirSync(shared(daemon));
  await Promise.all([anna.start(), ben.start()]);
  const { invite } = (await anna.command('invite')) as ApiReply<'invite'>;
  await ben.command('pair', invite);
  await anna.command('folder', 'add', shared(anna), '--name', 'docs');
  await anna.command('folder', 'share', 'docs', 'ben');
  await waitFor('the offer', waitMs, async () => (await ben.call('folder.offers', {})).offers[0]);
  await ben.command('folder', 'accept', 'docs', shared(ben));
  return [anna, ben];
}

async function contentOf(path: string): Promise<string> {
  return waitFor(`${path} appears`, waitMs, async () => (existsSync(path) ? readFileSync(path, 'utf8') : undefined));
}

describe('one daemon', () => {
  test(
    'prints one line when it is ready, is found by the command line, and ends in order within 5 s',
    async () => {
      const anna = makeDaemon('anna');
      const ready = await anna.start();
      expect(ready).toEqual({
        deviceId: expect.stringMatching(/^12D3KooW/),
        name: 'anna',
        addresses: [expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/)],
        api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      });
      expect(statSync(anna.home.folder).mode & 0o777).toBe(0o700);
      expect(statSync(anna.home.apiFile).mode & 0o777).toBe(0o600);
      const status = statusSchema.parse(await anna.command('status'));
      expect(status.device).toMatchObject({
        id: ready.deviceId,
        name: 'anna',
        keyStorage: 'file',
        warnings: [expect.stringContaining('kept in a file')],
      });

      const startedMs = performance.now();
      expect(await anna.end('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(performance.now() - startedMs).toBeLessThan(limits.stopMs + 500);
      expect(existsSync(anna.home.apiFile)).toBe(false);
      expect(anna.stdout).toBe(`${JSON.stringify(ready)}\n`);
      expect(await runCli(['--home', anna.home.folder, 'status'])).toMatchObject({ code: 3, stdout: '' });
    },
    testMs,
  );

  test(
    'keeps its home for itself, until it is killed',
    async () => {
      const anna = makeDaemon('anna');
      const { deviceId } = await anna.start();
      const second = await runCli(['--home', anna.home.folder, 'daemon', '--keys', 'file', '--no-discovery']);
      expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`(pid ${anna.pid})`) });
      expect(second.stderr).toContain('--home DIR');
      expect(await anna.call('status', {})).toMatchObject({ device: { id: deviceId } });

      await anna.kill();
      expect(await runCli(['--home', anna.home.folder, 'status'])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('ended without cleaning up'),
      });
      expect(await anna.start()).toMatchObject({ deviceId });
    },
    testMs,
  );

  test(
    'leaves a report of a fault of its own and ends with 1',
    async () => {
      const anna = makeDaemon('anna');
      const fault = `import { isMainThread } from 'node:worker_threads';
        if (isMainThread) process.once('SIGUSR2', () => { throw new Error('a fault for the test'); });`;
      await anna.start({ nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(fault)}`] });
      expect(await anna.end('SIGUSR2')).toEqual({ code: 1, signal: null });
      const [name] = readdirSync(anna.home.incidentFolder);
      const report: unknown = JSON.parse(readFileSync(join(anna.home.incidentFolder, name ?? ''), 'utf8'));
      expect(report).toMatchObject({ kind: 'crash', source: 'uncaughtException', text: expect.stringContaining('a fault for the test') });
      expect(anna.logTail()).toContain('dormouse diagnostics');
    },
    testMs,
  );

  test(
    'names a port that is taken',
    async () => {
      const taken: Server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => taken.once('listening', resolve));
      const { port } = taken.address() as { port: number };
      try {
        const address = `/ip4/127.0.0.1/tcp/${port}`;
        const home = join(folder, 'home');
        const run = await runCli(['--home', home, 'daemon', '--keys', 'file', '--no-discovery', '--listen', address]);
        expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(address) });
        expect(existsSync(join(home, 'api.json'))).toBe(false);
        const bad = await runCli(['--home', home, 'daemon', '--keys', 'file', '--no-discovery', '--listen', 'localhost:80']);
        expect(bad).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('localhost:80') });
      } finally {
        taken.close();
      }
    },
    testMs,
  );
});

describe('two daemons', () => {
  test(
    'pair by an invite, share a folder, and keep it the same both ways',
    async () => {
      const [anna, ben] = await startPair();
      writeFileSync(shared(anna, 'from anna.txt'), 'hello ben');
      expect(await contentOf(shared(ben, 'from anna.txt'))).toBe('hello ben');
      writeFileSync(shared(ben, 'from ben.txt'), 'hello anna');
      expect(await contentOf(shared(anna, 'from ben.txt'))).toBe('hello anna');

      expect(await anna.command('up', '--delivered', '--timeout', '30')).toMatchObject({ even: true });
      const status = statusSchema.parse(await anna.command('status'));
      expect(status.folders[0]).toMatchObject({ name: 'docs', state: 'up-to-date', upToDate: true, total: { files: 2, bytes: 19 } });
      expect(status.devices[0]).toMatchObject({ name: 'ben', state: 'live', path: 'lan' });
      expect(await anna.command('whohas', shared(anna, 'from ben.txt'))).toMatchObject({
        path: 'from ben.txt',
        devices: [{ applied: true }, { applied: true }],
      });
      const people = await runCli(['--home', anna.home.folder, 'status']);
      expect(people.stdout).toMatch(/docs {2,}up to date/);
    },
    testMs,
  );

  test(
    'BLK-3 what was there before a kill is not fetched again',
    async (context) => {
      if (process.platform !== 'linux') return context.skip('counts bytes in /proc');
      const [anna, ben] = await startPair();
      const sizeBytes = 160 * MIB;
      await anna.command('settings', 'discovery.lan', 'false');
      await anna.command('settings', 'limits.upKiBps', String(40 * 1024));
      const content = randomBytes(sizeBytes);
      const before = bytesWritten(anna);
      writeFileSync(shared(anna, 'large.bin'), content);
      await waitFor(
        'a part of the file is there',
        waitMs,
        async () => {
          const { transfers } = await ben.call('status', {});
          return transfers.some((transfer) => transfer.done > sizeBytes / 3) ? true : undefined;
        },
        20,
      );
      await ben.kill();
      await ben.start();
      expect(await ben.command('up', '--timeout', '60')).toMatchObject({ even: true });
      expect(readFileSync(shared(ben, 'large.bin')).equals(content)).toBe(true);
      // What was under way at the moment of the kill is sent again, at most.
      expect(bytesWritten(anna) - before).toBeLessThan(sizeBytes + 1.5 * limits.blocksInFlightPerPeerBytesMax);
    },
    testMs,
  );
});

/** All that a process has written so far, to sockets and files; a sender writes next to nothing to files. */
function bytesWritten(daemon: DaemonProcess): number {
  const found = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${daemon.pid}/io`, 'utf8'));
  return Number(found?.[1]);
}
