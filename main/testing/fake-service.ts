import { Emitter, type Result, ok } from '../../core/base/index.ts';
import type { ApiError, ApiEvent, ApiReply, ApiService, ApiVerb } from '../../core/api/index.ts';

/** Stands in for an agent: answers by verb (`{}` where nothing else is said), and remembers what it was asked. */
export class FakeService implements ApiService {
  readonly calls: { readonly verb: string; readonly request: unknown; readonly signal: AbortSignal | undefined }[] = [];
  readonly events = new Emitter<ApiEvent>();
  readonly answers = new Map<ApiVerb, (request: unknown) => Promise<Result<unknown, ApiError>>>();
  /** How many streams of events are open. */
  listeners = 0;

  async call<V extends ApiVerb>(
    verb: V,
    request: unknown,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result<ApiReply<V>, ApiError>> {
    this.calls.push({ verb, request, signal: options?.signal });
    const answer = this.answers.get(verb);
    return (answer === undefined ? ok({}) : await answer(request)) as Result<ApiReply<V>, ApiError>;
  }

  onEvent(listener: (event: ApiEvent) => void): () => void {
    const off = this.events.on(listener);
    this.listeners += 1;
    return () => {
      this.listeners -= 1;
      off();
    };
  }
}
