import type { Connection, ConnectionGater, Listener, PeerId } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { assert, err, Mutex, ok, type Result } from '../../base/index.ts';
import type { DeviceId } from '../../model/index.ts';
import type { DialError, Link, ListenError, Logger, Transport, TransportOptions } from '../../ports/index.ts';
import { Dialer, type DialOptions } from './dialer.ts';
import { Discovery } from './discovery.ts';
import { Libp2pLink } from './link.ts';
import { listenAll } from './listen.ts';
import { chooseNoiseCrypto, type NoiseCrypto } from './noise-crypto.ts';
import { createNode, type Node } from './node.ts';
import { channelProtocol, settings } from './settings.ts';

export interface Libp2pTransportOptions {
  /** The 32 byte seed of the device's Ed25519 key. The DeviceId is the PeerId of that key. */
  readonly seed: Uint8Array;
  readonly logger: Logger;
  /** The cipher of Noise: by default libsodium where it loads; `library` is libp2p's own choice. */
  readonly noiseCrypto?: NoiseCrypto | 'library';
}

/** The {@link Transport} over libp2p: TCP, Noise (XX), Yamux, multicast DNS. */
export function createLibp2pTransport(options: Libp2pTransportOptions): Transport {
  assert(options.seed.length === 32, 'an Ed25519 seed has 32 bytes');
  return new Libp2pTransport(options);
}

class Libp2pTransport implements Transport {
  readonly #options: Libp2pTransportOptions;
  readonly #changes = new Mutex();
  #running: RunningTransport | undefined;

  constructor(options: Libp2pTransportOptions) {
    this.#options = options;
  }

  start(options: TransportOptions): Promise<Result<void, ListenError>> {
    return this.#changes.run(async () => {
      assert(!this.#running, 'a transport is started once');
      const running = await RunningTransport.create(this.#options, options);
      const listening = await running.listen();
      if (!listening.ok) {
        await running.stop();
        return err(listening.error);
      }
      this.#running = running;
      return ok();
    });
  }

  addresses(): readonly string[] {
    return this.#running?.addresses() ?? [];
  }

  async dial(device: DeviceId, addresses: readonly string[], options: DialOptions): Promise<Result<Link, DialError>> {
    if (!this.#running) return err({ kind: 'aborted', text: 'the transport is not running' });
    return this.#running.dial(device, addresses, options);
  }

  renewDiscovery(): void {
    this.#running?.renewDiscovery();
  }

  stop(): Promise<void> {
    return this.#changes.run(async () => {
      const running = this.#running;
      this.#running = undefined;
      await running?.stop();
    });
  }
}

/** One run of the transport, from start to stop. */
class RunningTransport {
  readonly #options: TransportOptions;
  readonly #logger: Logger;
  readonly #node: Node;
  readonly #dialer: Dialer;
  readonly #links = new Map<Connection, Libp2pLink>();
  #pairingOnlyLinks = 0;
  #listeners: readonly Listener[] = [];
  #discovery: Discovery | undefined;
  #isStopping = false;

  static async create(own: Libp2pTransportOptions, options: TransportOptions): Promise<RunningTransport> {
    const noiseCrypto = own.noiseCrypto === 'library' ? undefined : (own.noiseCrypto ?? (await chooseNoiseCrypto(own.logger)));
    // The node wants its gate before there is anything behind it; it asks nothing before it is started.
    let running: RunningTransport | undefined = undefined as RunningTransport | undefined;
    const gater: ConnectionGater = {
      denyInboundConnection: () => !running || running.#isStopping,
      denyInboundEncryptedConnection: (remote) => !running || running.#admit(remote) === 'refuse',
      denyOutboundEncryptedConnection: (remote, connection) => !running || running.#dialer.denies(remote, connection),
    };
    const node = await createNode({ seed: own.seed, logger: own.logger, noiseCrypto, gater });
    running = new RunningTransport(own.logger, options, node);
    await running.#startNode();
    return running;
  }

