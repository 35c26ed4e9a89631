import { describe, expect, test } from 'vitest';
import type { DeviceId } from '../model/index.ts';
import type { NetworkInterface } from '../ports/index.ts';
import type { CallContext } from '../session/index.ts';
import { hasUsableNetwork } from '../session/index.ts';
import { present } from '../base/index.ts';
import { AgentsWorld } from '../testing/world/agents.ts';
import type { Laptop } from '../testing/world/laptop.ts';
import { addressesAcross, addressesToTell, addressesToTry, isOnThisHost } from './addresses.ts';
import { agentHandlers } from './peer-verbs.ts';

const here: readonly NetworkInterface[] = [
  { name: 'lo', address: '127.0.0.1', family: 4, internal: true, prefixLength: 8 },
  { name: 'wlan0', address: '192.168.1.5', family: 4, internal: false, prefixLength: 24 },
];
const loopback = '/ip4/127.0.0.1/tcp/1000';
const mine = '/ip4/192.168.1.5/tcp/1000';
const theirs = '/ip4/192.168.1.9/tcp/1000';

describe('loopback addresses', () => {
  test('SES-4 count only between agents of one host, which the far end of a link tells', () => {
    for (const address of [loopback, '/ip6/::1/tcp/1', mine]) expect(isOnThisHost(address, here)).toBe(true);
    for (const address of [theirs, '/dns4/example.org/tcp/1']) expect(isOnThisHost(address, here)).toBe(false);
    expect(addressesAcross([theirs, loopback], false)).toEqual([theirs]);
    expect(addressesAcross([mine, loopback], true)).toEqual([mine, loopback]);
  });

  test('SES-4 before there is a link the other addresses tell, and where there are none loopback is tried', () => {
    expect(addressesToTry([theirs, loopback], here)).toEqual([theirs]);
    expect(addressesToTry([mine, loopback], here)).toEqual([mine, loopback]);
    expect(addressesToTry([loopback], here)).toEqual([loopback]);
    expect(addressesToTry([], here)).toEqual([]);
  });

  test('SES-4 stand last in what is told of this device', () => {
    expect(addressesToTell([loopback, mine], here)).toEqual([mine, loopback]);
  });
});

describe('what a device tells of itself', () => {
  test.each([
    { from: theirs, kept: [theirs] },
    { from: mine, kept: [theirs, loopback] },
  ])('SES-4 ROS-3 over a link from $from, $kept is kept of it and of whom it introduces', async ({ from, kept }) => {
    const agents = await new AgentsWorld(`addresses ${from}`, ['anna', 'bert', 'cleo']).startSharing();
    const [anna, bert, cleo] = agents.laptops as [Laptop, Laptop, Laptop];
    const core = present(anna.running, 'agent').core;
    const idOf = ({ running }: Laptop): DeviceId => present(running, 'agent').agent.device;
    const addressesOf = (laptop: Laptop): readonly string[] =>
      (core.devices.get(idOf(laptop))?.toldAddresses ?? []).filter((address) => address.startsWith('/'));
    // Kept from a time before there was a link.
    core.devices.told(idOf(bert), { addresses: [loopback] });
    const { network } = core.ports;
    const onWifi = { ...core, ports: { ...core.ports, network: { ...network, interfaces: () => here } } };
    const context = { session: { device: idOf(bert), address: from } } as unknown as CallContext;
    const introductions = [{ device: idOf(cleo), addresses: [theirs, loopback] }];
    const about = present(agentHandlers(() => onWifi).about, 'handler');
    expect(await about({ name: 'bert', addresses: [theirs, loopback], introductions }, context)).toMatchObject({ ok: true });
    expect(addressesOf(bert)).toEqual(kept);
    expect(addressesOf(cleo)).toEqual(kept);
  });

  test('SES-4 a device elsewhere does not make this one believe that it has a network', () => {
    const alone = here.filter(({ internal }) => internal);
    expect(hasUsableNetwork(alone, addressesAcross([theirs, loopback], false))).toBe(false);
  });
});
