import { readFileSync } from 'node:fs';
import { type InterfaceBytes, parseInterfaceBytes } from '../bench/namespace.ts';
import { KIB } from '../../core/base/index.ts';
import { runCommand, runIp, withinNetworkOf } from './command.ts';

/** The networks that the bridge routes between, each by the first three numbers of its addresses. */
export const subnets = { home: '10.77.0', other: '10.78.0' } as const;
export type Subnet = keyof typeof subnets;

export interface CableOptions {
  /** A process in the bridge's namespace. */
  readonly lanPid: number;
  /** A process in the host's namespace. */
  readonly hostPid: number;
  /** The name of the bridge's end. */
  readonly port: string;
  /** The last number of the host's address. */
  readonly number: number;
}

/** The host's end. */
const interfaceName = 'eth0';
/** What may wait in a thinned cable, as time at its rate: as much as home routers are known for. */
const queueMs = 400;
const burstBytes = 32 * KIB;

/** The cable between a host and the bridge, with everything that can be wrong with one. */
export class Cable {
  readonly #options: CableOptions;
  #address: string;

  constructor(options: CableOptions) {
    this.#options = options;
    const { lanPid, hostPid, port } = options;
    runCommand([
      'ip',
      'link',
      'add',
      port,
      'netns',
      String(lanPid),
      'type',
      'veth',
      'peer',
      'name',
      interfaceName,
      'netns',
      String(hostPid),
    ]);
    runIp(hostPid, ['link set lo up']);
    this.#address = this.#addressIn('home', options.number);
    this.plug();
    this.connect('home');
  }

  /** The host's present IPv4 address. */
  get address(): string {
    return this.#address;
  }

  /** Takes the bridge's end out of the bridge: everything is lost silently, and the host's interface stays as it was. */
  unplug(): void {
    runIp(this.#options.lanPid, [`link set ${this.#options.port} nomaster`]);
  }

  plug(): void {
    runIp(this.#options.lanPid, [`link set ${this.#options.port} master hub up`]);
  }

  /** The host has no network any more, and its system knows: no carrier, no address. */
  disconnect(): void {
    runIp(this.#options.hostPid, [`addr flush dev ${interfaceName}`, `link set ${interfaceName} down`]);
  }

  /** The host gets an address: the one it had in this subnet, or (`number`) another one. */
  connect(subnet: Subnet, number = this.#options.number): void {
    this.#address = this.#addressIn(subnet, number);
    runIp(this.#options.hostPid, [
      `addr flush dev ${interfaceName}`,
      `link set ${interfaceName} up`,
      `addr add ${this.#address}/24 dev ${interfaceName}`,
      `route replace default via ${subnets[subnet]}.1`,
    ]);
  }

  /** The host drops what comes from, and what goes to, another address (or a whole subnet, `10.77.0.0/24`). No reset, no error. */
  drop(other: string): void {
    this.#inHost(['iptables', '--wait', '--append', 'INPUT', '--source', other, '--jump', 'DROP']);
    this.#inHost(['iptables', '--wait', '--append', 'OUTPUT', '--destination', other, '--jump', 'DROP']);
  }

  /** Undoes every {@link drop}. */
  dropNothing(): void {
    this.#inHost(['iptables', '--wait', '--flush']);
  }

  /** At most so many bytes per second in each direction, with a short queue. */
  thin(bytesPerSecond: number): void {
    const { lanPid, port } = this.#options;
    const shape = ['root', 'tbf', 'rate', `${bytesPerSecond * 8}bit`, 'burst', String(burstBytes), 'latency', `${queueMs}ms`];
    this.#inHost(['tc', 'qdisc', 'replace', 'dev', interfaceName, ...shape]);
    runCommand([...withinNetworkOf(lanPid), 'tc', 'qdisc', 'replace', 'dev', port, ...shape]);
  }

  /** Delays everything that the host sends; false where the kernel cannot (no netem). */
  delay(ms: number): boolean {
    try {
      this.#inHost(['tc', 'qdisc', 'replace', 'dev', interfaceName, 'root', 'netem', 'delay', `${ms}ms`, 'limit', '100000']);
      return true;
    } catch {
      return false;
    }
  }

  /** What went through the host's end so far. */
  bytes(): InterfaceBytes {
    const text = readFileSync(`/proc/${this.#options.hostPid}/net/dev`, 'utf8');
    return parseInterfaceBytes(text, interfaceName) ?? { received: 0, sent: 0 };
  }

  #addressIn(subnet: Subnet, number: number): string {
    return `${subnets[subnet]}.${number}`;
  }

  #inHost(argv: readonly string[]): void {
    runCommand([...withinNetworkOf(this.#options.hostPid), ...argv]);
  }
}
