import type { FileErrorKind, FileKind } from '../../ports/index.ts';
import type { Prng } from './prng.ts';

/** How an operation on the simulated disk fails; the file tree turns it into a `FileError`. */
export class DiskFault extends Error {
  override name = 'DiskFault';
  readonly kind: FileErrorKind;

  constructor(kind: FileErrorKind) {
    super(kind);
    this.kind = kind;
  }
}

/** A name in a directory as it was spelled. */
export interface Entry {
  readonly name: string;
  readonly inode: Inode;
  /** The real name is no valid Unicode; `name` is what a listing makes of it. */
  readonly undecodable?: true;
}

/** Content, mode and mtime of an inode at one moment. */
interface State {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly mtimeMs: number;
}

/** A change of an inode that is not durable yet. */
type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array; readonly atMs: number }
  | { readonly kind: 'truncate'; readonly size: number; readonly atMs: number }
  | { readonly kind: 'mode'; readonly mode: number; readonly atMs: number }
  | { readonly kind: 'mtime'; readonly mtimeMs: number; readonly atMs: number };

/** Pages in which an unsynced write reaches the platters, bytes. */
const pageBytes = 4096;

/** An object on the simulated disk: its live state, and what of it would survive a power cut. */
export class Inode {
  readonly number: number;
  readonly device: string;
  readonly kind: FileKind;
  /** Of a link. */
  readonly target: string;
  mode: number;
  mtimeMs: number;
  /** When somebody gave it a time on purpose, by the machine's wall clock. */
  timeSetAtMs = -Infinity;
  /** Names. */
  links = 0;
  openHandles = 0;
  /** Of a directory, by folded name. */
  entries = new Map<string, Entry>();
  durableEntries = new Map<string, Entry>();
  /** Of a directory: where its durable name is; undefined for a root and for one that has none. */
  durableParent: Inode | undefined;
  readonly isRoot: boolean;
  #buffer = new Uint8Array(0);
  #size = 0;
  #durable: State;
  #pending: Change[] = [];

  constructor(fields: {
    number: number;
    device: string;
    kind: FileKind;
    mode: number;
    mtimeMs: number;
    target?: string;
    isRoot?: boolean;
  }) {
    this.number = fields.number;
    this.device = fields.device;
    this.kind = fields.kind;
    this.mode = fields.mode;
    this.mtimeMs = fields.mtimeMs;
    this.target = fields.target ?? '';
    this.isRoot = fields.isRoot ?? false;
    this.#durable = { content: new Uint8Array(0), mode: this.mode, mtimeMs: this.mtimeMs };
  }

  get size(): number {
    return this.#size;
  }

  /** A copy of up to `length` bytes at `offset`. */
  read(offset: number, length: number): Uint8Array {
    return this.#buffer.slice(Math.min(offset, this.#size), Math.min(offset + length, this.#size));
  }

  content(): Uint8Array {
    return this.#buffer.slice(0, this.#size);
  }

  write(offset: number, bytes: Uint8Array, atMs: number): void {
    this.#put(offset, bytes);
    this.#pending.push({ kind: 'write', offset, bytes: bytes.slice(), atMs });
  }

  truncate(size: number, atMs: number): void {
    this.#resize(size);
    this.#pending.push({ kind: 'truncate', size, atMs });
  }

  setMode(mode: number, atMs: number): void {
    this.mode = mode;
    this.#pending.push({ kind: 'mode', mode, atMs });
  }

  setMtime(mtimeMs: number, atMs: number): void {
    this.mtimeMs = mtimeMs;
    this.timeSetAtMs = atMs;
    this.#pending.push({ kind: 'mtime', mtimeMs, atMs });
  }

  /** Everything so far survives a power cut from now on. */
  sync(): void {
    if (this.#pending.length === 0) return;
    this.#durable = { content: this.content(), mode: this.mode, mtimeMs: this.mtimeMs };
    this.#pending = [];
  }

  /**
   * A power cut: back to what was synced, plus whatever of the later changes `prng` lets through; of a write, any of its pages.
   * Changes from before `certainBeforeMs` had been written back by the system.
   */
  cutPower(prng: Prng, certainBeforeMs: number): void {
    const pending = this.#pending;
    this.#buffer = this.#durable.content.slice();
    this.#size = this.#buffer.length;
    this.mode = this.#durable.mode;
    this.mtimeMs = this.#durable.mtimeMs;
    for (const change of pending) this.#replay(change, change.atMs < certainBeforeMs ? undefined : prng);
    this.#durable = { content: this.content(), mode: this.mode, mtimeMs: this.mtimeMs };
    this.#pending = [];
    this.openHandles = 0;
  }

  /** Applies `change`, or with `prng` only a random part of it. */
  #replay(change: Change, prng: Prng | undefined): void {
    if (change.kind === 'write') {
      for (let at = 0; at < change.bytes.length; at += pageBytes) {
        if (!prng || prng.chance(0.5)) this.#put(change.offset + at, change.bytes.subarray(at, at + pageBytes));
      }
      return;
    }
    if (prng && prng.chance(0.5)) return;
    if (change.kind === 'truncate') this.#resize(change.size);
    else if (change.kind === 'mode') this.mode = change.mode;
    else this.mtimeMs = change.mtimeMs;
  }

  #put(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#size) this.#resize(end);
    this.#buffer.set(bytes, offset);
  }

  #resize(size: number): void {
    if (size > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(size, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = grown;
    } else if (size < this.#size) {
      this.#buffer.fill(0, size, this.#size);
    }
    this.#size = size;
  }
}
