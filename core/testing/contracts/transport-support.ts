import { concatBytes } from '../../base/index.ts';
import type { DeviceId } from '../../model/index.ts';
import type { Admission, Channel, EndReason, Link, Transport } from '../../ports/index.ts';
import { until, valueOf } from './support.ts';
import type { Patience } from './support.ts';

/** One device on the network under test. The suite calls `transport.start` itself. */
export interface TransportHost {
  readonly transport: Transport;
  readonly device: DeviceId;
  /** What the suite passes as `TransportOptions.listen`. */
  readonly listen: readonly string[];
}

/** A small network of devices that reach each other. */
export interface TransportsUnderTest extends Patience {
  readonly hosts: readonly TransportHost[];
  /** A well-formed address where nothing listens. */
  readonly deadAddress: string;
  /** Stops every transport. */
  readonly cleanup: () => Promise<void>;
}

/** The protocol of the suite's channels. */
export const testProtocol = '/dormouse/test/1';

/** A started device and the links that came in. */
export interface StartedHost extends TransportHost {
  readonly inbound: { readonly link: Link; readonly admission: Admission; readonly watched: WatchedLink }[];
}

/** A link with what it told. */
export interface WatchedLink {
  readonly link: Link;
  readonly channels: Channel[];
  readonly ends: EndReason[];
}

export interface StartedTransports extends Patience {
  readonly hosts: readonly StartedHost[];
  readonly deadAddress: string;
}

/** What the device `own`, which is number `index` of the network, says about `other`. */
export type AdmissionRule = (own: DeviceId, other: DeviceId, index: number) => Admission;

/** Runs `body` with `count` started devices, and stops them whatever happens. */
export async function withTransports(
  make: (hosts: number) => Promise<TransportsUnderTest>,
  count: number,
  body: (started: StartedTransports) => Promise<void>,
  admission: AdmissionRule = () => 'admit',
): Promise<void> {
  const under = await make(count);
  try {
    const hosts: StartedHost[] = [];
    for (const [index, host] of under.hosts.entries()) {
      const inbound: StartedHost['inbound'] = [];
      const started = await host.transport.start({
        listen: host.listen,
        discovery: false,
        admission: (device) => admission(host.device, device, index),
        onLink: (link, how) => inbound.push({ link, admission: how, watched: watchLink(link) }),
        onDiscovered: () => undefined,
      });
      valueOf(started);
      hosts.push({ ...host, inbound });
    }
    await body({ hosts, deadAddress: under.deadAddress, pause: under.pause });
  } finally {
    await under.cleanup();
  }
}

export function watchLink(link: Link): WatchedLink {
  const watched: WatchedLink = { link, channels: [], ends: [] };
  link.onChannel((channel) => watched.channels.push(channel));
  link.onEnd((reason) => watched.ends.push(reason));
  return watched;
}

/** Both ends of one new link from `from` to `to`. */
export async function connect(patience: Patience, from: StartedHost, to: StartedHost): Promise<{ near: WatchedLink; far: WatchedLink }> {
  const before = to.inbound.length;
  const link = valueOf(await from.transport.dial(to.device, to.transport.addresses(), { timeoutMs: 10_000 }));
  const near = watchLink(link);
  await until(patience, () => to.inbound.length > before, 'the other side sees the link');
  const far = to.inbound[before];
  if (!far) throw new Error('no inbound link');
  return { near, far: far.watched };
}

/** Both ends of one new channel, opened by `opener`. */
export async function openChannel(
  patience: Patience,
  opener: WatchedLink,
  other: WatchedLink,
  protocol: string = testProtocol,
): Promise<{ near: Channel; far: Channel }> {
  const before = other.channels.length;
  const near = await opener.link.open(protocol);
  if (!near) throw new Error('the channel was not opened');
  await until(patience, () => other.channels.length > before, 'the other side sees the channel');
  const far = other.channels[before];
  if (!far) throw new Error('no channel');
  return { near, far };
}

/** Reads until at least `length` bytes are there. */
export async function readBytes(channel: Channel, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let got = 0; got < length;) {
    const chunk = await channel.read();
    if (!chunk) break;
    if (chunk.length === 0) throw new Error('an empty chunk');
    parts.push(chunk);
    got += chunk.length;
  }
  return concatBytes(parts);
}

export async function readToEnd(channel: Channel): Promise<Uint8Array> {
  return readBytes(channel, Infinity);
}
