import type { Deferred, Result } from '../../base/index.ts';
import { Mutex, deferred, err } from '../../base/index.ts';
import type { DeviceId, Epoch } from '../../model/index.ts';
import type { CallError, CallOptions, Clock, PeerCalls, StreamFrame } from '../../ports/index.ts';
import { delay } from '../../ports/index.ts';
import type { PeerReply, PeerRequest, PeerVerb, WireError } from '../../protocol/index.ts';
import { peerVerbs, validateAs } from '../../protocol/index.ts';
import type { DataHandlers, ExchangeContext, ExchangeHandler } from '../../exchange/index.ts';

/** One end of a link: who it is, what it answers with, and its faults, which a test sets. */
export interface DirectEnd {
  readonly device: DeviceId;
  readonly clock: Clock;
  readonly handlers: DataHandlers;
  /** Changes a block's piece before it is sent. */
  corrupt?: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Bytes per ms that this end sends at most. */
  bytesPerMs?: number | undefined;
  /** Set: the program stands still, but the link seems to live. */
  frozen?: Deferred<void> | undefined;
  /** Every call that this end serves, for counting. */
  readonly served: { readonly verb: PeerVerb; readonly from: DeviceId; readonly request: unknown }[];
}

let nextEpoch = 1;

/** A live link without sessions and transport: the verbs as each end sees them. */
export class DirectLink {
  readonly fromA: PeerCalls;
  readonly fromB: PeerCalls;
  readonly #gone = deferred<void>();
  readonly #listeners = new Set<() => void>();
  #over = false;

  constructor(a: DirectEnd, b: DirectEnd, latencyMs = 1) {
    const epoch = nextEpoch++ as Epoch;
    this.fromA = this.#calls(a, b, epoch, latencyMs);
    this.fromB = this.#calls(b, a, epoch, latencyMs);
  }

  /** The link is lost: who watches is told before any call settles (SES-2). */
  cut(): void {
    if (this.#over) return;
    this.#over = true;
    for (const listener of [...this.#listeners]) listener();
    this.#gone.resolve();
  }

  #calls(caller: DirectEnd, callee: DirectEnd, epoch: Epoch, latencyMs: number): PeerCalls {
    const bulk = new Mutex();
    return {
      device: callee.device,
      epoch,
      call: (verb, request, options = {}) => this.#call(caller, callee, verb, request, options, latencyMs, bulk),
      onGone: (listener) => {
        if (this.#over) listener();
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  async #call<V extends PeerVerb>(
    caller: DirectEnd,
    callee: DirectEnd,
    verb: V,
    request: PeerRequest<V>,
    options: CallOptions,
    latencyMs: number,
    bulk: Mutex,
  ): Promise<Result<PeerReply<V>, CallError>> {
    const gone: CallError = { kind: 'peer-gone', device: callee.device };
    if (this.#over) return err(gone);
    const controller = new AbortController();
    const cancelled = deferred<Result<never, CallError>>();
    const cancel = (): void => cancelled.resolve(err({ kind: 'cancelled' }));
    if (options.signal?.aborted) cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    const lost = this.#gone.promise.then((): Result<never, CallError> => err(gone));
    const ended = Promise.race([lost, cancelled.promise]);
    let over = false;
    void ended.then(() => {
      over = true;
      controller.abort();
    });
    const context: ExchangeContext = {
      session: { device: caller.device },
      signal: controller.signal,
      body: () => options.body ?? nothing(),
      piece: (body, payload) =>
        bulk.run(async () => {
          await this.#pass(callee, caller, payload.length / (callee.bytesPerMs ?? Infinity));
          if (over) return false;
          const { index, offset } = body as { readonly index: number; readonly offset: number };
          options.onPiece?.({ index, offset }, [callee.corrupt?.(payload) ?? payload]);
          return true;
        }),
    };
    const answer = this.#serve(caller, callee, verb, request, context, latencyMs);
    return Promise.race([ended, answer]);
  }

  async #serve<V extends PeerVerb>(
    caller: DirectEnd,
    callee: DirectEnd,
    verb: V,
    request: PeerRequest<V>,
    context: ExchangeContext,
    latencyMs: number,
  ): Promise<Result<PeerReply<V>, CallError>> {
    await this.#pass(caller, callee, latencyMs);
    callee.served.push({ verb, from: caller.device, request });
    const result =
      verb === 'probe' ? ({ ok: true, value: {} } as Result<PeerReply<V>, WireError>) : await this.#handle(callee, verb, request, context);
    await this.#pass(callee, caller, latencyMs);
    if (!result.ok) return err({ kind: 'refused', error: result.error });
    const reply = validateAs(peerVerbs[verb].reply, result.value);
    if (!reply.ok) throw new Error(`reply of ${verb}: ${reply.error.text}`);
    return { ok: true, value: reply.value as PeerReply<V> };
  }

  #handle<V extends PeerVerb>(
    callee: DirectEnd,
    verb: V,
    request: PeerRequest<V>,
    context: ExchangeContext,
  ): Promise<Result<PeerReply<V>, WireError>> {
    const valid = validateAs(peerVerbs[verb].request, request);
    if (!valid.ok) throw new Error(`request of ${verb}: ${valid.error.text}`);
    const handler = (callee.handlers as Partial<Record<PeerVerb, unknown>>)[verb] as ExchangeHandler<V> | undefined;
    if (!handler) return Promise.resolve(err({ kind: 'unknown-verb', text: verb }));
    return handler(valid.value as PeerRequest<V>, context);
  }

  /** Nothing passes while one of the two stands still. */
  async #pass(from: DirectEnd, to: DirectEnd, ms: number): Promise<void> {
    await delay(to.clock, ms);
    for (let frozen = from.frozen ?? to.frozen; frozen; frozen = from.frozen ?? to.frozen) await frozen.promise;
  }
}

async function* nothing(): AsyncGenerator<StreamFrame> {
  // A call without a body.
}
