import type { Result } from '../base/index.ts';
import { assert, hexFromBytes, ok } from '../base/index.ts';
import type { DeviceId, Epoch, Incarnation } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { CallError, CallOptions, Link, LinkPath, Logger, Random, Timer } from '../ports/index.ts';
import type { Chunks, Hello, Lane, Message, PeerReply, PeerRequest, PeerVerb } from '../protocol/index.ts';
import { decodeMessage, encodeMessage, joinChunks, peerVerbs } from '../protocol/index.ts';
import type { AwakeClock } from './awake-clock.ts';
import { CallTable } from './call-table.ts';
import type { FramedChannel } from './framed-channel.ts';
import { FrameWriter } from './frame-writer.ts';
import { InboundCalls } from './inbound-calls.ts';
import type { LinkFacts, Liveness, ProbeCause } from './liveness.ts';
import { decideLiveness, heard, liveLink, probeAnswered, probeSent } from './liveness.ts';
import { RateMeter } from './rate-meter.ts';
import type { ReferenceTable } from './reference-table.ts';
import type { ReplyCache } from './reply-cache.ts';
import { timing } from './timing.ts';
import type { Attempt, AttemptOptions, EpochEnd, HandlerTable, IdempotencyKey, PeerSession } from './types.ts';

export interface EpochOptions {
  readonly epoch: Epoch;
  readonly link: Link;
  readonly control: FramedChannel;
  readonly bulk: FramedChannel;
  /** What the peer said of itself. */
  readonly hello: Hello;
  /** This device's own run. */
  readonly incarnation: Incarnation;
  readonly awake: AwakeClock;
  readonly random: Random;
  readonly logger: Logger;
  readonly handlers: HandlerTable;
  readonly replies: ReplyCache;
  readonly references: ReferenceTable;
  readonly events: EpochEvents;
}

export interface EpochEvents {
  /** The epoch is over and nothing refers to it any more; watchers were told. Called once. */
  readonly onEnd: (reason: EpochEnd, losses: EpochLosses) => void;
  readonly onSuspect: (suspect: boolean, cause: Doubt) => void;
  /** A probe was answered. `wasDoubted`: proof had been asked for. */
  readonly onProved: (wasDoubted: boolean) => void;
  readonly onMalformed: (text: string) => void;
  /** Something came of, or was made for, this epoch after its end, and was dropped (SES-1). */
  readonly onLate: () => void;
  /** Bytes came: a cheap moment to notice that the host has slept. */
  readonly onBytes: () => void;
}

/** Why a peer is suspect: it is silent although something is outstanding, or it was asked for proof after a resume and has not answered yet. */
export type Doubt = 'silence' | 'proof';

export interface EpochLosses {
  readonly references: number;
  readonly callsLost: number;
  readonly lateDropped: number;
}

/** What waits for the link to take it, in bytes, until no more requests are read: a peer that reads nothing is served nothing. */
const answersQueuedBytesMax = limits.frameBytesMax;

/**
 * One epoch: everything between two devices while one link lives. Control and bulk run on channels of their own, each read by one
 * loop in order. When anything ends it, {@link end} clears what refers to it first and then tells the watchers, all in one
 * synchronous step (SES-2): no code can run in between and see half of it.
 */
export class EpochSession implements PeerSession {
  readonly link: Link;
  readonly epoch: Epoch;
  readonly device: DeviceId;
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly features: readonly string[];
  readonly address: string;
  readonly path: LinkPath;
  readonly #options: EpochOptions;
  readonly #awake: AwakeClock;
  readonly #writers: Readonly<Record<Lane, FrameWriter>>;
  readonly #calls: CallTable;
  readonly #inbound: InboundCalls;
  readonly #inRate: RateMeter;
  readonly #outRate: RateMeter;
  readonly #gone = new Set<() => void>();
  #liveness: Liveness;
  #doubt: Doubt | undefined;
  #proofs = 0;
  #proving = false;
  #look: { readonly timer: Timer; readonly atMs: number } | undefined;
  #ended: EpochEnd | undefined;
  #callsLost = 0;

