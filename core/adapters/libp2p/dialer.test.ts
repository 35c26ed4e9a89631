import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { present } from '../../base/index.ts';
import { silentLogger } from '../../ports/index.ts';
import { deadAddress, deviceOf, link, loopback, pause, seedOf, startHost, until, type TestHost } from './test-hosts.ts';
import { createLibp2pTransport } from './transport.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function stopping(host: TestHost): TestHost {
  stops.push(() => host.transport.stop());
  return host;
}

/** A TCP server on loopback that treats each connection with `onSocket`. */
async function startServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`;
}

test('SES-3 each dial is a connection of its own, also while others to the same device are under way', async () => {
  const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
  const links = await Promise.all([link(anna, ben), link(anna, ben), link(anna, ben)]);
  await until(() => ben.inbound.length === 3, 'three inbound links');
  expect(new Set([...links, ...ben.inbound.map(({ link }) => link)]).size).toBe(6);
  expect(new Set(ben.inbound.map(({ link }) => link.remoteAddress)).size).toBe(3);
});

test('SES-3 several addresses of one device become one link there', async () => {
  const seed = seedOf(2);
  let inbound = 0;
  const transport = createLibp2pTransport({ seed, logger: silentLogger });
  stops.push(() => transport.stop());
  await transport.start({
    listen: Array.from({ length: 6 }, () => loopback),
    discovery: false,
    admission: () => 'admit',
    onLink: () => (inbound += 1),
    onDiscovered: () => undefined,
  });
  expect(transport.addresses()).toHaveLength(6);
  const anna = stopping(await startHost(1));
  for (let round = 1; round <= 5; round++) {
    const dialled = await anna.transport.dial(deviceOf(seed), transport.addresses(), { timeoutMs: 5000 });
    expect(dialled.ok).toBe(true);
    await pause(50);
    expect(inbound).toBe(round);
  }
});

test('SES-4 a dial to something silent ends at its timeout, and leaves no socket', async () => {
  let open = 0;
  const silent = await startServer((socket) => {
    open += 1;
    socket.on('close', () => (open -= 1)).resume();
  });
  const anna = stopping(await startHost(1));
  const startedAt = performance.now();
  const dialled = await anna.transport.dial(deviceOf(seedOf(2)), [silent], { timeoutMs: 300 });
  expect(dialled).toMatchObject({ ok: false, error: { kind: 'timeout' } });
  expect(performance.now() - startedAt).toBeLessThan(2000);
  await until(() => open === 0, 'the socket is closed');
});

test('SES-6 an address whose first answer is lost is tried a second time within the dial', async () => {
  const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
  const target = present(/tcp\/(\d+)/.exec(ben.transport.addresses()[0] ?? '')?.[1], 'port');
  const open = new Set<Socket>();
  let connections = 0;
  const lossy = await startServer((socket) => {
    connections += 1;
    open.add(socket.on('close', () => open.delete(socket)));
    if (connections === 1) socket.resume();
    else socket.pipe(connect(Number(target), '127.0.0.1')).pipe(socket);
  });
  const dialled = await anna.transport.dial(ben.device, [lossy], { timeoutMs: 60_000 });
  expect(dialled.ok).toBe(true);
  expect(connections).toBe(2);
  await until(() => open.size === 1, 'the first try is given up');
  expect(ben.inbound).toHaveLength(1);
});

test('SES-4 a silent address does not hold up a good one', async () => {
  const silent = await startServer((socket) => socket.resume());
  const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
  const dialled = await anna.transport.dial(ben.device, [silent, deadAddress, ...ben.transport.addresses()], { timeoutMs: 10_000 });
  expect(dialled.ok).toBe(true);
});

test('SES-4 something that hangs up before it has proved a key is unreachable', async () => {
  const rude = await startServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const anna = stopping(await startHost(1));
  const dialled = await anna.transport.dial(deviceOf(seedOf(2)), [rude], { timeoutMs: 5000 });
  expect(dialled).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
});

test('SES-4 an address that leads back here is a wrong device', async () => {
  const anna = stopping(await startHost(1));
  const dialled = await anna.transport.dial(deviceOf(seedOf(2)), anna.transport.addresses(), { timeoutMs: 5000 });
  expect(dialled).toMatchObject({ ok: false, error: { kind: 'wrong-device' } });
});

test('SES-4 text that is no address is no address', async () => {
  const anna = stopping(await startHost(1));
  const dialled = await anna.transport.dial(deviceOf(seedOf(2)), ['', 'localhost:80', '/ip4/300.1.1.1/tcp/1'], { timeoutMs: 5000 });
  expect(dialled).toMatchObject({ ok: false, error: { kind: 'no-address' } });
});

test('SES-8 stop gives up dials that are under way', async () => {
  const silent = await startServer((socket) => socket.resume());
  const anna = stopping(await startHost(1));
  const dialling = anna.transport.dial(deviceOf(seedOf(2)), [silent], { timeoutMs: 60_000 });
  await anna.transport.stop();
  expect(await dialling).toMatchObject({ ok: false, error: { kind: 'aborted' } });
});
