import {
  type ApiEvent,
  type ApiVerb,
  apiErrorSchema,
  apiPathPrefix,
  apiVerbs,
  eventsPath,
  idempotencyHeader,
  isApiVerb,
  type ApiReply,
} from '../../core/api/index.ts';
import type { AgentConnection, CallResult, EventListener } from './agent-connection.ts';

const unreachable = {
  kind: 'unreachable',
  text: 'The agent does not answer. It may have been stopped; this page goes on by itself when it is back.',
} as const;

/** The API of the agent that serves this page; the page's cookie says who we are. */
export function httpConnection(): AgentConnection {
  /** The run of the agent that we know; keys of changes begin with it, so that another run does not repeat them. */
  let incarnation: string | undefined;

  const call = async <V extends ApiVerb>(verb: V, request: unknown): Promise<CallResult<ApiReply<V>>> => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    const isMutate = isApiVerb(verb) && apiVerbs[verb as ApiVerb].retry === 'mutate';
    if (isMutate && incarnation !== undefined) headers[idempotencyHeader] = `${incarnation}.${crypto.randomUUID()}`;
    const init = { method: 'POST', headers, body: JSON.stringify(request) };
    const post = (): Promise<Response> => fetch(`${apiPathPrefix}${verb}`, init);
    let response: Response;
    let body: unknown;
    try {
      // Once more where a connection was lost: reads and idempotent calls do no harm, changes carry their key.
      response = await post().catch(post);
      body = await response.json();
    } catch {
      return { ok: false, error: unreachable };
    }
    if (!response.ok) return { ok: false, error: errorOf(body) };
    const value = body as ApiReply<V>;
    if (verb === 'status') incarnation = (value as ApiReply<'status'>).device.incarnation;
    return { ok: true, value };
  };

  return { call, follow: followEvents, desktop: undefined };
}

function errorOf(body: unknown): (CallResult<never> & { readonly ok: false })['error'] {
  const found = typeof body === 'object' && body !== null && 'error' in body ? apiErrorSchema.safeParse(body.error) : undefined;
  return found?.success === true ? found.data : unreachable;
}

function followEvents(listener: EventListener): () => void {
  const abort = new AbortController();
  const read = async (): Promise<void> => {
    const response = await fetch(eventsPath, { signal: abort.signal });
    if (!response.ok || response.body === null) return;
    listener.onOpen();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ApiEvent);
      if (events.length > 0) listener.onEvents(events);
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      if (!abort.signal.aborted) listener.onEnd();
    });
  return () => abort.abort();
}
