import { KIB, MIB, SECOND_MS } from '../../base/index.ts';
import { limits } from '../../model/index.ts';

/** Every number of this adapter in one place. */
export const settings = {
  /**
   * Bytes that one side may send on one channel before the other side has read them. It is part of the muxer's protocol
   * (`muxerProtocol`): both sides assume it from the first byte on. 4 MiB keep 1 Gbit/s busy up to 32 ms of round trip.
   * A channel whose reader pauses holds at most two windows: one taken by the reader, one that arrived meanwhile.
   */
  streamWindowBytes: 4 * MIB,
  /** Channels per direction and link. */
  streamsPerDirectionMax: limits.streamsPerPeerMax,
  /**
   * Payload handed to the muxer at once: exactly one Noise message (65 535 bytes on the wire, less 16 of its tag, less 12 of the
   * muxer's header). It is also what a small message may have to wait for, per busy channel.
   */
  sliceBytes: 65_534 - 16 - 12,
  /** Slices that a link sends before the event loop may do something else: 1 MiB, which takes some 4 ms with all that leads to them. */
  slicesPerTurnMax: 16,
  /** Frames of control (window updates, answers to pings) waiting for a peer that sends but does not read; more ends the link. */
  controlBacklogBytesMax: 8 * MIB,
  channelNameBytesMax: 100,

  /** Established links of all devices; a device has one, or two for the moment in which the session layer chooses. */
  linksMax: 4 * limits.pairedDevicesMax,
  /** Links of unpaired devices at once, while an invite is open. */
  pairingOnlyLinksMax: limits.invitesOpenMax,
  /** Inbound connections that have not finished the handshake. */
  inboundHandshakesMax: 256,
  /** Inbound connections per second and remote host: several devices may redial from one host, each at several addresses. */
  inboundPerHostPerSecondMax: 128,
  inboundHandshakeMs: 10 * SECOND_MS,

  /** An address of a dial that has not answered is tried a second time, anew each time this has passed. */
  secondTryMs: 1 * SECOND_MS,
  /** While one address of a dial is being confirmed by the remote, the others are held back for this long. */
  dialConfirmHoldMs: 500,

  /** Time given to orderly closing before everything is destroyed; the whole of `stop` stays within `limits.stopMs`. */
  closeGraceMs: 1 * SECOND_MS,
  stopMs: limits.stopMs - 1 * SECOND_MS,

  /** `_NAME._udp.local`, as DNS-SD wants it. */
  discoveryServiceTag: '_dormouse._udp.local',
  discoveryQueryIntervalMs: 30 * SECOND_MS,
  discoveredAddressesMax: limits.addressesPerDeviceMax,
} as const;

/** What muxed connections speak. A name of our own, since neither the window nor the missing per-stream negotiation is standard. */
export const muxerProtocol = '/dormouse/yamux/1';

/** The one protocol of all muxed streams; a stream's first bytes name the channel. */
export const channelProtocol = '/dormouse/channel/1';

/** Room for reads that libp2p buffers itself. */
export const readBufferBytesMax = settings.streamWindowBytes + 64 * KIB;
