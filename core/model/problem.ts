import type { RelPath } from './path.ts';

/** What can be wrong with one path; each has one text and one remedy (FLD-6, FLD-9). */
export type ProblemKind =
  | 'name-not-unicode'
  | 'name-refused'
  | 'name-impossible-here'
  | 'name-collides-here'
  | 'special-file'
  | 'permission-denied'
  | 'in-use'
  | 'path-too-long'
  | 'disk-full'
  | 'read-error'
  | 'write-error'
  | 'changes-while-read'
  | 'links-unsupported-here'
  | 'unknown-kind'
  | 'parent-failed'
  | 'outside-folder'
  | 'no-source'
  | 'too-many-versions';

/** A trouble of one path: shown with it, retried with backoff, stops nothing else. */
export interface PathProblem {
  readonly path: RelPath;
  readonly kind: ProblemKind;
  /** A permanent problem needs a person; its path is not *wanted*. */
  readonly permanent: boolean;
  /** Cause and remedy, for people. */
  readonly text: string;
  /** When it was first seen, ms since 1970. */
  readonly sinceMs: number;
}
