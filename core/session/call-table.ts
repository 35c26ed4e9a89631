import type { Result } from '../base/index.ts';
import { assert, err, ok } from '../base/index.ts';
import type { DeviceId } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { CallError, Timer } from '../ports/index.ts';
import type { Chunks, Lane, PeerReply, PeerRequest, PeerVerb, WireError } from '../protocol/index.ts';
import { encodeMessage, hereisSchema, peerVerbs, validateAs } from '../protocol/index.ts';
import type { AwakeClock } from './awake-clock.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Attempt, AttemptOptions, CallFate } from './types.ts';

export interface CallTableOptions {
  readonly device: DeviceId;
  readonly awake: AwakeClock;
  readonly writers: Readonly<Record<Lane, FrameWriter>>;
  /** Told when the table begins or ceases to hold calls. */
  readonly onWork: () => void;
  /** The peer answered with what its verb does not allow. */
  readonly onMalformed: (text: string) => void;
}

interface Call {
  readonly id: number;
  readonly verb: PeerVerb;
  readonly options: AttemptOptions;
  readonly bytes: number;
  readonly settle: (result: Result<unknown, CallError>) => void;
  /** The caller's own body threw: its bug or its abort, handed back to it. */
  readonly fail: (error: unknown) => void;
  readonly onAbort: () => void;
  fate: CallFate;
  timer: Timer | undefined;
  settled: boolean;
}

/**
 * Our calls to one peer within one epoch (RPC-3). Bounded in number and bytes, so that a peer that answers nothing holds nothing
 * that others could use. A call is settled exactly once: by the reply, an error, its deadline, its caller, or the end of the epoch.
 */
export class CallTable {
  readonly #options: CallTableOptions;
  readonly #calls = new Map<number, Call>();
  #nextId = 1;
  #bytes = 0;
  #workSinceMs: number | undefined;
  #lateDropped = 0;
  #over = false;

