import type { Result } from '../base/index.ts';
import { MIB, deferred, err } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Incarnation } from '../model/index.ts';
import type { Logger, StreamFrame } from '../ports/index.ts';
import type { Lane, Message, PeerVerb, WireError } from '../protocol/index.ts';
import { encodeMessage, isPeerVerb, peerVerbs, validateAs } from '../protocol/index.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ReplyCache } from './reply-cache.ts';
import type { CallContext, HandlerTable, PeerSession } from './types.ts';

export interface InboundCallsOptions {
  readonly session: PeerSession;
  /** This device's own run: what idempotency keys must name. */
  readonly incarnation: Incarnation;
  readonly handlers: HandlerTable;
  readonly replies: ReplyCache;
  readonly writers: Readonly<Record<Lane, FrameWriter>>;
  readonly logger: Logger;
  /** A request that its verb does not allow: answered with an error, and counted. */
  readonly onMalformed: (text: string) => void;
  /** An answer was ready only after the epoch had ended. */
  readonly onLate: () => void;
  /** The link has taken the answer to a call. */
  readonly onAnswered: (verb: PeerVerb) => void;
}

type RequestMessage = Extract<Message, { t: 'request' }>;
type AnyHandler = (request: unknown, context: CallContext) => Promise<Result<unknown, WireError>>;

interface ServedCall {
  readonly controller: AbortController;
  readonly body: BodyQueue;
  readonly isStream: boolean;
}

/**
 * The peer's calls to us within one epoch. Bounded in number; what is over the bound is answered `busy`. A call keeps its place
 * until its reply was taken by the link, so a peer that does not read cannot make replies pile up.
 */
export class InboundCalls {
  readonly #options: InboundCallsOptions;
  readonly #calls = new Map<number, ServedCall>();
  #streams = 0;
  /** Handlers that have not returned, those of cancelled calls included. */
  #running = 0;
  #over = false;

