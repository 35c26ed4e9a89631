import type { FileStat, WholeFile } from '../../ports/index.ts';

/** Short pieces of work on the disk, several system calls each. `native` is a path for the system, good until the answer. */
export type FileJob =
  /** lstat. */
  | { readonly kind: 'stat'; readonly native: string }
  | { readonly kind: 'read-whole'; readonly native: string; readonly bytesMax: number }
  | {
      readonly kind: 'create-whole';
      readonly native: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly mode: number;
      readonly exactMode: boolean;
      readonly mtimeMs: number;
    }
  /** A second name by link(2), which never replaces, then the first one goes. */
  | { readonly kind: 'link-over'; readonly from: string; readonly to: string }
  | { readonly kind: 'sync-directory'; readonly native: string };

/** What each kind of job answers. */
export interface FileJobValues {
  readonly stat: FileStat;
  readonly 'read-whole': WholeFile;
  readonly 'create-whole': FileStat;
  /** Which of the two steps failed, with its code; undefined: both are done. */
  readonly 'link-over': { readonly step: 'link' | 'unlink'; readonly code: string } | undefined;
  readonly 'sync-directory': undefined;
}

export type FileJobKind = FileJob['kind'];

export type FileJobReply<K extends FileJobKind = FileJobKind> =
  { readonly ok: true; readonly value: FileJobValues[K] } | { readonly ok: false; readonly code: string };

/** A batch of jobs, to be done in order. */
export interface FileJobs {
  readonly id: number;
  readonly jobs: readonly FileJob[];
}

export interface FileJobsReply {
  readonly id: number;
  readonly kind: 'done';
  readonly replies: readonly FileJobReply[];
}
