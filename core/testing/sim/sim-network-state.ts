import type { Network, NetworkInterface } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import type { Nic } from './sim-net.ts';

/** {@link Network} of one run of one program: what the host's network card says. */
export class SimNetworkState implements Network {
  readonly #nic: Nic;
  readonly #lane: Lane;

  constructor(nic: Nic, lane: Lane) {
    this.#nic = nic;
    this.#lane = lane;
  }

  interfaces(): readonly NetworkInterface[] {
    const loopback: NetworkInterface = { name: 'lo', address: '127.0.0.1', family: 4, internal: true, prefixLength: 8 };
    if (!this.#nic.attached) return [loopback];
    return [loopback, { name: 'sim0', address: this.#nic.address, family: 4, internal: false, prefixLength: 24 }];
  }

  metered(): boolean | undefined {
    return this.#nic.metered;
  }

  subscribe(listener: () => void): () => void {
    const unsubscribe = this.#nic.changed.on(() => void this.#lane.schedule(0, `${this.#lane.name}:network changed`, listener));
    this.#lane.onDeath(unsubscribe);
    return unsubscribe;
  }
}