  constructor(options: InboundCallsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Serves a request. False when the frame breaks the protocol, which ends the epoch. */
  request(message: RequestMessage, payload: Uint8Array): boolean {
    const { id, verb } = message;
    if (this.#calls.has(id)) return false;
    if (!isPeerVerb(verb)) return this.#refuse(id, { kind: 'unknown-verb', text: verb });
    const handler = this.#options.handlers[verb] as AnyHandler | undefined;
    if (!handler) return this.#refuse(id, { kind: 'unknown-verb', text: verb });
    const request = validateAs(peerVerbs[verb].request, message.body);
    if (!request.ok) {
      this.#options.onMalformed(`request of ${verb}: ${request.error.text}`);
      return this.#refuse(id, { kind: 'malformed', text: request.error.text.slice(0, 500) });
    }
    const refusal = this.#refusalOf(verb, message);
    if (refusal) return this.#refuse(id, refusal);
    const call: ServedCall = { controller: new AbortController(), body: new BodyQueue(), isStream: peerVerbs[verb].retry === 'stream' };
    this.#calls.set(id, call);
    if (call.isStream) this.#streams += 1;
    const context = this.#contextOf(id, verb, call, payload);
    const run = (): Promise<Result<unknown, WireError>> => this.#run(verb, handler, request.value, context);
    const answer = message.key && peerVerbs[verb].retry === 'mutate' ? this.#options.replies.answer(message.key.nonce, run) : run();
    void answer.then((result) => this.#answer(id, verb, call, result));
    return true;
  }

  /** A body frame; resolves when the handler has room for more. Frames of a call that is over are dropped. */
  async body(id: number, body: unknown, payload: Uint8Array): Promise<void> {
    await this.#calls.get(id)?.body.push({ body, payload });
  }

  endOfBody(id: number): void {
    this.#calls.get(id)?.body.end();
  }

  /** "Never mind". The call is forgotten at once; its handler is told through its signal. */
  cancel(id: number): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#forget(id, call);
    call.controller.abort();
  }

  /** The epoch is over. Mutates run on, because their reply is remembered; they are bounded by the reply cache. */
  end(): number {
    this.#over = true;
    const calls = [...this.#calls];
    for (const [id, call] of calls) {
      this.#forget(id, call);
      call.controller.abort();
    }
    return calls.length;
  }

  #refusalOf(verb: PeerVerb, message: RequestMessage): WireError | undefined {
    if (Math.max(this.#calls.size, this.#running) >= limits.callsPerPeerMax) return { kind: 'busy', text: 'too many calls at a time' };
    const { retry } = peerVerbs[verb];
    if (retry === 'stream' && this.#streams >= limits.streamsPerPeerMax) return { kind: 'busy', text: 'too many streams at a time' };
    if (retry !== 'mutate') return undefined;
    if (!message.key) return { kind: 'malformed', text: `${verb} needs an idempotency key` };
    return message.key.incarnation === this.#options.incarnation
      ? undefined
      : { kind: 'wrong-incarnation', text: 'the call was made for an earlier run of this device' };
  }

  #contextOf(id: number, verb: PeerVerb, call: ServedCall, payload: Uint8Array): CallContext {
    const { session, writers } = this.#options;
    const isMutate = peerVerbs[verb].retry === 'mutate';
    return {
      session,
      epoch: session.epoch,
      // A mutate goes on to its end whatever becomes of the caller: the repeat wants its result.
      signal: isMutate ? new AbortController().signal : call.controller.signal,
      payload,
      piece: async (body, bytes) => {
        if (this.#calls.get(id) !== call) return false;
        const sent = await writers[peerVerbs[verb].lane].send(encodeMessage({ t: 'piece', id, body }), { payload: bytes });
        return sent && this.#calls.get(id) === call;
      },
      body: () => call.body,
    };
  }

  async #run(verb: PeerVerb, handler: AnyHandler, request: unknown, context: CallContext): Promise<Result<unknown, WireError>> {
    this.#running += 1;
    try {
      return await handler(request, context);
    } catch (error) {
      if (!context.signal.aborted) {
        this.#options.logger.log('error', 'handler-failed', {
          verb,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
      return err({ kind: 'internal', text: 'the other device has a fault; its log says which' });
    } finally {
      this.#running -= 1;
    }
  }

  async #answer(id: number, verb: PeerVerb, call: ServedCall, result: Result<unknown, WireError>): Promise<void> {
    if (this.#over) return this.#options.onLate();
    if (this.#calls.get(id) !== call) return;
    const { lane, retry } = peerVerbs[verb];
    // After pieces, on their lane; the reply to a stream has nothing before it.
    const writer = this.#options.writers[retry === 'stream' ? 'control' : lane];
    await writer.send(this.#encodeAnswer(id, verb, result), { first: verb === 'probe' });
    if (this.#calls.get(id) !== call) return;
    this.#forget(id, call);
    this.#options.onAnswered(verb);
  }

  #encodeAnswer(id: number, verb: PeerVerb, result: Result<unknown, WireError>): Uint8Array {
    if (!result.ok) return encodeMessage({ t: 'error', id, error: { kind: result.error.kind, text: result.error.text.slice(0, 500) } });
    const header = encodeMessage({ t: 'reply', id, body: result.value });
    if (header.length <= limits.frameHeaderBytesMax) return header;
    this.#options.logger.log('error', 'reply-too-large', { verb, bytes: header.length });
    return encodeMessage({ t: 'error', id, error: { kind: 'internal', text: 'the reply is too large' } });
  }

  #refuse(id: number, error: WireError): true {
    if (!this.#over) void this.#options.writers.control.send(encodeMessage({ t: 'error', id, error }));
    return true;
  }

  #forget(id: number, call: ServedCall): void {
    this.#calls.delete(id);
    if (call.isStream) this.#streams -= 1;
    call.body.end();
    call.body.drop();
  }
}

/** Body frames that wait for the handler: beyond this many bytes the channel is not read on. */
const bodyQueueBytesMax = 4 * MIB;

/**
 * Body frames between the channel and one handler. A call that is cancelled or loses its epoch ends early: the handler's signal says
 * so. While it is full the bulk channel of this peer stands, so a handler must not wait
 * for an answer of the same peer's bulk channel before it has read its body.
 */
class BodyQueue implements AsyncIterable<StreamFrame> {
  readonly #frames: StreamFrame[] = [];
  #bytes = 0;
  #ended = false;
  #changed: Deferred<void> | undefined;
  #room: Deferred<void> | undefined;

  async push(frame: StreamFrame): Promise<void> {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#bytes += frame.payload.length;
    this.#changed?.resolve();
    if (this.#bytes <= bodyQueueBytesMax) return;
    this.#room ??= deferred();
    await this.#room.promise;
  }

  end(): void {
    this.#ended = true;
    this.#changed?.resolve();
  }

  /** Nobody reads on. */
  drop(): void {
    this.#frames.length = 0;
    this.#bytes = 0;
    this.#tellRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) {
        this.#bytes -= frame.payload.length;
        if (this.#bytes <= bodyQueueBytesMax) this.#tellRoom();
        yield frame;
      } else if (this.#ended) return;
      else {
        this.#changed = deferred();
        await this.#changed.promise;
      }
    }
  }

  #tellRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
