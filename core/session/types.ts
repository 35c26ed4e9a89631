import type { Result } from '../base/index.ts';
import type { DeviceId, Epoch, Incarnation } from '../model/index.ts';
import type { CallError, CallOptions, LinkPath, PeerCalls } from '../ports/index.ts';
import type { PeerReply, PeerRequest, PeerVerb, WireError } from '../protocol/index.ts';

/** A live epoch: the verbs, and what is known of the other side. */
export interface PeerSession extends PeerCalls {
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly features: readonly string[];
  readonly address: string;
  readonly path: LinkPath;
  rttMs(): number | undefined;
  /** No bytes for a while although something is outstanding (SES-5): give it no new work. */
  suspect(): boolean;
  /** Smoothed bytes per second, in and out. */
  rates(): { readonly inBytesPerSecond: number; readonly outBytesPerSecond: number };
  /** As `call`, but tells how far the request got, which decides whether it may be repeated (RPC-2). */
  attempt<V extends PeerVerb>(verb: V, request: PeerRequest<V>, options?: AttemptOptions): Promise<Attempt<V>>;
  /** A key for one `mutate` call to the run that this session talks to. */
  freshKey(): IdempotencyKey;
  /**
   * Enters something that refers to this epoch, such as a source of a download: `clear` runs when the epoch ends, before any watcher
   * or caller hears of it (SES-2); at once if it already has. It must be quick and start nothing. The returned function takes it out.
   */
  refer(clear: () => void): () => void;
}

/** Names one `mutate` call and the run of the receiver that it was made for; a repeat carries the same one. */
export interface IdempotencyKey {
  readonly incarnation: Incarnation;
  /** 32 hex digits. */
  readonly nonce: string;
}

export interface AttemptOptions extends CallOptions {
  /** Of `mutate` verbs; without it the session makes one. */
  readonly key?: IdempotencyKey;
}

/**
 * How far a request got: `unsent`, not a byte was handed to the link; `sending`, a part; `sent`, all of the request; `body`, and its
 * stream body was begun; `answered`, the peer has settled it.
 */
export type CallFate = 'unsent' | 'sending' | 'sent' | 'body' | 'answered';

export interface Attempt<V extends PeerVerb> {
  readonly result: Result<PeerReply<V>, CallError>;
  readonly fate: CallFate;
}

/** What a handler gets to know of the call it serves. */
export interface CallContext {
  readonly session: PeerSession;
  readonly epoch: Epoch;
  /** Aborts when the caller cancels or the epoch ends. */
  readonly signal: AbortSignal;
  readonly payload: Uint8Array;
  /** Sends one piece of the reply with raw bytes; resolves when more may be sent, false when nobody listens any more. */
  piece(body: unknown, payload: Uint8Array): Promise<boolean>;
  /** Body frames of a `stream` call in order, until the caller ends it. */
  body(): AsyncIterable<{ readonly body: unknown; readonly payload: Uint8Array }>;
}

export type Handler<V extends PeerVerb> = (request: PeerRequest<V>, context: CallContext) => Promise<Result<PeerReply<V>, WireError>>;
/** Who answers which verb; `probe` and `sleeping` are the session's own. A verb without a handler is answered `unknown-verb`. */
export type HandlerTable = { readonly [V in PeerVerb]?: Handler<V> };

/** A paired device as the supervisor needs it. */
export interface SupervisedDevice {
  readonly device: DeviceId;
  /** Last good address first, then fixed and told ones. */
  readonly addresses: readonly string[];
  readonly paused: boolean;
}

/** What status shows of a device's link (chapter 12). `recovering` is added by the agent. */
export type LinkState =
  | { readonly kind: 'live'; readonly epoch: Epoch; readonly suspect: boolean }
  | { readonly kind: 'dialling' }
  | { readonly kind: 'asleep'; readonly sinceMs: number }
  | { readonly kind: 'offline'; readonly nextTryAtMs: number | undefined; readonly lastError: string | undefined }
  | { readonly kind: 'paused' };

/** Why an epoch ended. */
export type EpochEnd =
  /** The link broke. */
  | 'lost'
  /** The other side ended it. */
  | 'remote-closed'
  /** A probe went unanswered (SES-5). */
  | 'silent'
  /** As `silent`, for a link that did not prove itself after a resume or a change of the network. */
  | 'unproved'
  | 'malformed'
  /** Another link of the same two runs took its place (SES-3). */
  | 'replaced'
  /** The peer's agent runs anew. */
  | 'restarted'
  /** The peer said `sleeping`. */
  | 'peer-asleep'
  /** This host goes to sleep. */
  | 'suspend'
  | 'paused'
  | 'removed'
  | 'stop';

/** Ends that come from sleep, a stop or a decision; the others are worth an incident when they repeat (SES-2). */
export function isExpectedEnd(end: EpochEnd): boolean {
  return end !== 'lost' && end !== 'remote-closed' && end !== 'silent' && end !== 'malformed';
}

/** What happened, for the event log, status and incidents. */
export type SupervisorEvent =
  | {
      readonly kind: 'session-up';
      readonly device: DeviceId;
      readonly epoch: Epoch;
      readonly incarnation: Incarnation;
      readonly address: string;
      readonly path: LinkPath;
      readonly outbound: boolean;
    }
  /** One event per epoch, whatever was outstanding. `lateDropped`: what came for calls that were settled already (SES-1). */
  | {
      readonly kind: 'session-gone';
      readonly device: DeviceId;
      readonly epoch: Epoch;
      readonly reason: EpochEnd;
      readonly references: number;
      readonly callsLost: number;
      readonly lateDropped: number;
      readonly livedMs: number;
    }
  /** A link that was in doubt after a resume or a change of the network works. */
  | { readonly kind: 'proved'; readonly device: DeviceId; readonly epoch: Epoch }
  /** `proof`: only because it was asked for proof after a resume or a change of the network, and has not answered yet. */
  | {
      readonly kind: 'suspect';
      readonly device: DeviceId;
      readonly epoch: Epoch;
      readonly suspect: boolean;
      readonly cause: 'silence' | 'proof';
    }
  /** A dial or a handshake came to nothing. `text` is for people. */
  | {
      readonly kind: 'link-failed';
      readonly device: DeviceId;
      readonly outbound: boolean;
      readonly text: string;
      readonly failures: number;
    }
  /** What the peer sent could not be used; a malformed frame also ends the epoch. `count` in this run. */
  | { readonly kind: 'malformed'; readonly device: DeviceId; readonly text: string; readonly count: number }
  /** No version of the protocol in common: one side needs a newer Dormouse. */
  | { readonly kind: 'version-mismatch'; readonly device: DeviceId; readonly older: 'here' | 'there' }
  /** Two runs answer under one key (a cloned disk, JRN-5). */
  | { readonly kind: 'twin'; readonly device: DeviceId };
