import { createPrivateKey, createPublicKey } from 'node:crypto';
import { present } from '../../base/index.ts';
import { deviceIdFromPublicKey, type DeviceId } from '../../model/index.ts';
import { silentLogger, type Admission, type Channel, type EndReason, type Link, type Transport } from '../../ports/index.ts';
import { createLibp2pTransport } from './transport.ts';
import type { Libp2pTransportOptions } from './transport.ts';

export const loopback = '/ip4/127.0.0.1/tcp/0';
/** The discard port: nothing listens there. */
export const deadAddress = '/ip4/127.0.0.1/tcp/9';

/** An Ed25519 seed that is the same for the same `number`, below 256. */
export function seedOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

export function deviceOf(seed: Uint8Array): DeviceId {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const publicKey = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  return deviceIdFromPublicKey(Buffer.from(present(publicKey.export({ format: 'jwk' }).x, 'public key'), 'base64url'));
}

export interface TestHost {
  readonly transport: Transport;
  readonly device: DeviceId;
  readonly inbound: { readonly link: Link; readonly admission: Admission }[];
  readonly ends: EndReason[];
  readonly channels: Channel[];
}

/** A started device that listens on loopback and notes what comes in. */
export async function startHost(
  number: number,
  admission: (device: DeviceId) => Admission = () => 'admit',
  own: Partial<Libp2pTransportOptions> = {},
): Promise<TestHost> {
  const seed = seedOf(number);
  const transport = createLibp2pTransport({ seed, logger: silentLogger, ...own });
  const host: TestHost = { transport, device: deviceOf(seed), inbound: [], ends: [], channels: [] };
  const started = await transport.start({
    listen: [loopback],
    discovery: false,
    admission,
    onLink: (link, how) => {
      host.inbound.push({ link, admission: how });
      link.onChannel((channel) => host.channels.push(channel));
      link.onEnd((reason) => host.ends.push(reason));
    },
    onDiscovered: () => undefined,
  });
  if (!started.ok) throw new Error(started.error.kind);
  return host;
}

/** A link from `from` to `to`. */
export async function link(from: TestHost, to: TestHost): Promise<Link> {
  const dialled = await from.transport.dial(to.device, to.transport.addresses(), { timeoutMs: 10_000 });
  if (!dialled.ok) throw new Error(dialled.error.text);
  return dialled.value;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds; throws `what` after `withinMs`. */
export async function until(condition: () => boolean, what: string, withinMs = 5000): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 10) {
    if (waitedMs >= withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(10);
  }
}
