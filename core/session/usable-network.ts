import type { NetworkInterface } from '../ports/index.ts';

const loopbackAddress = /^\/(ip4\/127\.|ip6\/(::1|0:0:0:0:0:0:0:1)\/|dns[46]?\/localhost\/)/;

/** Whether `address` (a multiaddr) means whatever host it is dialled on. */
export function isLoopbackAddress(address: string): boolean {
  return loopbackAddress.test(address);
}

/** Whether dialling `addresses` (multiaddrs) can make sense at all: this host has a network, or one of them is on this very host. */
export function hasUsableNetwork(interfaces: readonly NetworkInterface[], addresses: readonly string[]): boolean {
  return interfaces.some(({ internal }) => !internal) || addresses.some(isLoopbackAddress);
}
