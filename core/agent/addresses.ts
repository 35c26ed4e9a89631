import type { NetworkInterface } from '../ports/index.ts';
import { limits } from '../model/index.ts';
import { isLoopbackAddress } from '../session/index.ts';

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

/** Whether what is at the other end of a link from `address` runs on this very host: it came over loopback, or from an address of ours. */
export function isOnThisHost(address: string, interfaces: readonly NetworkInterface[]): boolean {
  const ip = address.split('/')[2];
  return isLoopbackAddress(address) || interfaces.some((each) => each.address === ip);
}

/**
 * What of `addresses` can lead to another device. A loopback address means the host of whoever tells it, so it counts only between
 * agents of one host; `sharesHost` is whether this is one.
 */
export function addressesAcross(addresses: readonly string[], sharesHost: boolean): readonly string[] {
  return sharesHost ? addresses : addresses.filter((address) => !isLoopbackAddress(address));
}

/** {@link addressesAcross} before there is a link that would tell where the device is: its addresses are all that is known. */
export function addressesToTry(told: readonly string[], interfaces: readonly NetworkInterface[]): readonly string[] {
  const outside = told.filter((address) => !isLoopbackAddress(address));
  return addressesAcross(told, outside.length === 0 || outside.some((address) => isOnThisHost(address, interfaces)));
}
