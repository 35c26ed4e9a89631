import type { BlockPlace } from '../journal/types.ts';
import type { BlockName, RelPath } from '../model/index.ts';
import type { FolderContext } from './context.ts';

/** Files whose blocks are remembered, and blocks that one of them may have. */
const filesMax = 4;
const blocksMax = 65_536;

/**
 * Where the blocks of the large files are that were read last, by what history has of them. Without it every block of a file costs
 * several questions to the store. A file is forgotten when its entries or its history change.
 */
export class FileLists {
  readonly #context: FolderContext;
  readonly #placesByPath = new Map<RelPath, ReadonlyMap<BlockName, BlockPlace>>();
  /** By path, the newest attempt to load it. */
  readonly #loading = new Map<RelPath, symbol>();

  constructor(context: FolderContext) {
    this.#context = context;
    context.journal.onChange(({ paths }) => {
      for (const path of paths) this.#forget(path);
    });
  }

  /** A block that a known entry names, and where history has it. */
  placeOf(name: BlockName): BlockPlace | undefined {
    for (const places of this.#placesByPath.values()) {
      const place = places.get(name);
      if (place) return place;
    }
    return undefined;
  }

  /** A block of `path` was read: more of them will follow. */
  readFrom(path: RelPath): void {
    if (this.#loading.has(path) || this.#placesByPath.has(path)) return;
    const attempt = Symbol(path);
    this.#loading.set(path, attempt);
    void this.#context
      .guarded(() => this.#load(path, attempt), undefined)
      .finally(() => {
        if (this.#loading.get(path) === attempt) this.#loading.delete(path);
      });
  }

  async #load(path: RelPath, attempt: symbol): Promise<void> {
    const { journal } = this.#context;
    const { history } = await journal.pathState(path);
    const snap = history?.entry.snap;
    // Short lists are part of their entry, and not worth remembering.
    if (snap?.kind !== 'file' || snap.blocks.kind !== 'paged' || snap.blocks.count > blocksMax) return;
    const listing = await journal.blocksOf(snap);
    if (listing.kind !== 'blocks' || this.#loading.get(path) !== attempt) return;
    const places = new Map<BlockName, BlockPlace>();
    let offset = 0;
    for (const { name, size } of listing.blocks) {
      places.set(name, { path, offset, size });
      offset += size;
    }
    this.#placesByPath.set(path, places);
    for (const oldest of this.#placesByPath.keys()) {
      if (this.#placesByPath.size <= filesMax) break;
      this.#placesByPath.delete(oldest);
    }
  }

  /** Also ends what is being loaded. */
  #forget(path: RelPath): void {
    this.#placesByPath.delete(path);
    this.#loading.delete(path);
  }
}
