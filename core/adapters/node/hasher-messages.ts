import type { BlockName, CutClass } from '../../model/index.ts';

/**
 * What the hasher asks of its workers. `id` names the job within one hasher; descriptors are shared by the threads of a process and stay
 * open until the answer; `control` is one word, see {@link abortedControl}.
 */
export type HasherRequest = CutRequest | CopyRequest | HashRequest;

/** `bytes` lie in shared memory: they are read where they are. */
export interface HashRequest {
  readonly kind: 'hash';
  readonly id: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export interface CutRequest {
  readonly kind: 'cut';
  readonly id: number;
  readonly fd: number;
  readonly cutClass: CutClass;
  /** Offset at which a block begins. */
  readonly from: number;
  /** Progress is told of the bytes before this offset. */
  readonly next: number;
  /** The first cut at or behind this offset is the last; Infinity: the end of the file is. */
  readonly to: number;
  readonly control: Int32Array;
}

export interface CopyRequest {
  readonly kind: 'copy';
  readonly id: number;
  readonly sourceFd: number;
  readonly targetFd: number;
  /** Names one behind the other, as in the reply to a cut. */
  readonly names: string;
  /** Per block: size, offset in the source, number of offsets in the target, and these. */
  readonly numbers: Float64Array;
  readonly control: Int32Array;
}

export type HasherReply =
  /** `bytes` more have been cut since the last such message of this job. */
  | { readonly kind: 'progress'; readonly id: number; readonly bytes: number }
  /** `names` are the blocks' names one behind the other, 64 characters each: one long text is cheaper to hand over than many. */
  | { readonly kind: 'cut'; readonly id: number; readonly names: string; readonly sizes: Uint32Array }
  | { readonly kind: 'hashed'; readonly id: number; readonly name: BlockName }
  /** Per block 1 where it was copied, 0 where the source did not hold it. */
  | { readonly kind: 'copied'; readonly id: number; readonly flags: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string };

/** Value of the control word that ends a job early. */
export const abortedControl = 1;
/** Code of an aborted job. */
export const abortedCode = 'ABORTED';
/** Hex digits of a SHA-256. */
export const nameChars = 64;
