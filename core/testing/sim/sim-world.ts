import { assert } from '../../base/index.ts';
import { Scheduler } from './scheduler.ts';
import { VerifyCache } from './sim-crypto.ts';
import { SimHost } from './sim-host.ts';
import type { HostOptions } from './sim-host.ts';
import { SimNet } from './sim-net.ts';

/** A world from a seed: one order of events, one network, any number of machines. The same seed and the same calls give the same history. */
export class SimWorld {
  readonly scheduler: Scheduler;
  readonly net: SimNet;
  readonly #verifyCache = new VerifyCache();
  readonly #hosts = new Map<string, SimHost>();

  constructor(seed: string) {
    this.scheduler = new Scheduler(seed);
    this.net = new SimNet(this.scheduler);
  }

  get hosts(): readonly SimHost[] {
    return [...this.#hosts.values()];
  }

  /** A new machine, switched on, with a first run of its program. */
  addHost(options: HostOptions): SimHost {
    assert(!this.#hosts.has(options.name), `host ${options.name} exists`);
    const surroundings = { scheduler: this.scheduler, net: this.net, verifyCache: this.#verifyCache };
    const host = new SimHost(surroundings, options);
    this.#hosts.set(host.name, host);
    return host;
  }

  host(name: string): SimHost {
    const host = this.#hosts.get(name);
    assert(host, `no host ${name}`);
    return host;
  }

  /** The newest log records of all hosts in the order of time, one line each. */
  printLogs(linesMax = 200): string {
    const lines = this.hosts.flatMap(({ log }) => log.print().split('\n')).filter((line) => line !== '');
    return lines
      .sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b))
      .slice(-linesMax)
      .join('\n');
  }
}
