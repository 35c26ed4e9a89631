import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2p } from 'libp2p';
import type { NoiseCrypto } from '../../core/adapters/libp2p/index.ts';
import { deferred } from '../../core/base/index.ts';
import type { ByteStream, StreamStack } from './byte-stream.ts';

const protocol = '/dormouse/bench/1';

/**
 * libp2p as it is: TCP, Noise and Yamux with their own settings, and nothing of ours around them but the functions of the cipher (`crypto`;
 * the library's own choice if undefined).
 */
export function plainStack(crypto: NoiseCrypto | undefined): StreamStack {
  const start = (listen: string[]): Promise<Libp2p> =>
    createLibp2p({
      addresses: { listen },
      transports: [tcp()],
      connectionEncrypters: [noise(crypto ? { crypto } : {})],
      streamMuxers: [yamux()],
    });
  return {
    async listen() {
      const node = await start(['/ip4/127.0.0.1/tcp/0']);
      const incoming = deferred<ByteStream>();
      await node.handle(protocol, (stream) => incoming.resolve(byteStreamOf(stream)));
      return { target: node.getMultiaddrs().map(String), stream: incoming.promise, stop: async () => node.stop() };
    },
    async dial(target) {
      const node = await start([]);
      const addresses = (target as readonly string[]).map((address) => multiaddr(address));
      const stream = await node.dialProtocol(addresses, protocol);
      return { stream: byteStreamOf(stream), stop: async () => node.stop() };
    },
  };
}

function byteStreamOf(stream: Stream): ByteStream {
  const chunks = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const next = await chunks.next();
      return next.done === true ? undefined : next.value;
    },
    async write(bytes) {
      if (!stream.send(bytes)) await stream.onDrain();
      return stream.status === 'open';
    },
    closeWrite: () => stream.close(),
  };
}
