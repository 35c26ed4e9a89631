import type { Connection, Stream, StreamCloseEvent } from '@libp2p/interface';
import { CODE_P2P } from '@multiformats/multiaddr';
import type { DeviceId } from '../../model/index.ts';
import type { Channel, EndReason, Link, LinkPath } from '../../ports/index.ts';
import { Libp2pChannel } from './channel.ts';
import { encodeChannelName, readChannelName } from './channel-name.ts';
import { errorCode } from './error-code.ts';
import { linkPath } from './link-path.ts';
import { remoteWentAwayCode, writerOf } from './muxer.ts';
import { channelProtocol, settings } from './settings.ts';

class LinkAbortedError extends Error {
  override name = 'LinkAbortedError';
}

/** A link over one libp2p connection. Its end is reported once; what ended it first names the reason. */
export class Libp2pLink implements Link {
  readonly remote: DeviceId;
  readonly direction: 'outbound' | 'inbound';
  readonly remoteAddress: string;
  readonly path: LinkPath;
  readonly #connection: Connection;
  #end: EndReason | undefined;
  /** Why this side is ending it, decided before the connection reports its end. */
  #ending: EndReason | undefined;
  #endListener: ((reason: EndReason) => void) | undefined;
  #channelListener: ((channel: Channel) => void) | undefined;
  /** Channels that came before anyone listened; the muxer bounds their number. */
  #earlyChannels: Channel[] = [];

  constructor(connection: Connection) {
    const address = connection.remoteAddr.decapsulateCode(CODE_P2P);
    this.remote = connection.remotePeer.toString() as DeviceId;
    this.direction = connection.direction;
    this.remoteAddress = address.toString();
    this.path = linkPath(address);
    this.#connection = connection;
    connection.addEventListener('close', (event) => this.#finish(this.#ending ?? endReason(event)));
    if (connection.status !== 'open') this.#finish('remote-closed');
  }

  /**
   * Costs no round trip: the channel's name travels ahead of its first bytes. A remote that does not want it aborts the channel,
   * which then reads as ended.
   */
  async open(protocol: string, signal?: AbortSignal): Promise<Channel | undefined> {
    const name = encodeChannelName(protocol);
    if (this.#isOver || signal?.aborted) return undefined;
    let stream: Stream;
    try {
      stream = await this.#connection.newStream([channelProtocol], {
        signal: signal ?? neverAborted,
        maxOutboundStreams: settings.streamsPerDirectionMax,
      });
    } catch {
      return undefined;
    }
    const channel = new Libp2pChannel(protocol, stream, writerOf(stream));
    if (this.#isOver || signal?.aborted) {
      channel.abort();
      return undefined;
    }
    void channel.write(name);
    return channel;
  }

  onChannel(listener: (channel: Channel) => void): void {
    this.#channelListener = listener;
    const early = this.#earlyChannels;
    this.#earlyChannels = [];
    for (const channel of early) listener(channel);
  }

  onEnd(listener: (reason: EndReason) => void): void {
    if (this.#end) listener(this.#end);
    else this.#endListener = listener;
  }

  abort(): void {
    if (this.#end) return;
    this.#ending ??= 'aborted';
    this.#connection.abort(new LinkAbortedError('aborted by this side'));
    this.#finish(this.#ending);
  }

  /** A stream that the remote opened: reads its name and hands the channel on. */
  async accept(stream: Stream): Promise<void> {
    const channel = new Libp2pChannel('', stream, writerOf(stream));
    const protocol = await readChannelName(channel);
    if (protocol === undefined || this.#isOver) return channel.abort();
    channel.protocol = protocol;
    if (this.#channelListener) this.#channelListener(channel);
    else this.#earlyChannels.push(channel);
  }

  /** Closes in good order: what was written is flushed, but not for longer than `graceMs`; then the socket is destroyed. */
  async close(graceMs: number): Promise<void> {
    if (this.#isOver) return;
    this.#ending = 'closed';
    try {
      await this.#connection.close({ signal: AbortSignal.timeout(graceMs) });
    } catch {
      this.#connection.abort(new LinkAbortedError('not closed in time'));
    }
    this.#finish('closed');
  }

  get #isOver(): boolean {
    return this.#end !== undefined || this.#ending !== undefined;
  }

  #finish(reason: EndReason): void {
    if (this.#end) return;
    this.#end = reason;
    this.#endListener?.(reason);
    this.#endListener = undefined;
  }
}

/** Given where libp2p would otherwise arm a timer of its own. */
const neverAborted = new AbortController().signal;

function endReason(event: StreamCloseEvent): EndReason {
  if (!event.error) return 'remote-closed';
  switch (errorCode(event.error)) {
    case 'ECONNRESET':
      return 'reset';
    case remoteWentAwayCode:
    // Written to a socket that the remote had closed in good order.
    case 'EPIPE':
      return 'remote-closed';
    default:
      return 'lost';
  }
}
