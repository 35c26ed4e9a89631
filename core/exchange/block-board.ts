import type { BlockName, BlockRef } from '../model/index.ts';
import type { OpenDownload } from './open-download.ts';

/** A block on its way, and every file that waits for it. */
export interface BoardEntry {
  readonly block: BlockRef;
  readonly downloads: OpenDownload[];
  /** Verified and being written: whoever wants it now is served from memory (BLK-3). */
  storing: boolean;
}

/** Which open files want which block: one block of several files is fetched once. */
export class BlockBoard {
  readonly #entries = new Map<BlockName, BoardEntry>();

  get(name: BlockName): BoardEntry | undefined {
    return this.#entries.get(name);
  }

  /** Notes that `open` wants `block`; false where it is being stored already and nothing has to be fetched. */
  add(open: OpenDownload, block: BlockRef): boolean {
    let entry = this.#entries.get(block.name);
    if (!entry) this.#entries.set(block.name, (entry = { block, downloads: [], storing: false }));
    if (!entry.downloads.includes(open)) entry.downloads.push(open);
    open.outstanding.add(block.name);
    return !entry.storing;
  }

  /** Takes a file off all its blocks; returns those that nobody wants any more. */
  withdraw(open: OpenDownload): BlockName[] {
    const unwanted: BlockName[] = [];
    for (const name of open.outstanding) {
      const entry = this.#entries.get(name);
      if (!entry || entry.storing) continue;
      entry.downloads.splice(entry.downloads.indexOf(open), 1);
      if (entry.downloads.length > 0) continue;
      this.#entries.delete(name);
      unwanted.push(name);
    }
    open.outstanding.clear();
    return unwanted;
  }

  remove(name: BlockName): void {
    this.#entries.delete(name);
  }
}
