import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Result, err, ok } from '../core/base/index.ts';
import {
  type ApiError,
  type ApiParsed,
  type ApiService,
  type ApiVerb,
  apiError,
  apiErrorHttpStatus,
  apiPathPrefix,
  apiVerbs,
  eventsPath,
  idempotencyHeader,
  isApiVerb,
  repeatHeader,
} from '../core/api/index.ts';
import { limits } from '../core/model/index.ts';
import type { Logger } from '../core/ports/index.ts';
import { type ApiGuard, checkCaller, checkOrigin, createApiGuard } from './api-guard.ts';
import { parseApiRequest } from './api-request.ts';
import { type PageOptions, PageServer } from './page-server.ts';
import { ReplyCache } from './api-replies.ts';
import { streamEvents } from './api-stream.ts';

export interface ApiServerOptions {
  readonly service: ApiService;
  /** The bearer token; only its digest is kept. */
  readonly token: string;
  readonly incarnation: string;
  readonly logger: Logger;
  /** 0: any free one. */
  readonly port: number;
  /** For the age of kept outcomes; any clock that does not go back. */
  readonly nowMs: () => number;
  /** The setting `requests.retry` (RPC-4); absent: repeats are allowed. */
  readonly retryAllowed?: () => Promise<boolean>;
  /** Checks replies against the contract as well and fails loudly where one breaks it; for tests. */
  readonly checkReplies?: boolean;
  readonly eventQueueMax?: number;
  /** Serves the window's page as well. */
  readonly page?: PageOptions;
}

export interface ApiServerError {
  readonly kind: 'listen';
  readonly text: string;
}

/** The running local API. */
export interface ApiServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** A link that opens the page once; undefined where no page is served. */
  newPageLink(): string | undefined;
  /** Takes no new calls, gives those under way `graceMs` to finish, then cuts them off. Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

const stopGraceMs = 500;
const headersTimeoutMs = 10_000;
const bodyTimeoutMs = 30_000;
const connectionsMax = 256;

/** Starts the local API (chapter 10) on the loopback address. It answers JSON to JSON, and nobody without the token. */
export async function startApiServer(options: ApiServerOptions): Promise<Result<ApiServer, ApiServerError>> {
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: bodyTimeoutMs });
  server.maxConnections = connectionsMax;
  const listening = await listen(server, options.port);
  if (!listening.ok) return listening;
  const port = listening.value;
  const url = `http://127.0.0.1:${port}`;
  const page = options.page === undefined ? undefined : new PageServer(options.page, url, options.nowMs);
  const handler = new ApiHandler(options, createApiGuard(port, options.token, page?.cookie), page);
  server.on('request', (request, response) => void handler.handle(request, response));
  let stopped: Promise<void> | undefined;
  return ok({
    port,
    url,
    newPageLink: () => page?.newLink(),
    stop: (graceMs = stopGraceMs) => (stopped ??= closeServer(server, graceMs)),
  });
}

