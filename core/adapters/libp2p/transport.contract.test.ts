import { silentLogger } from '../../ports/index.ts';
import { transportContract } from '../../testing/contracts/index.ts';
import { deadAddress, deviceOf, loopback, pause, seedOf } from './test-hosts.ts';
import { createLibp2pTransport } from './transport.ts';

transportContract('libp2p on loopback', async (count) => {
  const hosts = Array.from({ length: count }, (_, index) => {
    const seed = seedOf(index + 1);
    return { transport: createLibp2pTransport({ seed, logger: silentLogger }), device: deviceOf(seed), listen: [loopback] };
  });
  return {
    hosts,
    deadAddress,
    pause,
    cleanup: async () => {
      await Promise.all(hosts.map(({ transport }) => transport.stop()));
    },
  };
});
