import type { Result } from '../base/index.ts';
import type { DeviceId, Epoch } from '../model/index.ts';
import type { Chunks, Hereis, PeerRequest, PeerReply, PeerVerb, WireError } from '../protocol/index.ts';

/** How a call to a peer can fail. */
export type CallError =
  /** The epoch ended first; nothing is known of the effect beyond what the verb's retry class says. */
  | { readonly kind: 'peer-gone'; readonly device: DeviceId }
  /** The peer answered with an error. */
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'cancelled' }
  /** The verb's deadline passed (awake time). */
  | { readonly kind: 'timeout' }
  /** A `mutate` whose fate cannot be learned: re-read, never repeat. */
  | { readonly kind: 'outcome-unknown' }
  /** Too many calls or bytes outstanding to this peer. */
  | { readonly kind: 'busy' };

export interface CallOptions {
  /** Aborting tells the other side "never mind" and settles the call with `cancelled`. */
  readonly signal?: AbortSignal;
  /** Raw bytes that go with the request, outside the validated message. */
  readonly payload?: Uint8Array;
  /**
   * Called for each piece of a reply that comes in pieces (`sendme`), before the call settles. A repeated call starts over at its first
   * piece. `payload` is to be copied before it returns.
   */
  readonly onPiece?: (piece: Hereis, payload: Chunks) => void;
  /**
   * Body frames of a `stream` verb (`batches`), sent in order with backpressure; the end of the iteration ends the body. Iterated at
   * most once, and not before the request's header was flushed (RPC-2); a call that settles early stops the iteration by its `return`.
   */
  readonly body?: AsyncIterable<StreamFrame>;
}

/** One body frame of a `stream` verb: a small validated header and raw bytes. */
export interface StreamFrame {
  readonly body: unknown;
  readonly payload: Uint8Array;
}

/** The verbs as a caller sees them: one live peer within one epoch. A call on an ended epoch settles with `peer-gone` at once. */
export interface PeerCalls {
  readonly device: DeviceId;
  readonly epoch: Epoch;
  call<V extends PeerVerb>(verb: V, request: PeerRequest<V>, options?: CallOptions): Promise<Result<PeerReply<V>, CallError>>;
  /** Called once when the epoch ends, after its references were cleared; at once if it already has. */
  onGone(listener: () => void): () => void;
}
