import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type ApiError, apiError } from '../core/api/index.ts';

/** Who may call the local API: programs of this machine that name it by a loopback address and know the token. */
export interface ApiGuard {
  readonly port: number;
  readonly tokenDigest: Buffer;
}

export function createApiGuard(port: number, token: string): ApiGuard {
  return { port, tokenDigest: digest(token) };
}

/**
 * Undefined when a request with these headers may go on. The Host check stops pages whose name was made to point at this machine
 * (DNS rebinding), the Origin check stops every page of a browser that is not our own; the token stops everybody else.
 */
export function checkCaller(guard: ApiGuard, headers: IncomingHttpHeaders): ApiError | undefined {
  const hosts = ownHosts(guard.port);
  if (headers.host === undefined || !hosts.includes(headers.host.toLowerCase())) {
    return apiError('forbidden-origin', `The Host header must be ${hosts[0]}; this API answers no other name.`);
  }
  if (headers.origin !== undefined && !hosts.some((host) => headers.origin === `http://${host}`)) {
    return apiError('forbidden-origin', 'Pages of other origins may not use this API.');
  }
  if (!isTokenRight(guard, headers.authorization)) {
    return apiError('unauthorized', 'The bearer token is missing or wrong. The right one is in api.json in the home of the agent.');
  }
  return undefined;
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
