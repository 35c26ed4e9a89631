import { expect, test } from 'vitest';
import type { NetworkInterface } from '../ports/index.ts';
import { hasUsableNetwork } from './usable-network.ts';

test('SES-4 loopback alone is no network, except for devices on this very host', () => {
  const loopback: NetworkInterface = { name: 'lo', address: '127.0.0.1', family: 4, internal: true, prefixLength: 8 };
  const wifi: NetworkInterface = { name: 'wlan0', address: '192.168.1.5', family: 4, internal: false, prefixLength: 24 };
  expect(hasUsableNetwork([loopback], ['/ip4/192.168.1.9/tcp/22022'])).toBe(false);
  expect(hasUsableNetwork([loopback, wifi], ['/ip4/192.168.1.9/tcp/22022'])).toBe(true);
  expect(hasUsableNetwork([loopback, wifi], [])).toBe(true);
  expect(hasUsableNetwork([], [])).toBe(false);
  for (const address of ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/dns4/localhost/tcp/1'])
    expect(hasUsableNetwork([loopback], [address])).toBe(true);
});
