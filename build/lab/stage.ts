import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../../core/base/index.ts';
import { Prng } from '../../core/testing/sim/prng.ts';
import { DaemonFailure, waitFor } from '../../main/testing/daemon-process.ts';
import { LabHost } from './lab-host.ts';
import { Lan } from './lan.ts';
import { Relay } from './relay-client.ts';
import type { Figure, HostsOptions, RelayBetween, Stage } from './scenario.ts';
import { untilEven } from './settle.ts';

export interface LabStageOptions {
  /** An empty folder of this scenario. */
  readonly folder: string;
  readonly isShort: boolean;
  readonly seed: string;
  readonly say: (text: string) => void;
}

const folderName = 'lab';
const setupMs = 90_000;

/** One scenario's network and hosts; everything is made here and ended by {@link LabStage.close}. */
export class LabStage implements Stage {
  readonly random: Prng;
  readonly figures: Figure[] = [];
  readonly laptops: LabHost[] = [];
  readonly #options: LabStageOptions;
  readonly #relays: Relay[] = [];
  #lan: Lan | undefined;
  #isClosed = false;

  constructor(options: LabStageOptions) {
    this.#options = options;
    this.random = new Prng(options.seed);
    mkdirSync(options.folder, { recursive: true });
  }

  choose<T>(full: T, short: T): T {
    return this.#options.isShort ? short : full;
  }

  figure(figure: Figure): void {
    this.figures.push(figure);
  }

  say(text: string): void {
    this.#options.say(text);
  }

  async hosts(names: readonly string[], options: HostsOptions = {}): Promise<readonly LabHost[]> {
    const lan = (this.#lan = await Lan.open());
    await Promise.all(
      names.map(async (name) => {
        const folder = join(this.#options.folder, name);
        mkdirSync(folder);
        const host = await LabHost.make(lan, { name, folder, discovery: options.discovery ?? false, diskBytes: options.diskBytes?.[name] });
        this.laptops.push(host);
        // A stage that was closed meanwhile has no more hosts to end.
        if (this.#isClosed) return host.close();
        await host.start();
      }),
    );
    const hosts = names.map((name) =>
      present(
        this.laptops.find((host) => host.name === name),
        name,
      ),
    );
    const [first, ...others] = hosts;
    if (first === undefined) throw new DaemonFailure('A scenario needs hosts.');
    await first.call('folder.add', { path: first.folderPath, name: folderName });
    for (const other of others) await admit(first, other);
    await untilEven(hosts, setupMs);
    return hosts;
  }

  async relay(caller: LabHost, target: LabHost): Promise<RelayBetween> {
    const relay = await Relay.start();
    this.#relays.push(relay);
    const cable = present(this.#lan, 'the network').plugIn(relay.pid);
    const port = present(portOf(target), 'a port');
    await relay.listen({ listenHost: cable.address, listenPort: port, targetHost: target.cable.address, targetPort: port });
    const address = `/ip4/${cable.address}/tcp/${port}`;
    await caller.call('device.address', { device: target.name, action: 'add', address });
    // From now on the two reach each other by the relay alone.
    for (const [host, other] of [
      [caller, target],
      [target, caller],
    ] as const) {
      host.cable.drop(other.cable.address);
    }
    return { relay, address };
  }

  /** Ends everything at once; any number of times. */
  close(): void {
    this.#isClosed = true;
    for (const host of this.laptops) host.close();
    for (const relay of this.#relays) relay.close();
    this.#lan?.close();
  }
}

/** `guest` pairs with `host` by an invite and takes the folder. */
async function admit(host: LabHost, guest: LabHost): Promise<void> {
  const { invite } = await host.call('invite', {});
  await guest.call('pair', { invite });
  await host.call('folder.share', { folder: folderName, device: guest.name });
  const offer = await waitFor(
    `${guest.name} hears of the offered folder`,
    setupMs,
    async () => (await guest.call('folder.offers', {})).offers[0],
  );
  await guest.call('folder.accept', { folder: offer.folder, path: guest.folderPath });
}

/** The TCP port at which the host's agent listens on all IPv4 addresses. */
function portOf(host: LabHost): number | undefined {
  const addresses = host.agent.ready?.addresses ?? [];
  const port = addresses.map((address) => /^\/ip4\/.*\/tcp\/(\d+)/.exec(address)?.[1]).find((found) => found !== undefined);
  return port === undefined ? undefined : Number(port);
}
