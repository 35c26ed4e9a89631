import { Mutex, err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { BlockName, BlockRef, FileSnap, KnownEntry, RelPath } from '../model/index.ts';
import type { FileError } from '../ports/index.ts';
import type { FolderContext } from './context.ts';
import type { Stage } from './stage.ts';
import type { Download } from './types.ts';

export type PutError = { readonly kind: 'disk-full' | 'io' | 'superseded'; readonly text: string };

/** The blocks of a wanted file, or the pages that must be fetched first, or why there are none. */
export type Blocks =
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'pages'; readonly pages: readonly BlockRef[] }
  | { readonly kind: 'malformed'; readonly text: string }
  /** The staged file cannot be read. */
  | { readonly kind: 'unusable' };

/** Blocks of a download under way. */
export type KnownBlocks = Extract<Blocks, { readonly kind: 'stage' | 'pages' }>;

/** What a download needs from the queue that handed it out. */
export interface DownloadOwner {
  /** Blocks of the file as far as they are known now; fills the stage with what is on this device the first time. */
  blocksOf(path: RelPath, snap: FileSnap): Promise<Blocks>;
  /** Whether `entry` is still what the path should become. */
  isCurrent(path: RelPath, entry: KnownEntry): Promise<boolean>;
  publish(download: FileDownload): Promise<'published' | 'changed' | 'problem'>;
  released(download: FileDownload): Promise<void>;
  failed(download: FileDownload, error: FileError): Promise<void>;
}

/** A {@link Download} that was handed out. */
export class FileDownload implements Download {
  readonly path: RelPath;
  readonly entry: KnownEntry;
  readonly snap: FileSnap;
  readonly #context: FolderContext;
  readonly #owner: DownloadOwner;
  #blocks: KnownBlocks;
  readonly #opening = new Mutex();
  #isOver = false;
  #needsCheck = false;
  #isSuperseded = false;

  constructor(context: FolderContext, owner: DownloadOwner, entry: KnownEntry, snap: FileSnap, blocks: KnownBlocks) {
    this.#context = context;
    this.#owner = owner;
    this.path = entry.path;
    this.entry = entry;
    this.snap = snap;
    this.#blocks = blocks;
  }

  get totalBytes(): number {
    return this.snap.size;
  }

  get stage(): Stage | undefined {
    return this.#blocks.kind === 'stage' ? this.#blocks.stage : undefined;
  }

  doneBytes(): number {
    return this.stage?.doneBytes ?? 0;
  }

  missing(): readonly BlockRef[] {
    return this.#blocks.kind === 'stage' ? this.#blocks.stage.missing() : this.#blocks.pages;
  }

  eachBlock(): Iterable<{ readonly name: BlockName; readonly isHere: boolean }> {
    return this.stage?.eachBlock() ?? [];
  }

  /** The path has other entries than when this was handed out; the next `put` looks whether it is still wanted. */
  noteChanged(): void {
    this.#needsCheck = true;
  }

  put(name: BlockName, bytes: Uint8Array): Promise<Result<void, PutError>> {
    return this.#context.guarded(() => this.#put(name, bytes), err({ kind: 'io', text: 'the folder stands still' }));
  }

  async #put(name: BlockName, bytes: Uint8Array): Promise<Result<void, PutError>> {
    if (this.#isOver || (await this.#wasSuperseded()))
      return err({ kind: 'superseded', text: `a newer version of "${this.path}" is known` });
    if (this.#context.isHalted()) return err({ kind: 'io', text: 'the folder stands still' });
    if (this.#blocks.kind === 'pages') return this.#putPage(name, bytes);
    const written = await this.#blocks.stage.put(name, bytes);
    if (written.ok) return ok();
    await this.#owner.failed(this, written.error);
    const kind = written.error.kind === 'full' ? 'disk-full' : 'io';
    return err({ kind, text: kind === 'disk-full' ? 'the disk is full' : `cannot write to the disk (${written.error.code})` });
  }

  async #putPage(name: BlockName, bytes: Uint8Array): Promise<Result<void, PutError>> {
    if (this.#blocks.kind !== 'pages' || !this.#blocks.pages.some((page) => page.name === name)) return ok();
    await this.#context.journal.putPages([{ name, bytes }]);
    // Pages come side by side; the last of them opens the file, once.
    return this.#opening.run(async () => {
      if (this.#blocks.kind !== 'pages') return ok();
      const blocks = await this.#owner.blocksOf(this.path, this.snap);
      if (blocks.kind === 'malformed') return err({ kind: 'superseded', text: blocks.text });
      if (blocks.kind === 'unusable') return err({ kind: 'io', text: 'what is staged cannot be read' });
      this.#blocks = blocks;
      return ok();
    });
  }

  async #wasSuperseded(): Promise<boolean> {
    if (!this.#needsCheck) return this.#isSuperseded;
    this.#needsCheck = false;
    this.#isSuperseded = !(await this.#owner.isCurrent(this.path, this.entry));
    return this.#isSuperseded;
  }

  async finish(): Promise<{ readonly kind: 'published' | 'changed' | 'problem' }> {
    if (this.#isOver) return { kind: 'changed' };
    this.#isOver = true;
    return { kind: await this.#context.guarded(() => this.#owner.publish(this), 'problem') };
  }

  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#context.guarded(() => this.#owner.released(this), undefined);
  }
}
