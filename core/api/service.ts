import type { Result } from '../base/index.ts';
import type { ApiError } from './errors.ts';
import type { ApiEvent } from './events.ts';
import type { ApiParsed, ApiReply, ApiVerb } from './verbs.ts';

/** The agent as its local callers see it: one method per verb, requests already validated. The HTTP server and the desktop's bridge sit on it. */
export interface ApiService {
  call<V extends ApiVerb>(
    verb: V,
    request: ApiParsed<V>,
    options?: { readonly signal?: AbortSignal; readonly idempotencyKey?: string },
  ): Promise<Result<ApiReply<V>, ApiError>>;
  /** Called for each event from now on; the returned function stops it. */
  onEvent(listener: (event: ApiEvent) => void): () => void;
}
