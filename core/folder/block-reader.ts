import type { BlockName, BlockRef, RelPath } from '../model/index.ts';
import { limits } from '../model/index.ts';
import type { FileTree, ReadHandle } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { FileLists } from './file-lists.ts';
import { Gate } from './gate.ts';
import type { BlockReading, BlockReads } from './types.ts';

/** A file that is open for reads, as many as `users` of them under way. */
interface Source {
  readonly path: RelPath;
  readonly opening: Promise<ReadHandle | undefined>;
  users: number;
}

/** Reads blocks and pages for peers and proves them by their hash before they are sent (BLK-5). */
export class BlockReader {
  readonly #context: FolderContext;
  readonly #lists: FileLists;

  constructor(context: FolderContext) {
    this.#context = context;
    this.#lists = new FileLists(context);
  }

  open(): BlockReads {
    return new OpenReads(this.#context, this.#lists);
  }
}

class OpenReads implements BlockReads {
  readonly #context: FolderContext;
  readonly #lists: FileLists;
  readonly #reading = new Gate();
  /** The file of the newest read: the next block mostly lies in it too. */
  #latest: Source | undefined;

  constructor(context: FolderContext, lists: FileLists) {
    this.#context = context;
    this.#lists = lists;
  }

  read(block: BlockRef, memory: Uint8Array): Promise<BlockReading> {
    return this.#context.guarded(() => this.#reading.run(() => this.#read(block, memory)), { kind: 'gone' });
  }

  async close(): Promise<void> {
    await this.#reading.drained();
    const latest = this.#latest;
    this.#latest = undefined;
    await closeUnused(latest);
  }

  async #read(block: BlockRef, memory: Uint8Array): Promise<BlockReading> {
    const { journal, disk } = this.#context;
    const { name, size } = block;
    const listed = this.#lists.placeOf(name);
    if (listed?.size === size && disk.isOpen) {
      const bytes = await this.#readAt(listed.path, listed.offset, block, memory);
      if (bytes) return { kind: 'bytes', bytes, path: listed.path };
    }
    // What history has a place of is named by an entry, so that most questions need no other look.
    const [places = []] = disk.isOpen ? await journal.blockPlaces([name]) : [];
    for (const place of places) {
      if (place.size !== size) continue;
      const bytes = await this.#readAt(place.path, place.offset, block, memory);
      if (!bytes) continue;
      this.#lists.readFrom(place.path);
      return { kind: 'bytes', bytes, path: place.path };
    }
    if (!(await journal.isNamed(name))) return { kind: 'unknown' };
    const page = await journal.page(name);
    return page?.length === size ? { kind: 'bytes', bytes: page } : { kind: 'gone' };
  }

  /** Undefined where the file does not hold the block there any more; what became of it is looked at. */
  async #readAt(path: RelPath, offset: number, { name, size }: BlockRef, memory: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#context.rules().ignores(path, false)) return undefined;
    const whole = await readWholeBlock(this.#context.disk.tree, path, offset, size);
    // The file is no longer than the block: what it does not hold now, no other look finds in it.
    const bytes = whole ? await this.#proved(whole, { name, size }) : await this.#readPart(path, offset, { name, size }, memory);
    if (!bytes) this.#context.requestScan([path]);
    return bytes;
  }

  async #readPart(path: RelPath, offset: number, block: BlockRef, memory: Uint8Array): Promise<Uint8Array | undefined> {
    const source = this.#sourceOf(path);
    source.users += 1;
    try {
      const handle = await source.opening;
      const read = await handle?.read(offset, block.size, memory);
      return read?.ok ? await this.#proved(read.value, block) : undefined;
    } finally {
      source.users -= 1;
      if (source !== this.#latest) await closeUnused(source);
    }
  }

  async #proved(bytes: Uint8Array, { name, size }: BlockRef): Promise<Uint8Array | undefined> {
    return bytes.length === size && (await this.#context.hasher.hash(bytes)) === name ? bytes : undefined;
  }

  #sourceOf(path: RelPath): Source {
    const latest = this.#latest;
    if (latest?.path === path) return latest;
    const opening = this.#context.disk.tree.openRead(path).then((opened) => (opened.ok ? opened.value : undefined));
    this.#latest = { path, opening, users: 0 };
    void closeUnused(latest);
    return this.#latest;
  }
}

/** A block that is a small file of its own, in one step. Undefined: it is not, or cannot be read. */
async function readWholeBlock(tree: FileTree, path: string, offset: number, size: number): Promise<Uint8Array | undefined> {
  if (offset !== 0 || size > limits.blockBytesMin) return undefined;
  const read = await tree.readWhole(path, size);
  return read.ok ? read.value.content : undefined;
}

async function closeUnused(source: Source | undefined): Promise<void> {
  if (source?.users === 0) await (await source.opening)?.close();
}

export async function hasBlock(context: FolderContext, name: BlockName): Promise<boolean> {
  const [[places], page] = await Promise.all([context.journal.blockPlaces([name]), context.journal.page(name)]);
  return (places?.length ?? 0) > 0 || page !== undefined;
}
