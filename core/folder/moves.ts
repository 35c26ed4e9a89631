import type { DiskStat } from '../journal/types.ts';
import type { FileSnap, RelPath } from '../model/index.ts';
import { sameContent } from '../model/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import type { Look } from './look.ts';
import { placesOfFirstBlock } from './first-block.ts';
import { Sights } from './sights.ts';

/** A new file whose bytes history has at a path where nothing is any more. */
export interface Move {
  readonly path: RelPath;
  /** Where the bytes were, and the device that history has for them. */
  readonly from: RelPath;
  readonly fromDevice: string;
  /** What was read at `path`. */
  readonly seen: SeenFile;
}

/** A file that was read in this state: as long as its stat is the same it need not be read again. */
export interface SeenFile {
  readonly snap: FileSnap;
  readonly stat: DiskStat;
}

/**
 * New files that a scan found and that seem to have moved there (FLD-8). They are held back until that scan can say that their old paths
 * are gone (FLD-5), so that both are announced in one batch: whoever knows of the new path knows then that it may rename the old one.
 * Nothing is claimed or recorded of them meanwhile; what is lost with a crash is found by the next scan.
 */
export class HeldMoves {
  readonly #context: FolderContext;
  /** By old path, in the order in which they were found. */
  readonly #bySource = new Map<RelPath, Move>();
  /** Old paths that are being looked at. */
  readonly #looking = new Set<RelPath>();
  #blocks = 0;
  #sights: Sights;

  constructor(context: FolderContext) {
    this.#context = context;
    this.#sights = new Sights(context);
  }

  /** Bounds memory: what is found beyond it is announced as any new file is. */
  get #isFull(): boolean {
    return this.#bySource.size >= engineLimits.heldMovesMax || this.#blocks >= engineLimits.announceBlocksMax;
  }

  /** Holds the new file that `found` says is at `path` where it seems to have moved. */
  async hold(path: RelPath, found: Look): Promise<boolean> {
    if (found.kind !== 'changed' || found.snap.kind !== 'file' || found.snap.size === 0 || this.#isFull) return false;
    return this.#holdWithSource(path, { snap: found.snap, stat: found.stat });
  }

  /** False: another one is held for the same old path. */
  add(move: Move): boolean {
    if (this.#bySource.has(move.from)) return false;
    this.#bySource.set(move.from, move);
    this.#blocks += blocksIn(move);
    return true;
  }

  /** Those for which `isWanted`, in the order in which they were found. They are held no longer. */
  take(isWanted: (move: Move) => boolean): readonly Move[] {
    const taken = [...this.#bySource.values()].filter(isWanted);
    for (const move of taken) {
      this.#bySource.delete(move.from);
      this.#blocks -= blocksIn(move);
    }
    this.#sights = new Sights(this.#context);
    return taken;
  }

  /** Where they are now. */
  paths(): readonly RelPath[] {
    return [...this.#bySource.values()].map(({ path }) => path);
  }

  /** Where they were. */
  sources(): readonly RelPath[] {
    return [...this.#bySource.keys()];
  }

  async #holdWithSource(path: RelPath, seen: SeenFile): Promise<boolean> {
    let tries = 0;
    for (const { path: from, offset } of await placesOfFirstBlock(this.#context, seen.snap)) {
      if (offset !== 0 || from === path || this.#bySource.has(from) || this.#looking.has(from)) continue;
      if (tries++ >= engineLimits.moveSourcesMax) break;
      this.#looking.add(from);
      try {
        const move = await this.#moveFrom(from, path, seen);
        if (move) return this.add(move);
      } finally {
        this.#looking.delete(from);
      }
    }
    return false;
  }

  async #moveFrom(from: RelPath, path: RelPath, { snap, stat }: SeenFile): Promise<Move | undefined> {
    const { history } = await this.#context.journal.pathState(from);
    if (!history || !sameContent(history.entry.snap, snap) || (await this.#sights.of(from)) !== 'gone') return undefined;
    // It is still the file of that row: what this disk cannot express of it stays as recorded.
    const metadata = this.#context.disk.fileMetadata(stat, history);
    return { path, from, fromDevice: history.stat.device, seen: { snap: { ...snap, ...metadata }, stat } };
  }
}

function blocksIn({ seen: { snap } }: Move): number {
  return snap.blocks.kind === 'inline' ? snap.blocks.blocks.length : 1;
}
