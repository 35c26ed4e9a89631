import type { Result } from '../base/index.ts';
import type { BlockName, BlockRef, CutClass } from '../model/index.ts';
import type { FileError, ReadHandle } from './file-tree.ts';

/** Hashing and cutting of file content, off the caller's event loop where the platform can. */
export interface Hasher {
  /** SHA-256 of `bytes`, which must not be changed before it settles. */
  hash(bytes: Uint8Array): Promise<BlockName>;
  /**
   * Reads `handle` from start to end, cuts it (BLK-1) and names the blocks. `onBytes` hears of progress. An aborted call fails
   * with kind `io`, code `ABORTED`.
   */
  cut(
    handle: ReadHandle,
    cutClass: CutClass,
    options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
  ): Promise<Result<readonly BlockRef[], FileError>>;
  close(): Promise<void>;
}
