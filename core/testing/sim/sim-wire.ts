import type { EndReason } from '../../ports/index.ts';
import type { Lane } from './lane.ts';
import type { Endpoint, NetPath, SimNet } from './sim-net.ts';

/** What travels on a link. */
export type Segment =
  | { readonly kind: 'open'; readonly channel: number; readonly protocol: string; readonly bytes: number }
  | { readonly kind: 'data'; readonly channel: number; readonly content: Uint8Array; readonly bytes: number }
  | { readonly kind: 'window'; readonly channel: number; readonly credit: number; readonly bytes: number }
  | { readonly kind: 'close-write'; readonly channel: number; readonly bytes: number }
  | { readonly kind: 'abort'; readonly channel: number; readonly bytes: number };

/** One end of a link as its wires see it. */
export interface WireEnd {
  readonly endpoint: Endpoint;
  readonly lane: Lane;
  /** Over as the program knows it. */
  readonly over: boolean;
  /** The socket is gone. */
  readonly kernelOver: boolean;
  /** What the program sends next, at most about `bytesMax` of content. */
  nextSegment(bytesMax: number): Segment | undefined;
  /** A segment reaches this end's kernel. */
  receive(segment: Segment): void;
  /** The kernel learns that the connection is over. */
  kernelEnd(reason: EndReason): void;
}

/** Bytes of a segment beside its content. */
export const segmentHeaderBytes = 12;

/** Bytes that the two kernels hold for one direction: sent by one program, not yet read by the other. */
const kernelWindowBytes = 256 * 1024;
/** Retransmission: first pause and longest pause, ms; and how much of it until the kernel gives the connection up. */
const retryFirstMs = 200;
const retryMaxMs = 120_000;
const retryGiveUpMs = 924_000;

/**
 * One direction of a link: a TCP stream. Segments leave in order; what meets silence is sent again after pauses that double (so a
 * connection that survived a silence stays quiet for a while after it), and is given up after about 15 min of the sender being
 * awake. A receiver whose program does not read stops the sender at a bounded number of bytes.
 */
export class SimWire {
  readonly #net: SimNet;
  readonly #from: WireEnd;
  readonly #to: WireEnd;
  readonly #path: NetPath;
  /** Accepted from the sender's program and not arrived, oldest first; the first `#inFlight` are on their way. */
  #unarrived: Segment[] = [];
  #inFlight = 0;
  /** Counts retransmissions: what was on its way before one no longer counts. */
  #flight = 0;
  /** Bytes between the two programs. */
  #buffered = 0;
  #lastArrivalMs = 0;
  #transmitting = false;
  #silentForMs = 0;
  #retryMs = retryFirstMs;
  #waitingForRetry = false;
  #drainListener: (() => void) | undefined;

  constructor(net: SimNet, from: WireEnd, to: WireEnd) {
    this.#net = net;
    this.#from = from;
    this.#to = to;
    this.#path = net.path(from.endpoint.nic.host, to.endpoint.nic.host);
  }

  /** Takes what the sender's program has, as far as the kernels have room. */
  fill(): void {
    while (this.#buffered < kernelWindowBytes && !this.#from.over) {
      const segment = this.#from.nextSegment(this.#path.pieceBytes);
      if (!segment) break;
      this.#unarrived.push(segment);
      this.#buffered += segment.bytes;
    }
    this.#transmit();
  }

  /** The receiver's program has read `bytes`; the sender hears of it, late if the way back is silent. */
  consumed(bytes: number): void {
    const isOver = (): boolean => this.#from.kernelOver;
    this.#net.sendRepeating(this.#to.endpoint, this.#from.endpoint, 'ack', isOver, () => {
      this.#buffered -= bytes;
      this.#from.lane.enter(() => this.fill());
    });
  }

  /** Calls `then` once nothing is left to arrive. */
  whenDrained(then: () => void): void {
    if (this.#unarrived.length === 0) then();
    else this.#drainListener = then;
  }

  /** One segment at a time occupies the way; others are still flying behind it. */
  #transmit(): void {
    const segment = this.#unarrived[this.#inFlight];
    if (!segment || this.#transmitting || this.#waitingForRetry || this.#from.kernelOver) return;
    this.#transmitting = true;
    const leftMs = this.#path.reserve(segment.bytes);
    const flight = this.#flight;
    this.#net.scheduler.at(leftMs, `${this.#path.label}:sent`, () => {
      this.#transmitting = false;
      if (flight === this.#flight) {
        this.#inFlight += 1;
        const arrivalMs = leftMs + this.#net.latencyMs(this.#from.endpoint, this.#to.endpoint);
        this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
        this.#net.scheduler.at(this.#lastArrivalMs, `${this.#path.label}:${segment.kind}`, () => this.#arrive(flight));
      }
      this.#transmit();
    });
  }

  #arrive(flight: number): void {
    if (flight !== this.#flight || this.#from.kernelOver) return;
    if (!this.#net.passes(this.#from.endpoint, this.#to.endpoint)) return this.#fallSilent();
    const segment = this.#unarrived.shift();
    this.#inFlight -= 1;
    this.#silentForMs = 0;
    this.#retryMs = retryFirstMs;
    if (segment) this.#to.receive(segment);
    if (this.#unarrived.length === 0) this.#drainListener?.();
    this.#transmit();
  }

  #fallSilent(): void {
    this.#flight += 1;
    this.#inFlight = 0;
    if (this.#waitingForRetry) return;
    this.#waitingForRetry = true;
    const pauseMs = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, retryMaxMs);
    this.#net.scheduler.schedule(pauseMs, `${this.#path.label}:retry`, () => {
      this.#waitingForRetry = false;
      if (this.#from.kernelOver) return;
      // A sleeping sender's timers stand still.
      if (this.#from.endpoint.nic.awake) this.#silentForMs += pauseMs;
      if (this.#silentForMs >= retryGiveUpMs) this.#from.kernelEnd('lost');
      else if (this.#net.passes(this.#from.endpoint, this.#to.endpoint)) this.#transmit();
      else this.#fallSilent();
    });
  }
}
