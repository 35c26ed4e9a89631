import type { NetworkInterface } from '../ports/index.ts';
import { limits } from '../model/index.ts';

const multiaddrPattern = /^\/(ip4\/\d{1,3}(\.\d{1,3}){3}|ip6\/[0-9a-fA-F:]+|dns[46]?\/[A-Za-z0-9.-]+)\/tcp\/\d{1,5}$/;

/** Whether `text` is an address that the transport can dial: TCP over IPv4, IPv6 or a name. */
export function isDialableAddress(text: string): boolean {
  if (text.length > limits.addressCharsMax || !(multiaddrPattern.test(text) || text.startsWith('sim://'))) return false;
  const port = Number(text.slice(text.lastIndexOf('/') + 1));
  return text.startsWith('sim://') || (port >= 1 && port <= 65_535);
}

/**
 * Which of our own addresses are worth telling others: those of attached networks first; loopback last, because it only helps
 * another agent on this machine.
 */
export function addressesToTell(addresses: readonly string[], interfaces: readonly NetworkInterface[]): readonly string[] {
  const internal = new Set(interfaces.filter((each) => each.internal).map((each) => each.address));
  const isInternal = (address: string): boolean => internal.has(address.split('/')[2] ?? '');
  return [...addresses.filter((each) => !isInternal(each)), ...addresses.filter(isInternal)].slice(0, limits.addressesPerDeviceMax);
}
