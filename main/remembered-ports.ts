import type { Result } from '../core/base/index.ts';
import type { ListenError, Transport, TransportOptions } from '../core/ports/index.ts';
import { readJsonFile, writeFileAtomically } from './home.ts';

/** Ports of the last start; 0: any free one. */
interface Ports {
  readonly ip4: number;
  readonly ip6: number;
}

const anyPorts: Ports = { ip4: 0, ip6: 0 };

/**
 * A transport that, told nothing else, listens on all interfaces, and there on the ports of the last start: other devices try the
 * addresses that they know first. Where another program has taken one meanwhile, any free ones do. `file` keeps the ports.
 */
export function withRememberedPorts(transport: Transport, file: string): Transport {
  return {
    start: async (options) => {
      const started = await startSomewhere(transport, options, readPorts(file));
      if (started.ok) rememberPorts(file, transport.addresses());
      return started;
    },
    addresses: () => transport.addresses(),
    dial: (device, addresses, options) => transport.dial(device, addresses, options),
    renewDiscovery: () => transport.renewDiscovery(),
    stop: () => transport.stop(),
  };
}

async function startSomewhere(transport: Transport, options: TransportOptions, last: Ports): Promise<Result<void, ListenError>> {
  if (options.listen.length > 0) return transport.start(options);
  const started = await transport.start({ ...options, listen: onAllInterfaces(last) });
  if (started.ok || started.error.kind !== 'address-in-use') return started;
  return transport.start({ ...options, listen: onAllInterfaces(anyPorts) });
}

function onAllInterfaces({ ip4, ip6 }: Ports): readonly string[] {
  return [`/ip4/0.0.0.0/tcp/${ip4}`, `/ip6/::/tcp/${ip6}`];
}

function rememberPorts(file: string, addresses: readonly string[]): void {
  const last = readPorts(file);
  const portOf = (family: keyof Ports): number => {
    const port = addresses
      .map((address) => new RegExp(`^/${family}/.*/tcp/(\\d+)$`).exec(address)?.[1])
      .find((found) => found !== undefined);
    return port === undefined ? last[family] : Number(port);
  };
  const ports: Ports = { ip4: portOf('ip4'), ip6: portOf('ip6') };
  if (ports.ip4 === last.ip4 && ports.ip6 === last.ip6) return;
  try {
    writeFileAtomically(file, `${JSON.stringify(ports)}\n`);
  } catch {
    // A convenience: without it the next start listens elsewhere, and devices are found again by discovery.
  }
}

function readPorts(file: string): Ports {
  try {
    const found = readJsonFile(file);
    if (typeof found !== 'object' || found === null) return anyPorts;
    const { ip4, ip6 } = found as Partial<Record<keyof Ports, unknown>>;
    return { ip4: isPort(ip4) ? ip4 : 0, ip6: isPort(ip6) ? ip6 : 0 };
  } catch {
    return anyPorts;
  }
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}
