import { assert, present } from '../../base/index.ts';
import type { DeviceId } from '../../model/index.ts';
import type { Channel, EndReason, Link, LinkPath } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import { SimChannel } from './sim-channel.ts';
import type { ChannelLink } from './sim-channel.ts';
import type { Endpoint, SimNet } from './sim-net.ts';
import { SimWire, segmentHeaderBytes } from './sim-wire.ts';
import type { Segment, WireEnd } from './sim-wire.ts';

/** Who and where the two ends of a new link are. */
export interface LinkEndSpec {
  readonly device: DeviceId;
  readonly endpoint: Endpoint;
  readonly lane: Lane;
}

/** Makes both ends of a link; each begins to act once it is activated. */
export function makeLink(
  net: SimNet,
  dialer: LinkEndSpec,
  dialled: LinkEndSpec,
): { readonly outbound: SimLink; readonly inbound: SimLink } {
  const isLan = dialer.endpoint.nic.lan === dialled.endpoint.nic.lan;
  const path = isLan ? 'lan' : 'wan';
  const outbound = new SimLink(net, dialer, dialled, 'outbound', path);
  const inbound = new SimLink(net, dialled, dialer, 'inbound', path);
  outbound.joinTo(inbound);
  inbound.joinTo(outbound);
  return { outbound, inbound };
}

/**
 * One end of a link. Two lives: the program's (until it hears of the end) and the kernel's (until the socket is gone): a program that
 * is frozen or asleep learns late, and a kernel whose other side vanished silently never learns.
 */
export class SimLink implements Link, ChannelLink, WireEnd {
  readonly remote: DeviceId;
  readonly direction: 'outbound' | 'inbound';
  readonly remoteAddress: string;
  readonly path: LinkPath;
  readonly endpoint: Endpoint;
  readonly lane: Lane;
  readonly #net: SimNet;
  readonly #forgetLane: () => void;
  readonly #forgetNet: () => void;
  #peer: SimLink | undefined;
  #wire: SimWire | undefined;
  #active = false;
  #kernelOver = false;
  #end: EndReason | undefined;
  #endListener: ((reason: EndReason) => void) | undefined;
  #transportListener: (() => void) | undefined;
  #channelListener: ((channel: Channel) => void) | undefined;
  #earlyChannels: Channel[] = [];
  readonly #channels = new Map<number, SimChannel>();
  #nextChannel: number;
  /** Small segments that go before content. */
  #control: Segment[] = [];
  /** Channels that may have something to send, served in turn. */
  #ready: SimChannel[] = [];
  /** Arrived in the kernel, not read by the program. */
  #received: Segment[] = [];
  #readingArmed = false;

  constructor(net: SimNet, own: LinkEndSpec, other: LinkEndSpec, direction: 'outbound' | 'inbound', path: LinkPath) {
    this.#net = net;
    this.remote = other.device;
    this.direction = direction;
    this.remoteAddress = other.endpoint.address;
    this.path = path;
    this.endpoint = own.endpoint;
    this.lane = own.lane;
    this.#nextChannel = direction === 'outbound' ? 1 : 2;
    this.#forgetLane = own.lane.onDeath(() => this.#processDied());
    this.#forgetNet = net.addConnection(this);
  }

  /** Over as the program knows it. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** The socket is gone. */
  get kernelOver(): boolean {
    return this.#kernelOver;
  }

