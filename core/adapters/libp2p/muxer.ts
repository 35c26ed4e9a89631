import { yamux } from '@chainsafe/libp2p-yamux';
import type { YamuxStream } from '@chainsafe/libp2p-yamux/stream';
import type { MessageStream, Stream, StreamMuxerFactory } from '@libp2p/interface';
import { present } from '../../base/index.ts';
import { FrameGuard } from './frame-guard.ts';
import { LinkWriter } from './link-writer.ts';
import { channelProtocol, muxerProtocol, readBufferBytesMax, settings } from './settings.ts';

type Muxer = ReturnType<ReturnType<ReturnType<typeof yamux>>['createStreamMuxer']>;

const writerByStream = new WeakMap<Stream, LinkWriter>();

/** The writer of the link that `stream` belongs to. */
export function writerOf(stream: Stream): LinkWriter {
  return present(writerByStream.get(stream), 'writer of a stream');
}

class MuxerAbuseError extends Error {
  override name = 'MuxerAbuseError';
}

/**
 * Yamux with bounded memory, without its keep-alive, and with streams that carry {@link channelProtocol} from the start: libp2p
 * then negotiates nothing on a stream, which saves a round trip and leaves no way to ask for identify, ping or anything else.
 */
export function channelMuxer(): StreamMuxerFactory {
  const factory = yamux({
    // Liveness belongs to the session layer. Without this ping Yamux never measures a round trip, so it never grows a window either.
    enableKeepAlive: false,
    maxInboundStreams: settings.streamsPerDirectionMax,
    maxOutboundStreams: settings.streamsPerDirectionMax,
    maxEarlyStreams: settings.streamsPerDirectionMax,
    streamOptions: {
      initialStreamWindowSize: settings.streamWindowBytes,
      maxStreamWindowSize: settings.streamWindowBytes,
      maxReadBufferLength: readBufferBytesMax,
    },
  })();

  return {
    protocol: muxerProtocol,
    createStreamMuxer: (connection) => {
      guard(connection);
      const muxer = factory.createStreamMuxer(connection);
      endWith(muxer, connection);
      const writer = new LinkWriter(connection);
      const adopt = (stream: YamuxStream): void => {
        stream.protocol = channelProtocol;
        writerByStream.set(stream, writer);
        batchWindowUpdates(stream);
      };

      const createStream = muxer.createStream.bind(muxer);
      muxer.createStream = async (options) => {
        const stream = await createStream(options);
        adopt(stream);
        return stream;
      };
      const onRemoteStream = muxer.onRemoteStream.bind(muxer);
      muxer.onRemoteStream = (stream) => {
        adopt(stream);
        // Until somebody reads, the sender gets no more than its first window.
        stream.pause();
        onRemoteStream(stream);
      };
      return muxer;
    },
  };
}

/** Code of the error that a connection ends with whose peer said that its muxer is over. */
export const remoteWentAwayCode = 'ERR_REMOTE_WENT_AWAY';

class RemoteWentAwayError extends Error {
  override name = 'RemoteWentAwayError';
  readonly code = remoteWentAwayCode;
}

/** Ends `connection` when its muxer is over: Yamux leaves the socket of a peer that said GoAway open, and nothing would open on it any more. */
function endWith(muxer: Muxer, connection: MessageStream): void {
  const abort = muxer.abort.bind(muxer);
  muxer.abort = (error) => {
    abort(error);
    if (connection.status === 'open') connection.abort(error);
  };
  const onTransportClosed = muxer.onTransportClosed.bind(muxer);
  muxer.onTransportClosed = () => {
    onTransportClosed();
    if (connection.status === 'open') connection.abort(new RemoteWentAwayError('the peer opens and takes no more streams'));
  };
}

/**
 * Grants window in quarters. Yamux answers every frame that was read with an update; each is encrypted and written on its own,
 * which costs a receiver a third of its time. The sender still has three quarters while it waits.
 */
function batchWindowUpdates(stream: YamuxStream): void {
  let receivedBytes = 0;
  let isOpened = false;
  const handleData = stream.handleData.bind(stream);
  stream.handleData = (frame) => {
    receivedBytes += frame.header.length;
    handleData(frame);
  };
  const sendWindowUpdate = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    // The first one opens the stream.
    if (isOpened && (stream.readStatus === 'paused' || receivedBytes < settings.streamWindowBytes / 4)) return;
    isOpened = true;
    receivedBytes = 0;
    sendWindowUpdate();
  };
}

/** Ends `connection` when its peer makes it hold more than the windows allow. Listens before the muxer does. */
function guard(connection: MessageStream): void {
  const frames = new FrameGuard(settings.streamWindowBytes);
  connection.addEventListener('message', ({ data }) => {
    for (const bytes of data instanceof Uint8Array ? [data] : data) {
      if (!frames.accepts(bytes)) return connection.abort(new MuxerAbuseError('a frame is larger than its window'));
    }
    if (connection.writeBufferLength > settings.controlBacklogBytesMax) {
      connection.abort(new MuxerAbuseError('the peer does not read the answers to what it sends'));
    }
  });
}
