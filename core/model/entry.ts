import { unreachable } from '../base/index.ts';
import { sameBlockList } from './block.ts';
import type { BlockList, CutClass } from './block.ts';
import type { JournalId } from './ids.ts';
import type { RelPath } from './path.ts';
import type { VersionVector } from './version-vector.ts';

/** What an entry says the object at its path is. */
export type Snap =
  | {
      readonly kind: 'file';
      /** Bytes. */
      readonly size: number;
      /** Modification time by the author's disk, whole ms since 1970. */
      readonly mtimeMs: number;
      readonly executable: boolean;
      readonly cutClass: CutClass;
      readonly blocks: BlockList;
    }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'removed'; /** When the author noticed, whole ms since 1970. */ readonly mtimeMs: number }
  /** Written by a newer Dormouse: kept, relayed and shown as a problem, never applied (RPC, `hello`). */
  | { readonly kind: 'unknown'; readonly tag: string };

/** One transaction on one path (JRN-1). */
export interface Entry {
  readonly path: RelPath;
  readonly snap: Snap;
  readonly vector: VersionVector;
  /** Set on a conflict copy: the path whose losing version this is (FLD-3). */
  readonly conflictOf?: RelPath;
}

/** Where an entry stands: its journal and its sequence number there (from 1). */
export interface EntryRef {
  readonly journal: JournalId;
  readonly sequence: number;
}

/** An entry together with its place and its hash, which is the last tie-break between concurrent entries (FLD-3). */
export interface KnownEntry extends Entry {
  readonly ref: EntryRef;
}

export type FileSnap = Extract<Snap, { kind: 'file' }>;

export function isLive(snap: Snap): boolean {
  return snap.kind !== 'removed';
}

/** Equal kind and content (FLD-3): executable bit and mtime do not count. */
export function sameContent(a: Snap, b: Snap): boolean {
  switch (a.kind) {
    case 'file':
      return b.kind === 'file' && a.size === b.size && sameBlockList(a.blocks, b.blocks);
    case 'link':
      return b.kind === 'link' && a.target === b.target;
    case 'directory':
    case 'removed':
      return b.kind === a.kind;
    case 'unknown':
      return false;
    default:
      return unreachable(a);
  }
}

/** Bytes of content that a snap stands for; 0 for anything but a file. */
export function snapBytes(snap: Snap): number {
  return snap.kind === 'file' ? snap.size : 0;
}
