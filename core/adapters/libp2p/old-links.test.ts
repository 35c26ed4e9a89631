import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { MessageStream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { afterEach, describe, expect, test } from 'vitest';
import { present } from '../../base/index.ts';
import type { Channel, EndReason, Link } from '../../ports/index.ts';
import { muxerProtocol } from './settings.ts';
import { link, startHost, until, type TestHost } from './test-hosts.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function stopping(host: TestHost): TestHost {
  stops.push(() => host.transport.stop());
  return host;
}

/** A link with one channel at each end, and how often and why its near end was told to be over. */
async function linkWithChannel(from: TestHost, to: TestHost): Promise<{ near: Link; channel: Channel; far: Channel; ends: EndReason[] }> {
  const before = to.channels.length;
  const near = await link(from, to);
  const ends: EndReason[] = [];
  near.onEnd((reason) => ends.push(reason));
  const channel = present(await near.open('/dormouse/test/1'), 'channel');
  await until(() => to.channels.length > before, 'the channel arrives');
  return { near, channel, far: present(to.channels.at(-1), 'far end'), ends };
}

describe('what an ended connection still reports', () => {
  test('SES-1 the late end of an old connection touches no newer one to the same device', async () => {
    const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
    const old = await linkWithChannel(anna, ben);
    const next = await linkWithChannel(anna, ben);
    // The far side closes the old one: its end is reported here long after the newer one was made.
    present(ben.inbound[0], 'first link').link.abort();
    await until(() => old.ends.length === 1, 'the old link ends');
    old.near.abort();
    expect(await old.channel.read()).toBeUndefined();
    expect(await old.channel.write(Uint8Array.of(1))).toBe(false);
    expect(await old.near.open('/dormouse/test/2')).toBeUndefined();

    expect(next.ends).toEqual([]);
    await next.channel.write(Uint8Array.of(7));
    expect(await next.far.read()).toEqual(Uint8Array.of(7));
    await next.far.write(Uint8Array.of(8));
    expect(await next.channel.read()).toEqual(Uint8Array.of(8));
    expect(present(await next.near.open('/dormouse/test/3'), 'another channel').protocol).toBe('/dormouse/test/3');
    expect(old.ends).toHaveLength(1);
  });

  test('SES-1 a link that this side aborted tells so at once and once, whatever the connection reports later', async () => {
    const [anna, ben] = [stopping(await startHost(1)), stopping(await startHost(2))];
    const old = await linkWithChannel(anna, ben);
    old.near.abort();
    expect(old.ends).toEqual(['aborted']);
    const next = await linkWithChannel(anna, ben);
    await until(() => ben.ends.length === 1, 'the far side hears of it');
    expect(old.ends).toEqual(['aborted']);
    expect(next.ends).toEqual([]);
    expect(await next.channel.write(Uint8Array.of(7))).toBe(true);
  });
});

test.each([
  ['in order', 0, 'remote-closed'],
  ['for an error', 2, 'lost'],
] as const)(
  'SES-2 a device that says it opens and takes no more streams (%s) but keeps its socket ends the link',
  async (_title, code, reason) => {
    const host = stopping(await startHost(1));
    const standard = yamux({ enableKeepAlive: false })();
    let wire: MessageStream | undefined;
    const device = await createLibp2p({
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [
        () => ({
          protocol: muxerProtocol,
          createStreamMuxer: (connection) => {
            wire = connection;
            return standard.createStreamMuxer(connection);
          },
        }),
      ],
    });
    stops.push(async () => device.stop());
    await device.dial(multiaddr(present(host.transport.addresses()[0], 'address')));
    await until(() => host.inbound.length === 1, 'the link is there');
    // Yamux's frame of type GoAway: version, type, flags, stream, code.
    present(wire, 'connection').send(Uint8Array.of(0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, code));
    await until(() => host.ends.length === 1, 'the link ends', 3_000);
    expect(host.ends).toEqual([reason]);
  },
);
