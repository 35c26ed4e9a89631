import type { PathProblem, ProblemKind } from '../model/index.ts';
import { relPath } from '../model/index.ts';
import { decodeCbor, encodeCbor, isRecord } from '../protocol/index.ts';
import { damaged } from './damaged.ts';

export function encodeProblem(problem: PathProblem): Uint8Array {
  const { path, kind, permanent, text, sinceMs } = problem;
  return encodeCbor({ path, kind, permanent, text, sinceMs });
}

export function decodeProblem(bytes: Uint8Array): PathProblem {
  const decoded = decodeCbor(bytes);
  if (!decoded.ok || !isRecord(decoded.value)) throw damaged('problem');
  const { path, kind, permanent, text, sinceMs } = decoded.value;
  const safe = typeof path === 'string' ? relPath(path) : undefined;
  if (!safe?.ok || typeof kind !== 'string' || typeof permanent !== 'boolean' || typeof text !== 'string' || typeof sinceMs !== 'number')
    throw damaged('problem');
  return { path: safe.value, kind: kind as ProblemKind, permanent, text, sinceMs };
}
