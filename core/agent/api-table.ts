import type { Result } from '../base/index.ts';
import type { ApiError, ApiParsed, ApiReply, ApiVerb } from '../api/index.ts';

/** One function per verb of the local API. `signal` aborts when the caller has gone away. */
export type VerbTable = {
  readonly [V in ApiVerb]: (request: ApiParsed<V>, signal: AbortSignal) => Promise<Result<ApiReply<V>, ApiError>>;
};
