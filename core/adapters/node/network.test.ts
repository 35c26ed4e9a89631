import { expect, test } from 'vitest';
import type { NetworkInterface } from '../../ports/index.ts';
import { until } from '../../testing/contracts/index.ts';
import { nodeNetwork } from './network.ts';
import { realPatience } from './test-support.ts';

test('network: the loopback address of this host is there', () => {
  expect(nodeNetwork().interfaces()).toContainEqual({
    name: expect.any(String),
    address: '127.0.0.1',
    family: 4,
    internal: true,
    prefixLength: 8,
  });
});

test('SES-6: a change of addresses is told, another order of the same is not', async () => {
  const lan: NetworkInterface = { name: 'lan', address: '192.168.1.2', family: 4, internal: false, prefixLength: 24 };
  const vpn: NetworkInterface = { name: 'vpn', address: '10.0.0.2', family: 4, internal: false, prefixLength: 32 };
  let now: NetworkInterface[] = [lan, vpn];
  let changes = 0;
  const stop = nodeNetwork({ read: () => now, pollMs: 5 }).subscribe(() => (changes += 1));
  now = [vpn, lan];
  await realPatience.pause(40);
  expect(changes).toBe(0);
  now = [lan];
  await until(realPatience, () => changes === 1, 'a change');
  stop();
  now = [];
  await realPatience.pause(40);
  expect(changes).toBe(1);
});
