import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type ApiError, apiError } from '../core/api/index.ts';

/** The cookie by which the page of `--ui` is known; browsers send cookies to every port of a host, so its name has the port. */
export interface PageCookie {
  readonly name: string;
  readonly value: string;
}

/**
 * Who may call the local API: programs of this machine that name it by a loopback address and know the token, and the page that was
 * opened by a one-time link.
 */
export interface ApiGuard {
  readonly port: number;
  readonly tokenDigest: Buffer;
  /** Undefined where no page is served. */
  readonly cookie: { readonly name: string; readonly digest: Buffer } | undefined;
}

export function createApiGuard(port: number, token: string, cookie?: PageCookie): ApiGuard {
  return {
    port,
    tokenDigest: digest(token),
    cookie: cookie === undefined ? undefined : { name: cookie.name, digest: digest(cookie.value) },
  };
}

/**
 * Undefined when a request with these headers may go on. The Host check stops pages whose name was made to point at this machine
 * (DNS rebinding), the Origin check stops every page of a browser that is not our own; the token stops everybody else.
 */
export function checkCaller(guard: ApiGuard, headers: IncomingHttpHeaders): ApiError | undefined {
  const foreign = checkOrigin(guard, headers);
  if (foreign !== undefined) return foreign;
  if (isTokenRight(guard, headers.authorization) || isPage(guard, headers)) return undefined;
  return apiError('unauthorized', 'The bearer token is missing or wrong. The right one is in api.json in the home of the agent.');
}

/** The part of the check that also holds for the files of the page, which are no secret. */
export function checkOrigin(guard: ApiGuard, headers: IncomingHttpHeaders): ApiError | undefined {
  const hosts = ownHosts(guard.port);
  if (headers.host === undefined || !hosts.includes(headers.host.toLowerCase())) {
    return apiError('forbidden-origin', `The Host header must be ${hosts[0]}; this API answers no other name.`);
  }
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`)) {
    return apiError('forbidden-origin', 'Pages of other origins may not use this API.');
  }
  return undefined;
}

/** Whether the bearer token is right: what a page's cookie is not enough for. */
export function hasToken(guard: ApiGuard, headers: IncomingHttpHeaders): boolean {
  return isTokenRight(guard, headers.authorization);
}

/** A cookie also comes along with what pages of other ports send, so the browser has to say that it was our own page. */
function isPage(guard: ApiGuard, headers: IncomingHttpHeaders): boolean {
  const { cookie } = guard;
  if (cookie === undefined || (headers.origin === undefined && headers['sec-fetch-site'] !== 'same-origin')) return false;
  const value = (headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${cookie.name}=`))
    ?.slice(cookie.name.length + 1);
  return timingSafeEqual(digest(value ?? ''), cookie.digest) && value !== undefined;
}

function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/** Digests are compared, so that neither time nor length tells anything about the token. */
function isTokenRight(guard: ApiGuard, authorization: string | undefined): boolean {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  return timingSafeEqual(digest(token ?? ''), guard.tokenDigest) && token !== undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
