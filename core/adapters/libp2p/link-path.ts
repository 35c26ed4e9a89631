import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { LinkPath } from '../../ports/index.ts';

/** Where `address` lies by what the host's interfaces say now: `lan` on this host, link-local, or within an attached prefix. */
export function linkPath(address: Multiaddr): LinkPath {
  const ip = ipOf(address);
  return ip !== undefined && isAttached(ip) ? 'lan' : 'wan';
}

/** The IP address (v4 or v6, without its zone) that `address` begins with. */
export function ipOf(address: Multiaddr): string | undefined {
  return address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value;
}

/** Addresses of this host that other hosts can see. */
export function ownOutsideIps(): ReadonlySet<string> {
  return new Set(interfaces().flatMap(({ internal, address }) => (internal ? [] : [address])));
}

const everywhereLocal = new BlockList();
everywhereLocal.addSubnet('127.0.0.0', 8, 'ipv4');
everywhereLocal.addSubnet('169.254.0.0', 16, 'ipv4');
everywhereLocal.addAddress('::1', 'ipv6');
everywhereLocal.addSubnet('fe80::', 10, 'ipv6');

function isAttached(ip: string): boolean {
  const family = familyOf(ip);
  if (!family) return false;
  if (everywhereLocal.check(ip, family)) return true;
  const attached = new BlockList();
  for (const { cidr } of interfaces()) {
    const [network, prefix] = cidr?.split('/') ?? [];
    const networkFamily = network === undefined ? undefined : familyOf(network);
    // A prefix of length 0 would make the whole internet local; tunnels sometimes claim it.
    if (network !== undefined && networkFamily && Number(prefix) > 0) attached.addSubnet(network, Number(prefix), networkFamily);
  }
  return attached.check(ip, family);
}

export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}

function familyOf(ip: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(ip);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}

function interfaces(): ReturnType<typeof networkInterfaces>[string] & {} {
  return Object.values(networkInterfaces()).flatMap((list) => list ?? []);
}
