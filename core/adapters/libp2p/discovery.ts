import type { PeerDiscovery, PeerInfo } from '@libp2p/interface';
import { start, stop } from '@libp2p/interface';
import { mdns, type MulticastDNSComponents } from '@libp2p/mdns';
import type { Multiaddr } from '@multiformats/multiaddr';
import { Mutex } from '../../base/index.ts';
import { isDeviceId, limits, type DeviceId } from '../../model/index.ts';
import type { Logger } from '../../ports/index.ts';
import { componentLogger } from './component-logger.ts';
import { ipOf, isLoopback, ownOutsideIps } from './link-path.ts';
import { settings } from './settings.ts';

export interface DiscoveryOptions {
  readonly self: DeviceId;
  readonly logger: Logger;
  /** What to announce: own addresses, each ending in `/p2p/ID`, as they are now. Private ones only leave this host. */
  readonly addresses: () => Multiaddr[];
  readonly onDiscovered: (device: DeviceId, addresses: readonly string[]) => void;
}

/**
 * Finds devices on the local network by multicast DNS. What is sent holds a random name, drawn anew at each start, and the
 * announced addresses with their DeviceId: no host name, no device name. Runs beside the libp2p node, not in it: the node would
 * keep what it finds and tell only the first time.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #changes = new Mutex();
  #current: PeerDiscovery | undefined;
  #stopped = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Opens a fresh socket on the interfaces of this moment and asks. Replaces the former one, which may belong to a network that is gone. */
  renew(): Promise<void> {
    return this.#changes.run(async () => {
      await this.#close();
      if (this.#stopped) return;
      const discovery = this.#create();
      this.#current = discovery;
      try {
        await start(discovery);
      } catch (cause) {
        // Without a socket there is no discovery; the next renewal tries again.
        this.#options.logger.log('warn', 'discovery-not-started', { cause: String(cause) });
      }
    });
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#changes.run(() => this.#close());
  }

  async #close(): Promise<void> {
    const discovery = this.#current;
    this.#current = undefined;
    if (!discovery) return;
    ignoreLateErrors(discovery);
    await stop(discovery);
  }

  #create(): PeerDiscovery {
    const { logger, addresses } = this.#options;
    const components: Pick<MulticastDNSComponents, 'logger'> & { readonly addressManager: { getAddresses(): Multiaddr[] } } = {
      logger: componentLogger(logger),
      addressManager: { getAddresses: addresses },
    };
    const discovery = mdns({ serviceTag: settings.discoveryServiceTag, interval: settings.discoveryQueryIntervalMs })(
      // Of the address manager only `getAddresses` is ever called.
      components as MulticastDNSComponents,
    );
    discovery.addEventListener('peer', ({ detail }) => this.#onPeer(discovery, detail));
    return discovery;
  }

  #onPeer(discovery: PeerDiscovery, { id, multiaddrs }: PeerInfo): void {
    const device = id.toString();
    if (discovery !== this.#current || !isDeviceId(device) || device === this.#options.self) return;
    const addresses = dialable(multiaddrs);
    if (addresses.length > 0) this.#options.onDiscovered(device, addresses);
  }
}

/** What of `announced` this host can dial: loopback addresses mean the announcer's own host, so they count only if that is this one. */
function dialable(announced: readonly Multiaddr[]): readonly string[] {
  const own = ownOutsideIps();
  const ips = announced.map((address) => ipOf(address) ?? '');
  const isSameHost = ips.some((ip) => own.has(ip)) || ips.every(isLoopback);
  const texts = announced
    .filter((_, index) => isSameHost || !isLoopback(ips[index] ?? ''))
    .map(String)
    .filter((text) => text.length <= limits.addressCharsMax);
  return [...new Set(texts)].slice(0, settings.discoveredAddressesMax);
}

/** Its socket may still fail to bind after libp2p took its own listener away, and an 'error' that nobody hears would end the process. */
function ignoreLateErrors(discovery: PeerDiscovery): void {
  if (!('mdns' in discovery)) return;
  const { mdns: socket } = discovery as { mdns?: { on(event: 'error', listener: () => void): unknown } };
  socket?.on('error', () => undefined);
}
