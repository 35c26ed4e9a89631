import type { StoreError, StoreRange } from '../../ports/index.ts';
import type { StoreOpenError } from './sqlite-errors.ts';
import type { ExitControl } from './store-exit-guard.ts';
import type { PackedChanges, PackedValues } from './store-packing.ts';

/** What the store's worker is started with. */
export interface StoreWorkerData {
  readonly path: string;
  readonly control: ExitControl;
}

export type StoreRequest =
  | { readonly kind: 'get'; readonly scope: string; readonly keys: readonly string[] }
  | { readonly kind: 'scan'; readonly scope: string; readonly range: StoreRange }
  | { readonly kind: 'count'; readonly scope: string; readonly range: Omit<StoreRange, 'limit' | 'reverse'> }
  | { readonly kind: 'commit'; readonly changes: PackedChanges; readonly durable: boolean }
  | { readonly kind: 'close' };

/** The answer to one request. */
export type StoreReply =
  | { readonly kind: 'values'; readonly values: PackedValues }
  | { readonly kind: 'rows'; readonly keys: string; readonly values: PackedValues }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: StoreError };

/** A batch of requests is answered by as many replies in the same order. The first message of a worker tells how opening went. */
export type StoreWorkerMessage =
  | { readonly kind: 'opened'; readonly error: StoreOpenError | undefined }
  | { readonly kind: 'replies'; readonly replies: readonly StoreReply[] };
