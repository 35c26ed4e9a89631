import { generateKeyPairSync } from 'node:crypto';
import { createLibp2pTransport, type NoiseCrypto } from '../../core/adapters/libp2p/index.ts';
import { deferred, present } from '../../core/base/index.ts';
import { deviceIdFromPublicKey, type DeviceId } from '../../core/model/index.ts';
import { silentLogger, type Transport, type TransportOptions } from '../../core/ports/index.ts';
import type { ByteStream, StreamStack } from './byte-stream.ts';

const protocol = '/dormouse/bench/1';

interface Target {
  readonly device: DeviceId;
  readonly addresses: readonly string[];
}

/** A channel of the transport that carries Dormouse. */
export function channelStack(crypto: NoiseCrypto | undefined): StreamStack {
  return {
    async listen() {
      const incoming = deferred<ByteStream>();
      const { transport, device } = await startTransport(crypto, {
        listen: ['/ip4/127.0.0.1/tcp/0'],
        onLink: (link) => link.onChannel((channel) => incoming.resolve(channel)),
      });
      const target: Target = { device, addresses: transport.addresses() };
      return { target, stream: incoming.promise, stop: () => transport.stop() };
    },
    async dial(target) {
      const { device, addresses } = target as Target;
      const { transport } = await startTransport(crypto, { listen: [] });
      const dialled = await transport.dial(device, addresses, { timeoutMs: 5000 });
      if (!dialled.ok) throw new Error(`dial: ${dialled.error.text}`);
      return { stream: present(await dialled.value.open(protocol), 'channel'), stop: () => transport.stop() };
    },
  };
}

async function startTransport(
  crypto: NoiseCrypto | undefined,
  options: Pick<TransportOptions, 'listen'> & Partial<TransportOptions>,
): Promise<{ transport: Transport; device: DeviceId }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(present(privateKey.export({ format: 'jwk' }).d, 'seed'), 'base64url');
  const rawPublicKey = Buffer.from(present(publicKey.export({ format: 'jwk' }).x, 'public key'), 'base64url');
  const transport = createLibp2pTransport({ seed, logger: silentLogger, noiseCrypto: crypto ?? 'library' });
  const ignore = (): void => undefined;
  const started = await transport.start({ discovery: false, admission: () => 'admit', onLink: ignore, onDiscovered: ignore, ...options });
  if (!started.ok) throw new Error(`listen: ${started.error.kind}`);
  return { transport, device: deviceIdFromPublicKey(rawPublicKey) };
}
