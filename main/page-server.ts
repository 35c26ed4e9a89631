import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageLinkPath } from '../core/api/index.ts';
import { MINUTE_MS } from '../core/base/index.ts';
import { type ApiGuard, type PageCookie, hasToken } from './api-guard.ts';
import { type PageFile, readPageFiles } from './page-files.ts';

export interface PageOptions {
  /** The built page: `index.html` and what it names, flat. */
  readonly folder: string;
  /** The value of the cookie that a link is exchanged for. */
  readonly secret: string;
}

const ticketBytes = 24;
const ticketLifetimeMs = 60 * MINUTE_MS;
const ticketsMax = 16;
const openPath = '/open';

/** Nothing but our own files; no inline code or style, no frames, no forms that leave. `data:` images are the favicon. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The window's page on the local API's port. Its files are no secret; the API behind them is, so the page is opened by a one-time link
 * whose ticket is exchanged for a cookie. The ticket is answered with the page itself rather than a redirect: a cookie that is
 * SameSite=Strict would not be sent on the second leg when the link was clicked in another page.
 */
export class PageServer {
  readonly cookie: PageCookie;
  readonly #url: string;
  readonly #nowMs: () => number;
  readonly #files: ReadonlyMap<string, PageFile>;
  /** Digests of tickets that were not used yet, with the time they expire. */
  readonly #tickets = new Map<string, number>();

  constructor({ folder, secret }: PageOptions, url: string, nowMs: () => number) {
    this.cookie = { name: `dormouse-${new URL(url).port}`, value: secret };
    this.#url = url;
    this.#nowMs = nowMs;
    this.#files = readPageFiles(folder);
  }

  /** `http://127.0.0.1:PORT/open?ticket=…`, good for one use within an hour. */
  newLink(): string {
    const ticket = randomBytes(ticketBytes).toString('base64url');
    this.#tickets.set(digest(ticket), this.#nowMs() + ticketLifetimeMs);
    for (const oldest of this.#tickets.keys()) {
      if (this.#tickets.size <= ticketsMax) break;
      this.#tickets.delete(oldest);
    }
    return `${this.#url}${openPath}?ticket=${ticket}`;
  }

  /** True when the request was for the page and is answered. Host and Origin were checked. */
  answer(guard: ApiGuard, request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', this.#url);
    if (url.pathname === pageLinkPath && request.method === 'POST' && hasToken(guard, request.headers)) {
      request.resume();
      this.#send(response, { type: 'application/json; charset=utf-8', content: Buffer.from(JSON.stringify({ link: this.newLink() })) }, {});
      return true;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const name = url.pathname === '/' || url.pathname === openPath ? 'index.html' : url.pathname.slice(1);
    const file = this.#files.get(name);
    if (file === undefined) return false;
    const isOpened = url.pathname === openPath && this.#takeTicket(url.searchParams.get('ticket') ?? '');
    const { name: cookieName, value } = this.cookie;
    this.#send(response, file, isOpened ? { 'set-cookie': `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/` } : {});
    return true;
  }

  #takeTicket(ticket: string): boolean {
    const key = digest(ticket);
    const expiresMs = this.#tickets.get(key);
    this.#tickets.delete(key);
    return expiresMs !== undefined && expiresMs > this.#nowMs();
  }

  #send(response: ServerResponse, { type, content, isHashed = false }: PageFile, headers: Readonly<Record<string, string>>): void {
    response.writeHead(200, {
      'content-type': type,
      'content-length': content.length,
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-store',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      ...headers,
    });
    response.end(content);
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
