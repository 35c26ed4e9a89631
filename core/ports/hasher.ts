import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { BlockName, BlockRef, CutClass } from '../model/index.ts';
import type { FileError, ReadHandle, WriteHandle } from './file-tree.ts';

/** A block that is expected at `from` of one file and wanted at each of `to` in another, in bytes from the start. */
export interface BlockCopy extends BlockRef {
  readonly from: number;
  readonly to: readonly number[];
}

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
  /**
   * Copies blocks from one file to another, each only after its bytes were found to have its name (BLK-1). Tells per block, in their
   * order, whether it was copied; it is not where the source holds something else or cannot be read. Fails where the target cannot be
   * written, or with code `ABORTED`: it is not known then what was copied.
   */
  copyBlocks(
    source: ReadHandle,
    target: WriteHandle,
    copies: readonly BlockCopy[],
    signal: AbortSignal,
  ): Promise<Result<readonly boolean[], FileError>>;
  close(): Promise<void>;
}

/** {@link Hasher.copyBlocks} with nothing but the other ports. */
export async function copyBlocksThroughPorts(
  hash: (bytes: Uint8Array) => Promise<BlockName>,
  source: ReadHandle,
  target: WriteHandle,
  copies: readonly BlockCopy[],
  signal: AbortSignal,
): Promise<Result<readonly boolean[], FileError>> {
  const copied: boolean[] = [];
  for (const { name, size, from, to } of copies) {
    if (signal.aborted) return err({ kind: 'io', path: '', code: 'ABORTED' });
    const bytes = await source.read(from, size);
    const isBlock = bytes.ok && bytes.value.length === size && (await hash(bytes.value)) === name;
    copied.push(isBlock);
    if (!isBlock) continue;
    for (const offset of to) {
      const written = await target.write(offset, bytes.value);
      if (!written.ok) return written;
    }
  }
  return ok(copied);
}
