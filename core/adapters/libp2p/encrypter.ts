import { noise, type NoiseComponents } from '@chainsafe/libp2p-noise';
import type { ConnectionEncrypter, MultiaddrConnection } from '@libp2p/interface';
import type { NoiseCrypto } from './noise-crypto.ts';
import { prefixed } from './prefixed-buffer.ts';

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

/** Noise sends lists of [length, sealed message] pairs. A message of a cipher that leaves no room for the length is copied. */
function joinWrites<C extends Pick<MultiaddrConnection, 'send'>>(connection: C): C {
  const send = connection.send.bind(connection);
  connection.send = (data) => {
    if (data instanceof Uint8Array) return send(data);
    const pieces = [...data];
    const messages = pieces.flatMap((piece, i) => (i % 2 === 0 ? [prefixed(piece, pieces[i + 1])] : []));
    if (messages.includes(undefined)) return send(data.subarray());
    let canSendMore = true;
    for (const message of messages) if (message) canSendMore = send(message);
    return canSendMore;
  };
  return connection;
}