  constructor(options: EpochOptions) {
    const { epoch, link, hello, awake } = options;
    this.#options = options;
    this.link = link;
    this.epoch = epoch;
    this.device = link.remote;
    this.name = hello.name;
    this.incarnation = hello.incarnation;
    this.features = hello.features;
    this.address = link.remoteAddress;
    this.path = link.path;
    this.#awake = awake;
    this.#liveness = liveLink(awake.now());
    this.#inRate = new RateMeter(awake.now());
    this.#outRate = new RateMeter(awake.now());
    this.#writers = { control: this.#writerOf(options.control), bulk: this.#writerOf(options.bulk) };
    const onMalformed = options.events.onMalformed;
    this.#calls = new CallTable({ device: this.device, awake, writers: this.#writers, onWork: () => this.#lookSoon(), onMalformed });
    this.#inbound = new InboundCalls({
      session: this,
      incarnation: options.incarnation,
      handlers: { ...options.handlers, probe: answerNothing, sleeping: answerNothing },
      replies: options.replies,
      writers: this.#writers,
      logger: options.logger,
      onMalformed,
      onLate: options.events.onLate,
      onAnswered: (verb) => {
        if (verb === 'sleeping') this.end('peer-asleep');
      },
    });
    options.references.refer(epoch, 'call', () => this.#clear());
  }

  /** Begins to read both channels and measures the first round trip. Called once; whoever has the link calls {@link end} when it is over. */
  start(): void {
    for (const channel of [this.#options.control, this.#options.bulk]) {
      channel.onBytes((bytes) => this.#onBytes(bytes));
      void this.#readAll(channel);
    }
    this.#sendProbe('routine');
  }

  async call<V extends PeerVerb>(verb: V, request: PeerRequest<V>, options: CallOptions = {}): Promise<Result<PeerReply<V>, CallError>> {
    const { result } = await this.attempt(verb, request, options);
    return result;
  }

  attempt<V extends PeerVerb>(verb: V, request: PeerRequest<V>, options: AttemptOptions = {}): Promise<Attempt<V>> {
    const needsKey = peerVerbs[verb].retry === 'mutate' && !options.key;
    return this.#calls.start(verb, request, needsKey ? { ...options, key: this.freshKey() } : options);
  }

  freshKey(): IdempotencyKey {
    return { incarnation: this.incarnation, nonce: hexFromBytes(this.#options.random.bytes(16)) };
  }

  onGone(listener: () => void): () => void {
    if (this.#ended) {
      listener();
      return () => undefined;
    }
    this.#gone.add(listener);
    return () => this.#gone.delete(listener);
  }

  refer(clear: () => void): () => void {
    if (!this.#ended) return this.#options.references.refer(this.epoch, 'source', clear);
    clear();
    return () => undefined;
  }

  rttMs(): number | undefined {
    return this.#liveness.srttMs;
  }

  suspect(): boolean {
    return this.#doubt !== undefined;
  }

  rates(): { readonly inBytesPerSecond: number; readonly outBytesPerSecond: number } {
    const now = this.#awake.now();
    return { inBytesPerSecond: this.#inRate.perSecond(now), outBytesPerSecond: this.#outRate.perSecond(now) };
  }

  /** Probes answered so far. */
  get proofs(): number {
    return this.#proofs;
  }

  /** Asks for proof that the link still works: without an answer in time the epoch ends as `unproved` (SES-6). */
  prove(): void {
    if (this.#ended) return;
    this.#proving = true;
    this.#sendProbe('proof');
  }

  /** Ends the epoch: first nothing refers to it any more, then the watchers hear of it. Idempotent. */
  end(reason: EpochEnd): void {
    if (this.#ended) return;
    this.#ended = reason;
    const references = this.#options.references.clear(this.epoch);
    this.link.abort();
    const watchers = [...this.#gone];
    this.#gone.clear();
    try {
      for (const watcher of watchers) watcher();
    } finally {
      // Whatever is wrong with a watcher, the device is not given up.
      this.#options.events.onEnd(reason, { references, callsLost: this.#callsLost, lateDropped: this.#calls.lateDropped });
    }
  }

  #clear(): void {
    assert(this.#ended, 'references are cleared by the end of the epoch');
    this.#look?.timer.cancel();
    this.#callsLost = this.#calls.end() + this.#inbound.end();
    this.#writers.control.end();
    this.#writers.bulk.end();
  }

  #writerOf(framed: FramedChannel): FrameWriter {
    return new FrameWriter(
      framed.channel,
      () => this.#awake.now(),
      (bytes, waitedMs) => {
        const now = this.#awake.now();
        this.#outRate.add(bytes, now);
        if (waitedMs >= timing.writeWaitMs) this.#heard(now);
      },
    );
  }

  async #readAll(framed: FramedChannel): Promise<void> {
    for (;;) {
      const frame = await framed.next();
      if (this.#ended) return typeof frame === 'string' ? undefined : this.#options.events.onLate();
      if (frame === 'ended') return this.end('remote-closed');
      if (typeof frame === 'string') return this.#endMalformed('a frame is cut wrongly');
      const message = decodeMessage(frame.header);
      if (!message.ok) return this.#endMalformed(message.error.text);
      await this.#receive(message.value, frame.payload);
      if (this.#writers.control.queuedBytes() > answersQueuedBytesMax) await this.#writers.control.untilQueuedAtMost(answersQueuedBytesMax);
    }
  }

  async #receive(message: Message, payload: Chunks): Promise<void> {
    switch (message.t) {
      case 'request':
        if (!this.#inbound.request(message, joinChunks(payload))) this.#endMalformed('a call number is used twice');
        return;
      case 'body':
        return this.#inbound.body(message.id, message.body, joinChunks(payload));
      case 'end':
        return this.#inbound.endOfBody(message.id);
      case 'cancel':
        return this.#inbound.cancel(message.id);
      case 'piece':
        return this.#calls.piece(message.id, message.body, payload);
      case 'reply':
        return this.#probeAnswered(message.id) ? undefined : this.#calls.reply(message.id, message.body);
      case 'error':
        return this.#probeAnswered(message.id) ? undefined : this.#calls.error(message.id, message.error);
    }
  }

  #endMalformed(text: string): void {
    if (this.#ended) return;
    this.#options.events.onMalformed(text);
    this.end('malformed');
  }

  #onBytes(bytes: number): void {
    if (this.#ended) return;
    const now = this.#awake.now();
    this.#inRate.add(bytes, now);
    this.#heard(now);
    this.#options.events.onBytes();
  }

  #heard(nowMs: number): void {
    if (this.#ended) return;
    const before = this.#liveness;
    this.#liveness = heard(before, nowMs);
    if (this.#doubt && this.#liveness !== before) this.#setSuspect(false);
  }

  #sendProbe(cause: ProbeCause): void {
    const id = this.#calls.reserveId();
    const link: LinkFacts = {
      bytesAhead: this.#writers.control.queuedBytes() + this.#writers.bulk.queuedBytes(),
      bytesPerSecond: this.#outRate.busyPerSecond(this.#awake.now()),
    };
    this.#liveness = probeSent(this.#liveness, id, cause, this.#awake.now(), link);
    void this.#writers.control.send(encodeMessage({ t: 'request', id, verb: 'probe', body: {} }), { first: true });
    this.#evaluateLiveness();
  }

  /** False where `id` is not the newest probe; the answer to an older one counts as late. */
  #probeAnswered(id: number): boolean {
    if (this.#liveness.probe?.id !== id) return false;
    this.#liveness = probeAnswered(this.#liveness, this.#awake.now());
    const wasDoubted = this.#proving;
    this.#proving = false;
    this.#proofs += 1;
    this.#setSuspect(false);
    this.#options.events.onProved(wasDoubted);
    return true;
  }

  #evaluateLiveness(): void {
    if (this.#ended) return;
    const decision = decideLiveness(this.#liveness, { nowMs: this.#awake.now(), workSinceMs: this.#calls.workSinceMs });
    switch (decision.kind) {
      case 'end':
        return this.end(this.#proving ? 'unproved' : 'silent');
      case 'probe':
        return this.#sendProbe(decision.cause);
      case 'wait':
        this.#setSuspect(decision.suspect);
        return this.#lookIn(decision.lookAgainInMs);
    }
  }

  /** Work began or ended: the next look may be due earlier. */
  #lookSoon(): void {
    if (this.#ended || this.#calls.workSinceMs === undefined) return;
    this.#lookIn(timing.silenceMs);
  }

  /** One timer per epoch; one that fires too early merely looks. */
  #lookIn(delayMs: number): void {
    const atMs = this.#awake.now() + delayMs;
    if (this.#look && this.#look.atMs <= atMs) return;
    this.#look?.timer.cancel();
    const timer = this.#awake.setTimer(delayMs, () => {
      this.#look = undefined;
      this.#evaluateLiveness();
    });
    this.#look = { timer, atMs };
  }

  #setSuspect(suspect: boolean): void {
    if (this.#ended || this.suspect() === suspect) return;
    const cause = this.#doubt ?? (this.#proving ? 'proof' : 'silence');
    this.#doubt = suspect ? cause : undefined;
    this.#options.events.onSuspect(suspect, cause);
  }
}

const answerNothing = (): Promise<Result<Record<string, never>, never>> => Promise.resolve(ok({}));
