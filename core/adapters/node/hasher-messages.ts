import type { CutClass } from '../../model/index.ts';

/**
 * What the hasher asks of its workers: cut a file. `id` names the job within one hasher, `fd` is shared by the threads of a process and
 * stays open until the answer, `control` is one word, see {@link abortedControl}.
 */
export interface HasherRequest {
  readonly id: number;
  readonly fd: number;
  readonly cutClass: CutClass;
  readonly control: Int32Array;
}

export type HasherReply =
  /** `bytes` more have been cut since the last such message of this job. */
  | { readonly kind: 'progress'; readonly id: number; readonly bytes: number }
  /** `names` are the blocks' names one behind the other, 64 characters each: one long text is cheaper to hand over than many. */
  | { readonly kind: 'cut'; readonly id: number; readonly names: string; readonly sizes: Uint32Array }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string };

/** Value of the control word that ends a cut early. */
export const abortedControl = 1;
/** Code of an aborted cut. */
export const abortedCode = 'ABORTED';
/** Hex digits of a SHA-256. */
export const nameChars = 64;