  get remoteHost(): string {
    return present(this.#peer, 'the other end').endpoint.nic.host;
  }

  joinTo(peer: SimLink): void {
    this.#peer = peer;
    this.#wire = new SimWire(this.#net, this, peer);
  }

  /** The program has the link in hand: from now on it reads. */
  activate(onOver: () => void): void {
    this.#active = true;
    this.#transportListener = onOver;
    this.#armReading();
  }

  open(protocol: string, signal?: AbortSignal): Promise<Channel | undefined> {
    if (this.lane.dead) return this.lane.never();
    if (this.over || signal?.aborted) return Promise.resolve(undefined);
    const id = this.#nextChannel;
    this.#nextChannel += 2;
    const channel = this.#addChannel(id, protocol);
    this.sendControl({ kind: 'open', channel: id, protocol, bytes: segmentHeaderBytes + protocol.length });
    return Promise.resolve(channel);
  }

  onChannel(listener: (channel: Channel) => void): void {
    assert(!this.#channelListener, 'onChannel is set once');
    this.#channelListener = listener;
    const early = this.#earlyChannels;
    this.#earlyChannels = [];
    for (const channel of early) listener(channel);
  }

  onEnd(listener: (reason: EndReason) => void): void {
    if (this.#end) return listener(this.#end);
    assert(!this.#endListener, 'onEnd is set once while the link lives');
    this.#endListener = listener;
  }

  abort(): void {
    if (this.lane.dead || this.over) return;
    this.#closeSocket();
    this.#finish('aborted');
  }

  /** Ends in good order: what was sent before arrives first, but is waited for at most `graceMs`. */
  close(graceMs: number): Promise<void> {
    if (this.lane.dead) return this.lane.never();
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        this.lane.enter(() => {
          if (!this.over) this.#closeSocket('remote-closed');
          this.#finish('closed');
          resolve();
        });
      };
      this.lane.schedule(graceMs, `${this.lane.name}:close grace`, finish);
      this.#wire?.whenDrained(finish);
    });
  }

  /** What the program sends next, at most about `bytesMax` of content: control first, then the channels in turn. */
  nextSegment(bytesMax: number): Segment | undefined {
    const control = this.#control.shift();
    if (control) return control;
    for (let tries = this.#ready.length; tries > 0; tries--) {
      const channel = present(this.#ready.shift(), 'a ready channel');
      const segment = channel.takeSegment(bytesMax);
      if (!segment) continue;
      this.#ready.push(channel);
      return segment;
    }
    return undefined;
  }

  sendControl(segment: Segment): void {
    this.#control.push(segment);
    this.#wire?.fill();
  }

  /** `channel` has something to send. */
  markReady(channel: SimChannel): void {
    if (!this.#ready.includes(channel)) this.#ready.push(channel);
    this.#wire?.fill();
  }

  forget(channel: SimChannel): void {
    this.#channels.delete(channel.id);
    this.#ready = this.#ready.filter((ready) => ready !== channel);
  }

  /** A segment reaches this end's kernel. */
  receive(segment: Segment): void {
    if (this.#kernelOver) {
      // Nobody has this socket: the kernel says so, if it can.
      this.#net.send(this.endpoint, present(this.#peer, 'the other end').endpoint, 'reset', () => this.#peer?.kernelEnd('reset'));
      return;
    }
    this.#received.push(segment);
    this.#armReading();
  }

  /** The kernel learns that the connection is over; the program hears of it when it runs. */
  kernelEnd(reason: EndReason): void {
    if (this.#kernelOver) return;
    this.#socketGone();
    this.lane.enter(() => {
      this.#read();
      this.#finish(reason);
    });
  }

  #armReading(): void {
    if (!this.#active || this.#readingArmed || this.#received.length === 0) return;
    this.#readingArmed = true;
    this.lane.enter(() => {
      this.#readingArmed = false;
      this.#read();
    });
  }

  /** The program reads all that arrived. */
  #read(): void {
    const segments = this.#received;
    this.#received = [];
    let bytes = 0;
    for (const segment of segments) {
      bytes += segment.bytes;
      if (!this.over) this.#handle(segment);
    }
    if (bytes > 0 && !this.over) this.#peer?.acknowledged(bytes);
  }

  /** The other side's program has read `bytes` of what this one sent. */
  acknowledged(bytes: number): void {
    this.#wire?.consumed(bytes);
  }

  #handle(segment: Segment): void {
    switch (segment.kind) {
      case 'open': {
        const channel = this.#addChannel(segment.channel, segment.protocol);
        if (this.#channelListener) this.#channelListener(channel);
        else this.#earlyChannels.push(channel);
        return;
      }
      case 'data':
        return this.#channels.get(segment.channel)?.receive(segment.content);
      case 'window':
        return this.#channels.get(segment.channel)?.addCredit(segment.credit);
      case 'close-write':
        return this.#channels.get(segment.channel)?.remoteClosed();
      case 'abort':
        return this.#channels.get(segment.channel)?.end();
    }
  }

  #addChannel(id: number, protocol: string): SimChannel {
    const channel = new SimChannel(this, id, protocol);
    this.#channels.set(id, channel);
    return channel;
  }

  #finish(reason: EndReason): void {
    if (this.#end) return;
    this.#end = reason;
    for (const channel of [...this.#channels.values()]) channel.end();
    this.#control = [];
    this.#forgetLane();
    this.#transportListener?.();
    const listener = this.#endListener;
    this.#endListener = undefined;
    listener?.(reason);
  }

  #socketGone(): void {
    this.#kernelOver = true;
    this.#forgetNet();
  }

  #processDied(): void {
    this.#end ??= 'lost';
    if (!this.#kernelOver) this.#closeSocket();
  }

  /** The kernel closes the socket and tells the other side, if anything gets through. */
  #closeSocket(tell: 'reset' | 'remote-closed' = 'reset'): void {
    if (this.#kernelOver) return;
    this.#socketGone();
    this.#net.send(this.endpoint, present(this.#peer, 'the other end').endpoint, tell, () => this.#peer?.kernelEnd(tell));
  }
}
