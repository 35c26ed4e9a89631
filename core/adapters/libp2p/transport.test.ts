import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { MIB, present } from '../../base/index.ts';
import { limits, type DeviceId } from '../../model/index.ts';
import { silentLogger, type TransportOptions } from '../../ports/index.ts';
import { deviceOf, link, loopback, pause, seedOf, startHost, until, type TestHost } from './test-hosts.ts';
import { createLibp2pTransport } from './transport.ts';

const peerFile = fileURLToPath(new URL('test-peer.ts', import.meta.url));
const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function stopping(host: TestHost): TestHost {
  stops.push(() => host.transport.stop());
  return host;
}

function startOptions(listen: readonly string[]): TransportOptions {
  const ignore = (): void => undefined;
  return { listen, discovery: false, admission: () => 'admit', onLink: ignore, onDiscovered: ignore };
}

/** A device in another process, which can be frozen. */
async function startPeer(): Promise<{ readonly process: ChildProcess; readonly device: DeviceId; readonly addresses: string[] }> {
  const child = spawn(process.execPath, [peerFile, 'listen'], { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { device: DeviceId; addresses: string[] }) };
}

test('RPC-5 a port in use and a wrong address are values, and another start may follow', async () => {
  const host = stopping(await startHost(1));
  const taken = present(host.transport.addresses()[0], 'address');
  const other = createLibp2pTransport({ seed: seedOf(2), logger: silentLogger });
  stops.push(() => other.stop());
  expect(await other.start(startOptions([loopback, taken]))).toEqual({ ok: false, error: { kind: 'address-in-use', address: taken } });
  expect(other.addresses()).toEqual([]);
  for (const bad of ['nonsense', '/ip4/127.0.0.1/udp/1', '/ip4/8.8.8.8/tcp/0']) {
    expect(await other.start(startOptions([bad]))).toMatchObject({ ok: false, error: { kind: 'bad-address', address: bad } });
  }
  expect((await other.start(startOptions([loopback]))).ok).toBe(true);
  await link(stopping(await startHost(3)), { ...host, transport: other, device: deviceOf(seedOf(2)) });
});

test('SES-4 without discovery there is no socket for it', async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind.startsWith('UDP')).length;
  const host = stopping(await startHost(1));
  host.transport.renewDiscovery();
  await pause(100);
  expect(process.getActiveResourcesInfo().filter((kind) => kind.startsWith('UDP'))).toHaveLength(before);
});

test('SES-5 a frozen device ends no link, and SES-8 stop does not wait for it', { timeout: 20_000 }, async () => {
  const peer = await startPeer();
  const anna = stopping(await startHost(1));
  const dialled = await anna.transport.dial(peer.device, peer.addresses, { timeoutMs: 5000 });
  if (!dialled.ok) throw new Error(dialled.error.text);
  const ends: string[] = [];
  dialled.value.onEnd((reason) => ends.push(reason));
  const channel = present(await dialled.value.open('/dormouse/test/1'), 'channel');
  peer.process.kill('SIGSTOP');
  const writing = (async () => {
    while (await channel.write(new Uint8Array(MIB)));
  })();
  await pause(3000);
  expect(ends).toEqual([]);
  expect(channel.queuedBytes()).toBeGreaterThan(0);
  expect(channel.queuedBytes()).toBeLessThan(16 * MIB);

  const startedAt = performance.now();
  await anna.transport.stop();
  expect(performance.now() - startedAt).toBeLessThan(limits.stopMs);
  expect(ends).toEqual(['closed']);
  await writing;
});

test('SES-2 a device whose process is killed ends the link at once', async () => {
  const peer = await startPeer();
  const anna = stopping(await startHost(1));
  const dialled = await anna.transport.dial(peer.device, peer.addresses, { timeoutMs: 5000 });
  if (!dialled.ok) throw new Error(dialled.error.text);
  const ends: string[] = [];
  dialled.value.onEnd((reason) => ends.push(reason));
  peer.process.kill('SIGKILL');
  await until(() => ends.length === 1, 'the link ends', 1000);
});

test('SES-5 busy channels let small messages through', async () => {
  const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
  const near = await link(anna, ben);
  const bulk = [];
  for (let i = 0; i < 6; i++) bulk.push(present(await near.open(`/dormouse/bulk/${i}`), 'channel'));
  await until(() => ben.channels.length === 6, 'the bulk channels');
  for (const channel of ben.channels)
    void (async () => {
      while (await channel.read());
    })();
  let isBusy = true;
  let sent = 0;
  const writing = bulk.map(async (channel) => {
    while (isBusy && (await channel.write(new Uint8Array(MIB / 4)))) sent += MIB / 4;
  });
  const small = present(await near.open('/dormouse/small/1'), 'channel');
  await until(() => ben.channels.length === 7, 'the small channel');
  const echo = present(
    ben.channels.find(({ protocol }) => protocol === '/dormouse/small/1'),
    'far end',
  );
  const sentBefore = sent;
  const rounds = 20;
  for (let i = 0; i < rounds; i++) {
    await small.write(Uint8Array.of(i));
    expect(await echo.read()).toEqual(Uint8Array.of(i));
  }
  isBusy = false;
  await Promise.all(writing);
  expect(sent).toBeGreaterThan(sentBefore);
  // What may pass between two small messages: the windows and the socket's buffers, not an endless stream.
  expect((sent - sentBefore) / rounds).toBeLessThan(32 * MIB);
});

const canUnshare = process.platform === 'linux' && spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

test.skipIf(!canUnshare)('SES-6 devices on one host find the addresses of each other, and again when asked again', async () => {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', process.execPath, peerFile, 'discover'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stops.push(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { found, expected } = JSON.parse(line) as { found: unknown; expected: unknown };
  expect(found).toEqual(expected);
});
