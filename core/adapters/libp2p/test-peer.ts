/**
 * A device in a process of its own, for tests that freeze one or give it a network of its own.
 *
 *   node test-peer.ts listen      prints {device, addresses} and leaves every channel unread
 *   node test-peer.ts discover    starts two devices and prints, per device, what discovery told it
 */
import { silentLogger } from '../../ports/index.ts';
import { deviceOf, loopback, pause, seedOf, startHost, until } from './test-hosts.ts';
import { createLibp2pTransport } from './transport.ts';

if (process.argv[2] === 'discover') await discover();
else await listen();

async function listen(): Promise<void> {
  const host = await startHost(77);
  console.log(JSON.stringify({ device: host.device, addresses: host.transport.addresses() }));
}

async function discover(): Promise<void> {
  const found = new Map<number, { readonly device: string; readonly addresses: readonly string[] }>();
  let sightings = 0;
  const transports = [1, 2].map((number) => createLibp2pTransport({ seed: seedOf(number), logger: silentLogger }));
  for (const [index, transport] of transports.entries()) {
    await transport.start({
      listen: [loopback],
      discovery: true,
      admission: () => 'refuse',
      onLink: () => undefined,
      onDiscovered: (device, addresses) => {
        sightings += 1;
        found.set(index, { device, addresses });
      },
    });
  }
  transports[0]?.renewDiscovery();
  await until(() => found.size === 2, 'both found each other');
  await pause(200);
  const before = sightings;
  transports[1]?.renewDiscovery();
  await until(() => sightings > before, 'found again when asked again');
  const expected = [seedOf(2), seedOf(1)].map((seed, index) => ({ device: deviceOf(seed), addresses: transports[1 - index]?.addresses() }));
  await Promise.all(transports.map((transport) => transport.stop()));
  console.log(JSON.stringify({ found: [found.get(0), found.get(1)], expected }));
}
