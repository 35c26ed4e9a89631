import { Socket } from 'node:net';
import { noise, type NoiseComponents } from '@chainsafe/libp2p-noise';
import type { ConnectionEncrypter, MultiaddrConnection } from '@libp2p/interface';
import type { NoiseCrypto } from './noise-crypto.ts';
import { giveSealedMemory, prefixed } from './sealed-memory.ts';

/**
 * Noise whose messages leave in one write each. The library hands length, ciphertext and tag to the socket one by one; with
 * TCP_NODELAY each becomes a system call and a packet of its own.
 */
export function noiseEncrypter(crypto: NoiseCrypto | undefined): (components: NoiseComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter = noise(crypto ? { crypto } : {})(components);
    return {
      protocol: encrypter.protocol,
      secureInbound: (connection, options) => encrypter.secureInbound(joinWrites(connection), options),
      secureOutbound: (connection, options) => encrypter.secureOutbound(joinWrites(connection), options),
    };
  };
}

type Sink = Pick<MultiaddrConnection, 'send' | 'addEventListener' | 'writeBufferLength'>;

/** Messages under way whose memory comes back; more are left to the garbage collector. */
const underWayMax = 64;

/**
 * Noise sends lists of [length, sealed message] pairs. A message of a cipher that leaves no room for the length is copied. The memory of a message
 * is used again once the kernel has everything that was handed to the connection.
 */
export function joinWrites<C extends Sink>(connection: C): C {
  const send = connection.send.bind(connection);
  const socket = socketOf(connection);
  const underWay: Uint8Array[] = [];
  const reuseSent = (): void => {
    if (connection.writeBufferLength > 0 || socket?.writableLength !== 0) return;
    for (const message of underWay.splice(0)) giveSealedMemory(message);
  };
  connection.addEventListener('drain', reuseSent);
  connection.send = (data) => {
    if (data instanceof Uint8Array) return send(data);
    const pieces = [...data];
    const messages = pieces.flatMap((piece, i) => (i % 2 === 0 ? [prefixed(piece, pieces[i + 1])] : []));
    if (messages.includes(undefined)) return send(data.subarray());
    let canSendMore = true;
    for (const message of messages) {
      if (!message) continue;
      canSendMore = send(message);
      if (underWay.length < underWayMax) underWay.push(message);
    }
    reuseSent();
    return canSendMore;
  };
  return connection;
}

/** The socket of a TCP connection: what tells whether all that was written has left this process. The library has no word for that. */
function socketOf(connection: object): Socket | undefined {
  const { socket } = connection as { readonly socket?: unknown };
  return socket instanceof Socket ? socket : undefined;
}
