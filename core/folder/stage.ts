import { ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { DiskStat } from '../journal/types.ts';
import type { BlockName, BlockRef, FileSnap } from '../model/index.ts';
import { limits, packBlocks } from '../model/index.ts';
import type { BlockCopy, FileError, FileResult, FileStat, ReadHandle, WriteHandle } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { stagingDirectory, withExecutable } from './folder-disk.ts';
import type { Prepared } from './publisher.ts';

/** Names content together with what a file must be created with. Equal for equal content, so staging survives everything but its age. */
export function stageId(context: FolderContext, snap: FileSnap): string {
  const { blocks } = snap;
  const content = blocks.kind === 'paged' ? blocks.root : context.crypto.sha256Hex(packBlocks(blocks.blocks));
  return `${content.slice(0, 48)}-${snap.size}${snap.executable ? '-x' : ''}`;
}

/**
 * One wanted content that is being put together in a sparse file `.dormouse/staging/ID`, or in memory where it is small. There is no record of what is in it: after a
 * restart every block is hashed before it counts (DUR-1, BLK-3). One worker at a time has a stage.
 */
export class Stage {
  readonly id: string;
  readonly path: string;
  readonly #context: FolderContext;
  readonly #snap: FileSnap;
  /** Where each block goes, in bytes from the start. */
  readonly #offsets = new Map<BlockName, number[]>();
  /** In the order of the file. */
  readonly #missing = new Map<BlockName, BlockRef>();
  #opening: Promise<Result<WriteHandle, FileError>> | undefined;
  #isChecked: boolean;
  /** The file was made by this stage, with the right mode, and holds nothing but what was put into it. */
  #isOwn = false;
  #doneBytes = 0;
  /** The file will be written in one step when it is finished, because it is small and nothing of it is on the disk. */
  readonly #isWritten: 'at-once' | 'by-blocks';
  /** All of a file that is written at once. */
  #content: Uint8Array = new Uint8Array(0);

  /** `mayExist`: an earlier run may have left a file of that name. */
  constructor(context: FolderContext, id: string, snap: FileSnap, blocks: readonly BlockRef[], mayExist: boolean) {
    this.#context = context;
    this.#isChecked = !mayExist;
    this.id = id;
    this.path = `${stagingDirectory}/${id}`;
    this.#snap = snap;
    this.#isWritten = !mayExist && blocks.length <= 1 && snap.size <= limits.blockBytesMin ? 'at-once' : 'by-blocks';
    let offset = 0;
    for (const block of blocks) {
      const offsets = this.#offsets.get(block.name);
      if (offsets) offsets.push(offset);
      else {
        this.#offsets.set(block.name, [offset]);
        this.#missing.set(block.name, block);
      }
      offset += block.size;
    }
  }

  missing(): readonly BlockRef[] {
    return [...this.#missing.values()];
  }

  isMissing(name: BlockName): boolean {
    return this.#missing.has(name);
  }

  /** Its different blocks in the order of the file, and whether each is in place. */
  *eachBlock(): Generator<{ readonly name: BlockName; readonly isHere: boolean }> {
    for (const name of this.#offsets.keys()) yield { name, isHere: !this.#missing.has(name) };
  }

  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** Bytes of the file that are in place. */
  get doneBytes(): number {
    return this.#doneBytes;
  }

  /** Whether the file has the block and it is in place: another file may copy it from here. */
  placeOf(name: BlockName): number | undefined {
    return this.#isWritten === 'at-once' || this.#missing.has(name) ? undefined : this.#offsets.get(name)?.[0];
  }

  /** Takes up what an earlier run left. Nothing happens the second time. */
  async check(): Promise<Result<void, FileError>> {
    if (this.#isChecked) return ok();
    const stat = await this.#context.disk.tree.stat(this.path);
    if (!stat.ok) return stat;
    this.#isChecked = true;
    if (!stat.value) return ok();
    // A second name of it may already be a file of the user's: it must not be written to.
    if (stat.value.kind !== 'file' || stat.value.links !== 1) {
      const removed = await this.#context.disk.tree.unlink(this.path);
      return removed.ok || removed.error.kind === 'not-found' ? ok() : removed;
    }
    return this.#checkBlocks();
  }

  async #checkBlocks(): Promise<Result<void, FileError>> {
    const opened = await this.#open(true);
    if (!opened.ok) return opened;
    for (const block of this.missing()) {
      const offsets = this.#offsets.get(block.name) ?? [];
      let isThere = true;
      for (const offset of offsets) {
        const bytes = await opened.value.read(offset, block.size);
        if (!bytes.ok) return bytes;
        isThere &&= bytes.value.length === block.size && (await this.#context.hasher.hash(bytes.value)) === block.name;
        if (!isThere) break;
      }
      if (isThere) this.#arrived(block, offsets.length);
    }
    return ok();
  }

  /** Writes a block whose hash was verified wherever the file has it. */
  async put(name: BlockName, bytes: Uint8Array): Promise<Result<void, FileError>> {
    const block = this.#missing.get(name);
    if (!block) return ok();
    if (this.#isWritten === 'at-once') {
      // A copy: `bytes` may be a small part of what came from the network.
      this.#content = bytes.slice();
      this.#arrived(block, 1);
      return ok();
    }
    const opened = await this.#open(false);
    if (!opened.ok) return opened;
    const offsets = this.#offsets.get(name) ?? [];
    for (const offset of offsets) {
      const written = await opened.value.write(offset, bytes);
      if (!written.ok) return written;
    }
    this.#arrived(block, offsets.length);
    return ok();
  }

  /**
   * Takes what is missing from another file, in which `offsets` says where blocks are expected. Every block is hashed before it counts.
   * False where the stage itself cannot be written, or the folder is halted.
   */
  async copyFrom(source: ReadHandle, offsets: ReadonlyMap<BlockName, number>): Promise<boolean> {
    if (this.#isWritten === 'at-once') return this.#copyWhole(source, offsets);
    const jobs = this.#copyJobs(offsets);
    if (jobs.length === 0) return true;
    const opened = await this.#open(false);
    if (!opened.ok) return false;
    const { hasher } = this.#context;
    const signal = this.#context.signal();
    let isWritable = true;
    const lane = async (): Promise<void> => {
      for (let job = jobs.shift(); job && isWritable; job = jobs.shift()) {
        const copied = await hasher.copyBlocks(source, opened.value, job, signal);
        isWritable &&= copied.ok;
        if (copied.ok) for (const [index, copy] of job.entries()) if (copied.value[index]) this.#arrived(copy, copy.to.length);
      }
    };
    await Promise.all(Array.from({ length: engineLimits.copyLanes }, lane));
    return isWritable;
  }

  /** The one block of a small file, into memory. */
  async #copyWhole(source: ReadHandle, offsets: ReadonlyMap<BlockName, number>): Promise<boolean> {
    for (const { name, size } of this.missing()) {
      const from = offsets.get(name);
      const bytes = from === undefined ? undefined : await source.read(from, size);
      const isBlock = bytes?.ok === true && bytes.value.length === size && (await this.#context.hasher.hash(bytes.value)) === name;
      if (isBlock) await this.put(name, bytes.value);
    }
    return true;
  }

  /** In pieces: several threads can work at them, and none of them keeps a thread from other files for long. */
  #copyJobs(offsets: ReadonlyMap<BlockName, number>): BlockCopy[][] {
    const jobs: BlockCopy[][] = [];
    let bytes = Infinity;
    for (const { name, size } of this.#missing.values()) {
      const from = offsets.get(name);
      if (from === undefined) continue;
      if (bytes >= engineLimits.copyJobBytes) {
        jobs.push([]);
        bytes = 0;
      }
      jobs.at(-1)?.push({ name, size, from, to: this.#offsets.get(name) ?? [] });
      bytes += size;
    }
    return jobs;
  }

  #arrived(block: BlockRef, times: number): void {
    if (!this.#missing.delete(block.name)) return;
    this.#doneBytes += block.size * times;
  }

  /**
   * Gives the complete file its times and mode and makes it durable. After that it only needs its name. The version that it becomes may
   * be a newer one of the same bytes than the one that the stage was made for.
   */
  async finish(
    { mtimeMs, executable }: Pick<FileSnap, 'mtimeMs' | 'executable'>,
    before: DiskStat | undefined,
  ): Promise<Result<Prepared, FileError>> {
    if (this.#isWritten === 'at-once') return this.#writeAtOnce(mtimeMs, executable, before);
    const opened = await this.#open(false);
    if (!opened.ok) return opened;
    const handle = opened.value;
    if (!this.#isOwn || before?.kind === 'file' || executable !== this.#snap.executable) {
      const shaped = await this.#shape(handle, executable, before);
      if (!shaped.ok) return shaped;
    }
    const timed = await handle.setMtime(mtimeMs);
    if (!timed.ok) return timed;
    const synced = await handle.sync();
    if (!synced.ok) return synced;
    const ready = await handle.stat();
    await this.close();
    return ready.ok ? ok({ from: this.path, stat: this.#context.disk.keptStat(ready.value) }) : ready;
  }

  async #writeAtOnce(mtimeMs: number, executable: boolean, before: DiskStat | undefined): Promise<Result<Prepared, FileError>> {
    const { tree } = this.#context.disk;
    const isReplacing = before?.kind === 'file' && tree.capabilities.executableBit;
    const mode = isReplacing ? withExecutable(before.mode & 0o777, executable) : this.#newMode(executable);
    const create = (): FileResult<FileStat> => tree.createWhole(this.path, this.#content, { mode, exactMode: isReplacing, mtimeMs });
    let created = await create();
    if (!created.ok && created.error.kind === 'exists' && (await tree.unlink(this.path)).ok) created = await create();
    return created.ok ? ok({ from: this.path, stat: this.#context.disk.keptStat(created.value) }) : created;
  }

  #newMode(executable: boolean): number {
    return executable ? 0o777 : 0o666;
  }

  /** Size and mode of a file that an earlier run made, or that takes the place of one with a mode of its own. */
  async #shape(handle: WriteHandle, executable: boolean, before: DiskStat | undefined): Promise<Result<void, FileError>> {
    const stat = await handle.stat();
    if (!stat.ok) return stat;
    if (stat.value.size !== this.#snap.size) {
      const cut = await handle.truncate(this.#snap.size);
      if (!cut.ok) return cut;
    }
    const mode = withExecutable((before?.kind === 'file' ? before : stat.value).mode & 0o777, executable);
    if ((stat.value.mode & 0o7777) === mode || !this.#context.disk.tree.capabilities.executableBit) return ok();
    return handle.setMode(mode);
  }

  /** Releases the file; what is in it stays, and stays known. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = await opening;
    if (opened?.ok) await opened.value.close();
  }

  #open(exists: boolean): Promise<Result<WriteHandle, FileError>> {
    this.#opening ??= this.#openFile(exists || this.#doneBytes > 0).then((opened) => {
      if (!opened.ok) this.#opening = undefined;
      return opened;
    });
    return this.#opening;
  }

  async #openFile(exists: boolean): Promise<Result<WriteHandle, FileError>> {
    const { tree } = this.#context.disk;
    if (exists) return tree.openWrite(this.path);
    let created = await tree.create(this.path, this.#newMode(this.#snap.executable));
    if (!created.ok && created.error.kind === 'exists') {
      // Nobody knows what that is, and another name of it may be a file of the user's.
      const removed = await tree.unlink(this.path);
      if (removed.ok) created = await tree.create(this.path, this.#newMode(this.#snap.executable));
    }
    if (created.ok) this.#isOwn = true;
    return created;
  }
}
