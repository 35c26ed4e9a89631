import type { ApiError, ApiEvent, WindowBridge, ApiReply, ApiRequest, ApiVerb } from '../../core/api/index.ts';

/** Why a call has no answer: the agent refused it, or there is no agent. `text` is for a person. */
export type CallError = ApiError | { readonly kind: 'unreachable'; readonly text: string };

export type CallResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CallError };

/** What happens on the stream of events. */
export interface EventListener {
  /** Connected: what happens from now on is told. */
  onOpen(): void;
  onEvents(events: readonly ApiEvent[]): void;
  /** The stream is over, and nothing more comes of it. */
  onEnd(): void;
}

/** The agent as the window sees it: the local API over HTTP, or through the desktop program. */
export interface AgentConnection {
  call<V extends ApiVerb>(verb: V, request: ApiRequest<V>): Promise<CallResult<ApiReply<V>>>;
  /** Follows the events once; the returned function stops it, and `onEnd` is not called then. */
  follow(listener: EventListener): () => void;
  /** What a page alone cannot do; undefined in a browser. */
  readonly desktop: WindowBridge | undefined;
}
