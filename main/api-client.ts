import { randomUUID } from 'node:crypto';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { type Result, err, ok } from '../core/base/index.ts';
import {
  type ApiError,
  type ApiEvent,
  type ApiReply,
  type ApiRequest,
  type ApiVerb,
  apiErrorSchema,
  apiPathPrefix,
  apiVerbs,
  eventsPath,
  idempotencyHeader,
  repeatHeader,
  pageLinkPath,
} from '../core/api/index.ts';
import { type ApiAccess, noAgentRunning, readApiFile } from './api-file.ts';
import { type Home, isProcessAlive } from './home.ts';

/** What the API answers, and the ways in which it can be out of reach. */
export type ClientError = ApiError | { readonly kind: 'no-agent' | 'unreadable' | 'aborted'; readonly text: string };

/** The local API as a program on the same machine calls it. */
export interface ApiClient {
  readonly access: ApiAccess;
  /**
   * A call whose connection is lost, at whatever point, is made once more (RPC-2): reads and idempotent calls are harmless, and each
   * change carries its idempotency key. The agent refuses the repeat where `requests.retry` is off.
   */
  call<V extends ApiVerb>(
    verb: V,
    request: ApiRequest<V>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result<ApiReply<V>, ClientError>>;
  /** Connects to the stream of events: what happens after this resolved is in it. It ends with the agent, or when `signal` aborts. */
  follow(signal?: AbortSignal): Promise<Result<AsyncIterable<ApiEvent>, ClientError>>;
  /** A link that opens the agent's page once. */
  pageLink(): Promise<Result<string, ClientError>>;
}

/** The client for the agent that runs on `home`; only looks at its files. */
export function openApiClient(home: Home): Result<ApiClient, ClientError> {
  const access = readApiFile(home);
  return access.ok ? ok(createApiClient(access.value, home)) : access;
}

export function createApiClient(access: ApiAccess, home: Home): ApiClient {
  return {
    access,
    async call<V extends ApiVerb>(verb: V, request: ApiRequest<V>, options: { readonly signal?: AbortSignal } = {}) {
      const isMutate = apiVerbs[verb].retry === 'mutate';
      const key = isMutate ? `${access.incarnation}.${randomUUID()}` : undefined;
      const post: Post = { path: `${apiPathPrefix}${verb}`, body: JSON.stringify(request), key, isRepeat: false, signal: options.signal };
      let answer = await converse(access, home, post);
      if (!answer.ok && answer.error.kind === 'lost') {
        // The agent may run anew by now, at another place; it answers a change of its earlier run with `outcome-unknown`.
        const current = readApiFile(home);
        answer = await converse(current.ok ? current.value : access, home, { ...post, isRepeat: true });
        if (!answer.ok && answer.error.kind === 'no-agent' && isMutate) return err(endedMeanwhile(verb));
      }
      if (!answer.ok) return err(settleLost(answer.error, home, access));
      return answer as Result<ApiReply<V>, ClientError>;
    },
    async follow(signal) {
      const answer = await exchange(access, home, { path: eventsPath, body: undefined, key: undefined, isRepeat: false, signal });
      if (!answer.ok) return err(settleLost(answer.error, home, access));
      if (answer.value.statusCode === 200) return ok(readEvents(answer.value));
      const failure = await readReply(answer.value, home, access);
      return err(failure.ok ? notAnAgent(access) : settleLost(failure.error, home, access));
    },
    async pageLink() {
      const answer = await exchange(access, home, { path: pageLinkPath, body: '{}', key: undefined, signal: undefined, isRepeat: false });
      if (!answer.ok) return err(settleLost(answer.error, home, access));
      const reply = await readReply(answer.value, home, access);
      if (reply.ok && typeof reply.value === 'object' && reply.value !== null && 'link' in reply.value) return ok(String(reply.value.link));
      if (!reply.ok && reply.error.kind !== 'unknown-verb') return err(settleLost(reply.error, home, access));
      const text = 'The agent that is running was started without its page. Stop it, and start it with: dormouse daemon --ui';
      return err({ kind: 'not-found', text });
    },
  };
}

interface Post {
  readonly path: string;
  /** Undefined: GET. */
  readonly body: string | undefined;
  readonly key: string | undefined;
  /** The connection of the first try was lost. */
  readonly isRepeat: boolean;
  readonly signal: AbortSignal | undefined;
}

type ExchangeError = ClientError | { readonly kind: 'lost'; readonly text: string };

/** Sends one request and reads the whole answer. */
async function converse(access: ApiAccess, home: Home, post: Post): Promise<Result<unknown, ExchangeError>> {
  const answer = await exchange(access, home, post);
  return answer.ok ? readReply(answer.value, home, access) : answer;
}

/** Sends one request; resolves when the head of the answer is there. No timeout: the agent is on this machine and bounds its own work. */
async function exchange(
  access: ApiAccess,
  home: Home,
  { path, body, key, isRepeat, signal }: Post,
): Promise<Result<IncomingMessage, ExchangeError>> {
  return new Promise((resolve) => {
    const request = httpRequest(`${access.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${access.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(key === undefined ? {} : { [idempotencyHeader]: key }),
        ...(isRepeat ? { [repeatHeader]: '1' } : {}),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    request.on('response', (response) => resolve(ok(response)));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return resolve(err({ kind: 'aborted', text: 'The call was cancelled.' }));
      if (error.code === 'ECONNREFUSED') return resolve(err(noAgentRunning(home, access.pid)));
      resolve(err({ kind: 'lost', text: error.message }));
    });
    request.end(body);
  });
}

function settleLost(error: ExchangeError, home: Home, access: ApiAccess): ClientError {
  if (error.kind !== 'lost') return error;
  if (!isProcessAlive(access.pid)) return noAgentRunning(home, access.pid);
  return {
    kind: 'outcome-unknown',
    text: `The agent broke the connection off (${error.text}); whether it did what was asked is not known. Look at: dormouse status`,
  };
}

/** A change was begun, and the agent ended before it could say what became of it. */
function endedMeanwhile(verb: ApiVerb): ClientError {
  return {
    kind: 'outcome-unknown',
    text: `The agent ended during "${verb}"; whether it was done is not known. Start it again and look at: dormouse status`,
  };
}

async function readReply(response: IncomingMessage, home: Home, access: ApiAccess): Promise<Result<unknown, ExchangeError>> {
  let body: unknown;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return err(notAnAgent(access));
    return err({ kind: 'lost', text: error instanceof Error ? error.message : String(error) });
  }
  if (response.statusCode === 200) return ok(body);
  const failure = typeof body === 'object' && body !== null && 'error' in body ? apiErrorSchema.safeParse(body.error) : undefined;
  if (failure?.success !== true) return err(notAnAgent(access));
  if (failure.data.kind !== 'unauthorized') return err(failure.data);
  return err({
    kind: 'unauthorized',
    text: `The agent at ${access.url} refuses the token in ${home.apiFile}: the file is not that agent's. Restart the agent of this home.`,
  });
}

function notAnAgent(access: ApiAccess): ClientError {
  return { kind: 'unavailable', text: `What answers at ${access.url} is not a Dormouse agent of this version. Restart the agent.` };
}

async function* readEvents(response: IncomingMessage): AsyncIterable<ApiEvent> {
  const lines = createInterface({ input: response, crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      if (line !== '') yield JSON.parse(line) as ApiEvent;
    }
  } catch {
    // The agent ended, or the reader did: either way there is nothing more to read.
  } finally {
    response.destroy();
  }
}