  constructor(options: CallTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Since when, in awake ms, calls have been outstanding without a break; undefined when there are none. */
  get workSinceMs(): number | undefined {
    return this.#workSinceMs;
  }

  /** Answers that came for calls settled before. */
  get lateDropped(): number {
    return this.#lateDropped;
  }

  /** A number for a call that is kept elsewhere (probes). */
  reserveId(): number {
    return this.#freeId();
  }

  start<V extends PeerVerb>(verb: V, request: PeerRequest<V>, options: AttemptOptions): Promise<Attempt<V>> {
    if (this.#over) return Promise.resolve(unsent<V>({ kind: 'peer-gone', device: this.#options.device }));
    if (options.signal?.aborted === true) return Promise.resolve(unsent<V>({ kind: 'cancelled' }));
    const id = this.#freeId();
    const header = encodeMessage({ t: 'request', id, verb, body: request, ...(options.key ? { key: options.key } : {}) });
    const bytes = header.length + (options.payload?.length ?? 0);
    if (this.#calls.size >= limits.callsPerPeerMax || this.#bytes + bytes > limits.blocksInFlightPerPeerBytesMax) {
      return Promise.resolve(unsent<V>({ kind: 'busy' }));
    }
    return new Promise((resolve, fail) => {
      const settle = (result: Result<unknown, CallError>): void =>
        resolve({ result: result as Result<PeerReply<V>, CallError>, fate: call.fate });
      const onAbort = (): void => this.#giveUp(call, { kind: 'cancelled' });
      const call: Call = { id, verb, options, bytes, settle, fail, onAbort, fate: 'unsent', timer: undefined, settled: false };
      this.#enter(call);
      void this.#send(call, header);
    });
  }

  /** A piece of a reply. */
  piece(id: number, body: unknown, payload: Chunks): void {
    const call = this.#calls.get(id);
    if (!call) return this.#late();
    const piece = validateAs(hereisSchema, body);
    if (call.verb !== 'sendme' || !piece.ok) return this.#malformed(call, 'piece', piece.ok ? 'not of this verb' : piece.error.text);
    call.options.onPiece?.(piece.value, payload);
  }

  reply(id: number, body: unknown): void {
    const call = this.#calls.get(id);
    if (!call) return this.#late();
    const reply = validateAs(peerVerbs[call.verb].reply, body);
    if (!reply.ok) return this.#malformed(call, 'reply', reply.error.text);
    call.fate = 'answered';
    this.#settle(call, ok(reply.value));
  }

  error(id: number, error: WireError): void {
    const call = this.#calls.get(id);
    if (!call) return this.#late();
    call.fate = 'answered';
    this.#settle(call, err({ kind: 'refused', error }));
  }

  /** The epoch is over: settles all calls with one error. Returns how many there were. */
  end(): number {
    this.#over = true;
    const calls = [...this.#calls.values()];
    const gone = err<CallError>({ kind: 'peer-gone', device: this.#options.device });
    for (const call of calls) this.#settle(call, gone);
    return calls.length;
  }

  #enter(call: Call): void {
    this.#calls.set(call.id, call);
    this.#bytes += call.bytes;
    call.timer = this.#options.awake.setTimer(peerVerbs[call.verb].deadlineMs, () => this.#giveUp(call, { kind: 'timeout' }));
    call.options.signal?.addEventListener('abort', call.onAbort, { once: true });
    if (this.#calls.size === 1) this.#workSinceMs = this.#options.awake.now();
    this.#options.onWork();
  }

  async #send(call: Call, header: Uint8Array): Promise<void> {
    const writer = this.#options.writers[laneOfRequest(call.verb)];
    const onStart = (): void => {
      call.fate = 'sending';
    };
    const payload = call.options.payload;
    const sent = await writer.send(header, { ...(payload ? { payload } : {}), onStart });
    if (!sent || call.settled) return;
    call.fate = 'sent';
    if (!call.options.body) return;
    try {
      await this.#sendBody(call, call.options.body, writer);
    } catch (error) {
      call.fail(error);
      this.#giveUp(call, { kind: 'cancelled' });
    }
  }

  async #sendBody(call: Call, body: NonNullable<AttemptOptions['body']>, writer: FrameWriter): Promise<void> {
    for await (const frame of body) {
      if (call.settled) return;
      call.fate = 'body';
      const sent = await writer.send(encodeMessage({ t: 'body', id: call.id, body: frame.body }), { payload: frame.payload });
      if (!sent || call.settled) return;
    }
    if (!call.settled) await writer.send(encodeMessage({ t: 'end', id: call.id }));
  }

  #giveUp(call: Call, error: CallError): void {
    if (call.settled) return;
    this.#settle(call, err(error));
    // On the lane of the request, which may still wait there: a cancel must not overtake it.
    void this.#options.writers[laneOfRequest(call.verb)].send(encodeMessage({ t: 'cancel', id: call.id }));
  }

  #settle(call: Call, result: Result<unknown, CallError>): void {
    assert(!call.settled, 'a call is settled once');
    call.settled = true;
    call.timer?.cancel();
    call.options.signal?.removeEventListener('abort', call.onAbort);
    this.#calls.delete(call.id);
    this.#bytes -= call.bytes;
    if (this.#calls.size === 0) this.#workSinceMs = undefined;
    call.settle(result);
    this.#options.onWork();
  }

  #malformed(call: Call, what: string, text: string): void {
    call.fate = 'answered';
    this.#options.onMalformed(`${what} of ${call.verb}: ${text}`);
    if (!call.settled) this.#giveUp(call, { kind: 'refused', error: { kind: 'malformed', text: text.slice(0, 500) } });
  }

  #late(): void {
    this.#lateDropped += 1;
  }

  #freeId(): number {
    while (this.#calls.has(this.#nextId)) this.#nextId = nextCallId(this.#nextId);
    const id = this.#nextId;
    this.#nextId = nextCallId(id);
    return id;
  }
}

function nextCallId(id: number): number {
  return id >= 0xffff_ffff ? 1 : id + 1;
}

/** A stream's request travels with its body, so that it comes first; everything else stays clear of bulk. */
function laneOfRequest(verb: PeerVerb): Lane {
  return peerVerbs[verb].retry === 'stream' ? 'bulk' : 'control';
}

function unsent<V extends PeerVerb>(error: CallError): Attempt<V> {
  return { result: err(error), fate: 'unsent' };
}
