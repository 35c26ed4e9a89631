import type { AbortOptions, Connection, MultiaddrConnection, PeerId } from '@libp2p/interface';
import { CODE_P2P, type Multiaddr } from '@multiformats/multiaddr';
import { err, type Result } from '../../base/index.ts';
import { limits, type DeviceId } from '../../model/index.ts';
import type { Admission, DialError } from '../../ports/index.ts';
import { DialRace, type Attempt } from './dial-race.ts';
import { socketOptions, type Node } from './node.ts';
import { abortedError, OpenDial } from './open-dial.ts';
import { parseAddress } from './parse-address.ts';

export interface DialOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

/** libp2p's transport manager hands on what its types do not name: TCP's socket options and the upgrader's. */
interface TransportDialOptions extends AbortOptions {
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  /**
   * Negotiate the muxer after Noise instead of within it. That round trip is the remote's word that it admits us: with the early
   * negotiation a refused dial would look like a success that ends a moment later.
   */
  readonly skipStreamMuxerNegotiation: true;
}

/** Makes new connections, each attempt at the transport itself: no queue, no peer store, no existing connection comes into it. */
export class Dialer {
  readonly #node: Node;
  readonly #admission: (device: DeviceId) => Admission;
  /** libp2p's gate is shown the very object that was dialled. */
  readonly #attemptByAddress = new WeakMap<Multiaddr, Attempt>();
  readonly #giveUps = new Set<() => void>();

  constructor(node: Node, admission: (device: DeviceId) => Admission) {
    this.#node = node;
    this.#admission = admission;
  }

  /** libp2p's question after Noise on an outbound connection; true denies it. */
  async denies(remote: PeerId, connection: MultiaddrConnection): Promise<boolean> {
    const attempt = this.#attemptByAddress.get(connection.remoteAddr);
    return !attempt || !(await attempt.race.admits(attempt, remote.toString()));
  }

  /** See `Transport.dial`. The connection that is returned is open and confirmed by the remote. */
  dial(device: DeviceId, addresses: readonly string[], { signal, timeoutMs }: DialOptions): Promise<Result<Connection, DialError>> {
    const targets = this.#dialable(addresses);
    if (targets.length === 0) return Promise.resolve(err({ kind: 'no-address', text: 'no address to dial' }));
    if (signal?.aborted) return Promise.resolve(err(abortedError));

    return new Promise((resolve) => {
      const race = new DialRace(device, this.#admission);
      const connect = (attempt: Attempt, target: Multiaddr, attemptSignal: AbortSignal): Promise<Connection> => {
        this.#attemptByAddress.set(target, attempt);
        return this.#connect(target, attemptSignal);
      };
      const open = new OpenDial(race, targets, connect, (result) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        this.#giveUps.delete(giveUp);
        resolve(result);
      });
      const giveUp = (): void => open.settle(err(abortedError));
      const timer = setTimeout(() => open.settle(err({ kind: 'timeout', text: `no link within ${timeoutMs} ms` })), timeoutMs);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#giveUps.add(giveUp);
      open.start();
    });
  }

  /** Gives up all dials. */
  stop(): void {
    for (const giveUp of [...this.#giveUps]) giveUp();
  }

  /** The identity is checked after Noise, not by the address: told in advance, libp2p reports another one only as a text. */
  #dialable(addresses: readonly string[]): readonly Multiaddr[] {
    const transports = this.#node.services.components.transportManager.getTransports();
    const byText = new Map<string, Multiaddr>();
    for (const text of addresses.slice(0, limits.addressesPerDeviceMax)) {
      const address = parseAddress(text)?.decapsulateCode(CODE_P2P);
      if (address && transports.some((transport) => transport.dialFilter([address]).length > 0)) byText.set(address.toString(), address);
    }
    return [...byText.values()];
  }

  #connect(address: Multiaddr, signal: AbortSignal): Promise<Connection> {
    const options: TransportDialOptions = { ...socketOptions, signal, skipStreamMuxerNegotiation: true };
    return this.#node.services.components.transportManager.dial(address, options);
  }
}
