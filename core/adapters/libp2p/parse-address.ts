import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';

/** The multiaddr that `text` spells, or undefined where it spells none. */
export function parseAddress(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text);
  } catch {
    return undefined;
  }
}
