import { networkInterfaces } from 'node:os';
import { Emitter } from '../../base/index.ts';
import type { Network, NetworkInterface } from '../../ports/index.ts';

/** How often the interfaces are looked at: a device whose network comes late after a wake is dialled that much later. Reading them takes some 50 µs. */
const pollMs = 500;

export interface NodeNetworkOptions {
  /** Stand-in for tests. */
  readonly read?: () => readonly NetworkInterface[];
  readonly pollMs?: number;
}

/** The host's interfaces, polled while somebody listens: Node has no event for them. Polling keeps no program alive. */
export function nodeNetwork(options: NodeNetworkOptions = {}): Network {
  const read = options.read ?? readInterfaces;
  const changes = new Emitter<void>();
  let listeners = 0;
  let timer: NodeJS.Timeout | undefined;
  let last = '';

  function look(): void {
    const now = fingerprint(read());
    if (now === last) return;
    last = now;
    changes.emit();
  }

  return {
    interfaces: read,
    metered: () => undefined,
    subscribe: (listener) => {
      const off = changes.on(listener);
      listeners += 1;
      if (listeners === 1) {
        last = fingerprint(read());
        timer = setInterval(look, options.pollMs ?? pollMs).unref();
      }
      let active = true;
      return () => {
        if (!active) return;
        active = false;
        off();
        listeners -= 1;
        if (listeners === 0) clearInterval(timer);
      };
    },
  };
}

function readInterfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, family, internal, cidr }) => ({
      name,
      address,
      family: family === 'IPv6' ? (6 as const) : (4 as const),
      internal,
      prefixLength: Number(cidr?.split('/')[1] ?? 0),
    })),
  );
}

/** The same for the same set, in whatever order the system lists it. */
function fingerprint(interfaces: readonly NetworkInterface[]): string {
  return interfaces
    .map(({ name, address, prefixLength }) => `${name} ${address}/${prefixLength}`)
    .sort()
    .join('\n');
}
