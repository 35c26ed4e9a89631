import { z } from 'zod';

/**
 * How a call of the local API can fail. `text` names the thing, the cause and what to do; `kind` is for programs. HTTP status codes
 * follow from the kind (`apiErrorHttpStatus`).
 */
export const apiErrorKinds = [
  'bad-request',
  'unauthorized',
  'forbidden-origin',
  'unknown-verb',
  'not-found',
  'ambiguous',
  'already-exists',
  'not-allowed',
  'conflict',
  'not-reached',
  'timeout',
  'unavailable',
  'disk-full',
  'outcome-unknown',
  'internal',
] as const;

export const apiErrorSchema = z.object({ kind: z.enum(apiErrorKinds), text: z.string() });
export type ApiError = z.infer<typeof apiErrorSchema>;
export type ApiErrorKind = ApiError['kind'];

export function apiErrorHttpStatus(kind: ApiErrorKind): number {
  switch (kind) {
    case 'bad-request':
      return 400;
    case 'unauthorized':
      return 401;
    case 'forbidden-origin':
    case 'not-allowed':
      return 403;
    case 'unknown-verb':
    case 'not-found':
      return 404;
    case 'already-exists':
    case 'conflict':
    case 'ambiguous':
      return 409;
    case 'not-reached':
    case 'timeout':
      return 504;
    case 'unavailable':
      return 503;
    case 'disk-full':
      return 507;
    case 'outcome-unknown':
    case 'internal':
      return 500;
  }
}

/** Shorthand for building an error value. */
export function apiError(kind: ApiErrorKind, text: string): ApiError {
  return { kind, text };
}
