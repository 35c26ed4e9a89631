import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import {
  FaultTolerance,
  type AbortOptions,
  type Connection,
  type ConnectionGater,
  type Libp2p,
  type Transport,
  type Upgrader,
} from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { Logger } from '../../ports/index.ts';
import { componentLogger } from './component-logger.ts';
import { noiseEncrypter } from './encrypter.ts';
import { channelMuxer } from './muxer.ts';
import type { NoiseCrypto } from './noise-crypto.ts';
import { settings } from './settings.ts';

export interface NodeOptions {
  /** 32 bytes of an Ed25519 private key. */
  readonly seed: Uint8Array;
  readonly logger: Logger;
  readonly noiseCrypto: NoiseCrypto | undefined;
  readonly gater: ConnectionGater;
}

/** The parts of the node that are used directly. */
export interface NodeComponents {
  readonly upgrader: Upgrader;
  readonly transportManager: {
    dial(address: Multiaddr, options: AbortOptions): Promise<Connection>;
    getTransports(): Transport[];
  };
}

export type Node = Libp2p<{ components: NodeComponents }>;

/**
 * A libp2p node that only does what it is told: it carries TCP, Noise and the muxer, and everything in it that connects,
 * reconnects, pings, prunes or answers by itself is off. Links are dialled and listened for at the transport directly (see
 * `components` below), past its dial queue, its reuse of existing connections and its peer store, which thus never holds an
 * address. Not started yet.
 */
export async function createNode(options: NodeOptions): Promise<Node> {
  const logger = componentLogger(options.logger);
  return createLibp2p<{ components: NodeComponents }>({
    start: false,
    logger,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.seed),
    // Never sent, as identify does not run; set so that no default reveals the runtime if that changes.
    nodeInfo: { name: 'dormouse', version: '1', userAgent: 'dormouse' },
    // Listeners are opened by the transport adapter, which sees the system's error codes; see `components`.
    addresses: { listen: [], announce: [] },
    transportManager: { faultTolerance: FaultTolerance.FATAL_ALL },
    transports: [
      tcp({
        // 0 is off. libp2p would end a socket after two silent minutes.
        inboundSocketInactivityTimeout: 0,
        outboundSocketInactivityTimeout: 0,
        listenOpts: socketOptions,
        dialOpts: socketOptions,
      }),
    ],
    connectionEncrypters: [noiseEncrypter(options.noiseCrypto)],
    streamMuxers: [channelMuxer],
    connectionGater: options.gater,
    // Pings every 10 s and aborts the connection at the first failure: liveness is the session layer's.
    connectionMonitor: { enabled: false, abortConnectionOnPingFailure: false },
    connectionManager: {
      // The reconnect queue gives up after a minute and forgets the peer; redialling is the supervisor's.
      reconnectRetries: 0,
      maxParallelReconnects: 1,
      // Above what can be: reaching it would prune links of paired devices.
      maxConnections: settings.linksMax,
      maxIncomingPendingConnections: settings.inboundHandshakesMax,
      inboundConnectionThreshold: settings.inboundPerHostPerSecondMax,
      inboundUpgradeTimeout: settings.inboundHandshakeMs,
      connectionCloseTimeout: settings.closeGraceMs,
      // The dial queue is not used. These keep it out of the way should anything ever reach it.
      maxParallelDials: settings.linksMax,
      maxDialQueueLength: settings.linksMax,
      maxPeerAddrsToDial: settings.discoveredAddressesMax,
      // No lookups of /dnsaddr records.
      resolvers: {},
    },
    // Discovery runs beside the node (`discovery.ts`), as the node would store what it finds.
    peerDiscovery: [],
    peerRouters: [],
    contentRouters: [],
    // No identify, no ping, no NAT port mapping, no relay. The one service hands out the node's parts.
    services: {
      components: ({ transportManager, upgrader }) => ({ transportManager, upgrader }),
    },
  });
}

/** Small messages leave at once, and the kernel's keep-alive ends nothing behind the session layer's back. */
export const socketOptions = { noDelay: true, keepAlive: false } as const;
