import type { Result } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';

/** Where a link runs: `lan` when both ends share an attached network (or the host itself). */
export type LinkPath = 'lan' | 'wan' | 'relay';

export type DialError =
  | { readonly kind: 'unreachable'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string }
  /** Someone else's key answered there. */
  | { readonly kind: 'wrong-device'; readonly text: string }
  | { readonly kind: 'timeout'; readonly text: string }
  | { readonly kind: 'aborted'; readonly text: string }
  | { readonly kind: 'no-address'; readonly text: string };

export type ListenError =
  | { readonly kind: 'address-in-use'; readonly address: string }
  | { readonly kind: 'bad-address'; readonly address: string; readonly text: string }
  | { readonly kind: 'failed'; readonly address: string; readonly text: string };

/** Why a channel or link is over. */
export type EndReason = 'closed' | 'remote-closed' | 'reset' | 'lost' | 'aborted';

/**
 * A two-way, ordered, reliable stream of bytes within a link. Chunks carry no boundaries of their own. `write` resolves when
 * the transport can take more: await it before writing again (backpressure); it resolves false once the channel is over, and
 * bytes may then be lost. One reader at a time.
 */
export interface Channel {
  readonly protocol: string;
  /**
   * Writes `bytes` and right behind them `more`, which may travel together. Neither must be changed before it has resolved to true; after false
   * they are not to be used again.
   */
  write(bytes: Uint8Array, more?: Uint8Array): Promise<boolean>;
  /** The next chunk (never empty), or undefined at the end. Reading exerts backpressure: unread bytes stop the sender at a bounded window. */
  read(): Promise<Uint8Array | undefined>;
  /** Bytes accepted by `write` that have not left this process. */
  queuedBytes(): number;
  /** Flushes what was written, then ends our side. */
  closeWrite(): Promise<void>;
  /** Ends both sides at once; pending reads give undefined, pending writes false. Idempotent. */
  abort(): void;
}

/** One authenticated, encrypted connection to one device. */
export interface Link {
  readonly remote: DeviceId;
  readonly direction: 'outbound' | 'inbound';
  /** Address of the other end, as dialled or seen. */
  readonly remoteAddress: string;
  readonly path: LinkPath;
  /** Opens a channel; undefined when the link is over or the other side refuses the protocol. */
  open(protocol: string, signal?: AbortSignal): Promise<Channel | undefined>;
  /** Set once, right when the link is handed out, before any channel can arrive. */
  onChannel(listener: (channel: Channel) => void): void;
  /** Called once when the link is over, however it ended; at once if it already is. */
  onEnd(listener: (reason: EndReason) => void): void;
  /** Destroys the socket now. Idempotent. */
  abort(): void;
}

/** What the core tells the transport about who may talk. Asked right after the encrypted handshake, for both directions. */
export type Admission = 'admit' | 'pairing-only' | 'refuse';

export interface TransportOptions {
  /** Multiaddrs such as `/ip4/0.0.0.0/tcp/0`. */
  readonly listen: readonly string[];
  readonly discovery: boolean;
  readonly admission: (device: DeviceId) => Admission;
  /** An inbound link, already admitted. */
  readonly onLink: (link: Link, admission: 'admit' | 'pairing-only') => void;
  /** Discovery saw `device` at `addresses`. */
  readonly onDiscovered: (device: DeviceId, addresses: readonly string[]) => void;
}

/** The network as the core sees it. It never redials, pings or gives up by itself: the supervisor decides. */
export interface Transport {
  start(options: TransportOptions): Promise<Result<void, ListenError>>;
  /** Addresses others can dial, without the device id. */
  addresses(): readonly string[];
  /**
   * Tries all `addresses` at once; the first authenticated link to exactly `device` wins, the rest are dropped. Never joined with an
   * older link: each call makes a new one.
   */
  dial(
    device: DeviceId,
    addresses: readonly string[],
    options: { readonly signal?: AbortSignal; readonly timeoutMs: number },
  ): Promise<Result<Link, DialError>>;
  /** Drops discovery's cache and asks the network again. */
  renewDiscovery(): void;
  /** Ends everything within `limits.stopMs`, by force if need be. */
  stop(): Promise<void>;
}