async function listen(server: Server, port: number): Promise<Result<number, ApiServerError>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cause = error.code === 'EADDRINUSE' ? `port ${port} is taken by another program; choose another one` : `${error.message}`;
      resolve(err({ kind: 'listen', text: `The local API cannot listen on 127.0.0.1: ${cause}.` }));
    });
    server.listen({ host: '127.0.0.1', port }, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** One request: checks the caller, finds the verb, validates, calls, answers. */
class ApiHandler {
  readonly #options: ApiServerOptions;
  readonly #guard: ApiGuard;
  readonly #replies: ReplyCache;
  readonly #page: PageServer | undefined;

  constructor(options: ApiServerOptions, guard: ApiGuard, page: PageServer | undefined) {
    this.#options = options;
    this.#guard = guard;
    this.#page = page;
    this.#replies = new ReplyCache(options.incarnation, options.nowMs);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const outcome = await this.#answer(request, response);
      if (outcome !== 'answered') send(request, response, outcome);
    } catch (error) {
      // A bug of ours: the caller is told that much, the log the rest.
      this.#options.logger.log('error', 'api-call-crashed', {
        path: request.url,
        stack: error instanceof Error ? error.stack : String(error),
      });
      send(request, response, err(apiError('internal', 'The agent failed at this call; its log says where. Please report it.')));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Result<unknown, ApiError> | 'answered'> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const isForPage = this.#page !== undefined && !path.startsWith(apiPathPrefix);
    const refusal = isForPage ? checkOrigin(this.#guard, request.headers) : checkCaller(this.#guard, request.headers);
    if (refusal !== undefined) return err(refusal);
    if (isForPage && this.#page?.answer(this.#guard, request, response) === true) return 'answered';
    if (path === eventsPath && request.method === 'GET') {
      streamEvents(this.#options.service, response, this.#options.eventQueueMax);
      return 'answered';
    }
    const verb = path.startsWith(apiPathPrefix) ? path.slice(apiPathPrefix.length) : '';
    if (!isApiVerb(verb)) {
      const known = Object.keys(apiVerbs).join(', ');
      return err(
        apiError('unknown-verb', `There is nothing at ${JSON.stringify(path.slice(0, 200))}. Verbs of ${apiPathPrefix}: ${known}.`),
      );
    }
    if (request.method !== 'POST') return err(apiError('bad-request', `${apiPathPrefix}${verb} takes POST, not ${request.method}.`));
    const body = await readBody(request);
    if (!body.ok) return body;
    const parsed = parseRequest(verb, body.value);
    if (!parsed.ok) return parsed;
    return this.#call(verb, parsed.value, body.value, request, response);
  }

  async #call<V extends ApiVerb>(
    verb: V,
    parsed: ApiParsed<V>,
    bodyText: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Result<unknown, ApiError>> {
    const { service, checkReplies } = this.#options;
    const isMutate = apiVerbs[verb].retry === 'mutate';
    if (header(request, repeatHeader) !== undefined) {
      if (!((await this.#options.retryAllowed?.()) ?? true)) return err(repeatRefused(isMutate));
      this.#options.logger.log('info', 'api-call-repeated', { verb });
    }
    const key = isMutate ? header(request, idempotencyHeader) : undefined;
    const abort = new AbortController();
    // A change that was begun is finished although its caller is gone: half a change is worse, and the caller may come back with its key.
    if (!isMutate) response.once('close', () => abort.abort());
    const run = async (): Promise<Result<unknown, ApiError>> => {
      const outcome = await service.call(verb, parsed, { signal: abort.signal, ...(key === undefined ? {} : { idempotencyKey: key }) });
      if (outcome.ok && checkReplies === true) apiVerbs[verb].reply.parse(outcome.value);
      return outcome;
    };
    return key === undefined ? run() : this.#replies.once(key, `${verb}\n${bodyText}`, run);
  }
}

function repeatRefused(isMutate: boolean): ApiError {
  return isMutate
    ? apiError('outcome-unknown', 'The connection was lost and repeats are off (requests.retry). Look at the status, then decide.')
    : apiError('unavailable', 'The connection was lost and repeats are off (requests.retry). Ask again.');
}

function parseRequest<V extends ApiVerb>(verb: V, bodyText: string): Result<ApiParsed<V>, ApiError> {
  let value: unknown;
  try {
    value = bodyText.trim() === '' ? {} : JSON.parse(bodyText);
  } catch {
    return err(apiError('bad-request', `The body of ${verb} is not JSON.`));
  }
  return parseApiRequest(verb, value);
}

/** The body as text, never more than `limits.apiBodyBytesMax` of it in memory. */
async function readBody(request: IncomingMessage): Promise<Result<string, ApiError>> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;.*)?$/i.test(type)) {
    return err(apiError('bad-request', 'The body must be JSON: send content-type application/json.'));
  }
  const tooLarge = err(apiError('bad-request', `The body is larger than ${limits.apiBodyBytesMax} bytes.`));
  if (Number(request.headers['content-length'] ?? 0) > limits.apiBodyBytesMax) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.apiBodyBytesMax) return tooLarge;
      chunks.push(chunk);
    }
  } catch {
    return err(apiError('bad-request', 'The connection ended before the body did.'));
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function send(request: IncomingMessage, response: ServerResponse, outcome: Result<unknown, ApiError>): void {
  if (response.headersSent || response.destroyed) return;
  const status = outcome.ok ? 200 : apiErrorHttpStatus(outcome.error.kind);
  const body = JSON.stringify(outcome.ok ? (outcome.value ?? {}) : { error: outcome.error });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
    // What is left of a body that was not read must not be taken for the next request.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
  if (!request.complete) request.resume();
}