  private constructor(logger: Logger, options: TransportOptions, node: Node) {
    this.#logger = logger;
    this.#options = options;
    this.#node = node;
    this.#dialer = new Dialer(node, options.admission);
  }

  async #startNode(): Promise<void> {
    this.#node.addEventListener('connection:open', ({ detail }) => this.#onConnection(detail));
    await this.#node.start();
    await this.#node.handle(
      channelProtocol,
      (stream, connection) => {
        const link = this.#links.get(connection);
        if (link) void link.accept(stream);
        else stream.abort(new Error('not a link'));
      },
      { maxInboundStreams: settings.streamsPerDirectionMax, maxOutboundStreams: settings.streamsPerDirectionMax },
    );
  }

  async listen(): Promise<Result<void, ListenError>> {
    const listening = await listenAll(this.#node, this.#options.listen);
    if (!listening.ok) return listening;
    this.#listeners = listening.value;
    if (this.#options.discovery) this.#startDiscovery();
    return ok();
  }

  addresses(): readonly string[] {
    return [...new Set(this.#listeners.flatMap((listener) => listener.getAddrs().map(String)))];
  }

  async dial(device: DeviceId, addresses: readonly string[], options: DialOptions): Promise<Result<Link, DialError>> {
    const dialled = await this.#dialer.dial(device, addresses, options);
    if (!dialled.ok) return dialled;
    const link = this.#links.get(dialled.value);
    return link ? ok(link) : err({ kind: 'refused', text: 'the connection ended at once' });
  }

  renewDiscovery(): void {
    void this.#discovery?.renew();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#dialer.stop();
    const inTime = await within(this.#stopInOrder(), settings.stopMs);
    if (inTime) return;
    this.#logger.log('warn', 'transport-stop-forced', { links: this.#links.size });
    for (const link of [...this.#links.values()]) link.abort();
  }

  async #stopInOrder(): Promise<void> {
    await Promise.all([this.#discovery?.stop(), ...[...this.#links.values()].map((link) => link.close(settings.closeGraceMs))]);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#node.stop();
  }

  /** Both directions pass here, before anything muxed is read, so that no channel finds its link missing. */
  #onConnection(connection: Connection): void {
    if (connection.status !== 'open') return;
    const link = new Libp2pLink(connection);
    this.#links.set(connection, link);
    connection.addEventListener('close', () => this.#links.delete(connection), { once: true });
    if (connection.direction === 'outbound') return;

    // Asked again: the answer may have changed while the muxer was agreed on.
    const admission = this.#isStopping ? 'refuse' : this.#admit(connection.remotePeer);
    if (admission === 'refuse') return link.abort();
    if (admission === 'pairing-only') {
      this.#pairingOnlyLinks += 1;
      connection.addEventListener('close', () => (this.#pairingOnlyLinks -= 1), { once: true });
    }
    this.#options.onLink(link, admission);
  }

  #admit(remote: PeerId): 'admit' | 'pairing-only' | 'refuse' {
    const admission = this.#options.admission(remote.toString() as DeviceId);
    const isFull = this.#pairingOnlyLinks >= settings.pairingOnlyLinksMax;
    return admission === 'pairing-only' && isFull ? 'refuse' : admission;
  }

  #startDiscovery(): void {
    const self = this.#node.peerId.toString() as DeviceId;
    this.#discovery = new Discovery({
      self,
      logger: this.#logger,
      addresses: () => this.addresses().map((address) => multiaddr(`${address}/p2p/${self}`)),
      onDiscovered: this.#options.onDiscovered,
    });
    void this.#discovery.renew();
  }
}

/** Whether `work` was done within `timeoutMs`. Failures count as done: what failed to close is destroyed with the rest. */
async function within(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), timeoutMs)));
  const isDone = await Promise.race([work.then(() => true), deadline]).catch(() => false);
  clearTimeout(timer);
  return isDone;
}
