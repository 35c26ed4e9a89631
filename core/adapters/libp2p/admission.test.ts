import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { StreamMuxerFactory } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { afterEach, expect, test } from 'vitest';
import { present } from '../../base/index.ts';
import { muxerProtocol, settings } from './settings.ts';
import { link, pause, startHost, until, type TestHost } from './test-hosts.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function stopping(host: TestHost): TestHost {
  stops.push(() => host.transport.stop());
  return host;
}

/** An ordinary libp2p node with ping monitor and identify; `muxer` replaces its Yamux. */
async function startStranger(muxer?: () => StreamMuxerFactory) {
  const stranger = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [muxer ?? yamux()],
    services: { identify: identify() },
  });
  stops.push(async () => stranger.stop());
  return stranger;
}

function addressOf(host: TestHost): Multiaddr {
  return multiaddr(present(host.transport.addresses()[0], 'address'));
}

test('SEC-1 an ordinary libp2p node gets no connection, even while strangers may pair', async () => {
  const host = stopping(await startHost(1, () => 'pairing-only'));
  const stranger = await startStranger();
  await expect(stranger.dial(addressOf(host))).rejects.toThrow();
  expect(host.inbound).toEqual([]);
});

test('SEC-1 a stranger that knows the muxer is answered neither identify nor ping, nor told what is spoken', async () => {
  const host = stopping(await startHost(1, () => 'pairing-only'));
  const standard = yamux({ enableKeepAlive: false })();
  const stranger = await startStranger(() => ({
    protocol: muxerProtocol,
    createStreamMuxer: (stream) => standard.createStreamMuxer(stream),
  }));
  const connection = await stranger.dial(addressOf(host));
  await until(() => host.inbound.length === 1, 'the link is there');
  expect(host.inbound[0]?.admission).toBe('pairing-only');
  for (const protocol of ['/ipfs/ping/1.0.0', '/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', '/dormouse/channel/1', 'ls']) {
    await expect(connection.newStream([protocol], { signal: AbortSignal.timeout(3000) }), protocol).rejects.toThrow();
  }
  expect(host.channels).toEqual([]);
});

test('SEC-1 this side never asks a stranger anything either', async () => {
  const host = stopping(await startHost(1));
  const standard = yamux({ enableKeepAlive: false })();
  let streams = 0;
  const stranger = await startStranger(() => ({
    protocol: muxerProtocol,
    createStreamMuxer: (stream) => {
      const muxer = standard.createStreamMuxer(stream);
      muxer.addEventListener('stream', ({ detail }) => (streams += detail.direction === 'inbound' ? 1 : 0));
      return muxer;
    },
  }));
  await stranger.dial(addressOf(host));
  await pause(500);
  expect(streams).toBe(0);
});

test('SEC-1 strangers that pair hold a bounded number of links', async () => {
  const inviter = stopping(await startHost(1, () => 'pairing-only'));
  const guests: TestHost[] = [];
  for (let i = 0; i < settings.pairingOnlyLinksMax; i++) {
    const guest = stopping(await startHost(10 + i));
    await link(guest, inviter);
    guests.push(guest);
  }
  const late = stopping(await startHost(50));
  const dialled = await late.transport.dial(inviter.device, inviter.transport.addresses(), { timeoutMs: 5000 });
  expect(dialled).toMatchObject({ ok: false, error: { kind: 'refused' } });
  inviter.inbound[0]?.link.abort();
  await link(late, inviter);
});

test('SEC-1 whoever was revoked while the muxer was agreed on gets no link', async () => {
  let answers = 0;
  const host = stopping(await startHost(1, () => (answers++ === 0 ? 'admit' : 'refuse')));
  const caller = stopping(await startHost(2));
  await caller.transport.dial(host.device, host.transport.addresses(), { timeoutMs: 5000 });
  await pause(100);
  expect(answers).toBe(2);
  expect(host.inbound).toEqual([]);
});
