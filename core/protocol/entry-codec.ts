import type { Result } from '../base/index.ts';
import { err, ok } from '../base/index.ts';
import type { BlockList, BlockName, Entry, JournalId, RelPath, Snap, VersionVector } from '../model/index.ts';
import { isJournalId, limits, packBlocks, relPath, unpackBlocks } from '../model/index.ts';
import { hexFromBytes, bytesFromHex, utf8 } from '../base/index.ts';
import type { CborValue, MalformedError } from './codec.ts';

/**
 * The wire form of entries. Written by hand, because a schema library costs several times as much on a thousand entries. Members:
 * `p` path, `k` kind, `v` vector as pairs of index into the journal table and counter, `o` conflictOf; files: `s` size, `m` mtime, `x`
 * executable, `l` large class, `b` packed blocks or `r`/`z`/`n` root name, root size and count; links: `t` target; removals: `m`.
 */

/** Collects the journals that a set of entries names, so that each is written once. */
export class JournalTable {
  readonly journals: JournalId[] = [];
  readonly #indices = new Map<JournalId, number>();

  indexOf(journal: JournalId): number {
    let index = this.#indices.get(journal);
    if (index === undefined) {
      index = this.journals.length;
      this.journals.push(journal);
      this.#indices.set(journal, index);
    }
    return index;
  }
}

export function entryToWire(entry: Entry, table: JournalTable): CborValue {
  const vector: CborValue = [...entry.vector].map(([journal, counter]) => [table.indexOf(journal), counter]);
  const common = { p: entry.path, v: vector, ...(entry.conflictOf === undefined ? {} : { o: entry.conflictOf }) };
  const snap = entry.snap;
  switch (snap.kind) {
    case 'file':
      return {
        ...common,
        k: 'file',
        s: snap.size,
        m: snap.mtimeMs,
        ...(snap.executable ? { x: true } : {}),
        ...(snap.cutClass === 'large' ? { l: true } : {}),
        ...blocksToWire(snap.blocks),
      };
    case 'directory':
      return { ...common, k: 'directory' };
    case 'link':
      return { ...common, k: 'link', t: snap.target };
    case 'removed':
      return { ...common, k: 'removed', m: snap.mtimeMs };
    case 'unknown':
      return { ...common, k: snap.tag };
  }
}

function blocksToWire(blocks: BlockList): Record<string, CborValue> {
  if (blocks.kind === 'inline') return { b: packBlocks(blocks.blocks) };
  return { r: bytesFromHex(blocks.root) ?? new Uint8Array(), z: blocks.rootSize, n: blocks.count };
}

/** Checks and reads one entry; `journals` is the table it was written with. */
export function entryFromWire(wire: unknown, journals: readonly JournalId[]): Result<Entry, MalformedError> {
  if (!isRecord(wire)) return malformed('entry is not a map');
  const path = safePath(wire['p']);
  if (path === undefined) return malformed('entry has no safe path');
  const vector = vectorFromWire(wire['v'], journals);
  if (!vector) return malformed('entry has no valid vector');
  const snap = snapFromWire(wire);
  if (!snap) return malformed('entry has no valid snap');
  if (wire['o'] === undefined) return ok({ path, vector, snap });
  const conflictOf = safePath(wire['o']);
  return conflictOf === undefined ? malformed('conflictOf is no safe path') : ok({ path, vector, snap, conflictOf });
}

/** Reads a table of journals, or undefined where it is not one. */
export function journalsFromWire(wire: unknown): JournalId[] | undefined {
  if (!Array.isArray(wire) || wire.length > 64 * limits.vectorComponentsMax) return undefined;
  const journals: JournalId[] = [];
  for (const item of wire as unknown[]) {
    if (typeof item !== 'string' || !isJournalId(item)) return undefined;
    journals.push(item);
  }
  return journals;
}

function vectorFromWire(wire: unknown, journals: readonly JournalId[]): VersionVector | undefined {
  if (!Array.isArray(wire) || wire.length === 0 || wire.length > limits.vectorComponentsMax) return undefined;
  const vector = new Map<JournalId, number>();
  for (const pair of wire as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const journal = isCount(pair[0]) ? journals[pair[0]] : undefined;
    const counter: unknown = pair[1];
    if (journal === undefined || vector.has(journal) || !isCount(counter) || counter === 0) return undefined;
    vector.set(journal, counter);
  }
  return vector;
}

function snapFromWire(wire: Record<string, unknown>): Snap | undefined {
  const kind = wire['k'];
  switch (kind) {
    case 'file':
      return fileFromWire(wire);
    case 'directory':
      return { kind };
    case 'link': {
      const target = wire['t'];
      const isTarget = typeof target === 'string' && target !== '' && !target.includes('\0') && target.isWellFormed();
      return isTarget && utf8(target).length <= limits.linkTargetBytesMax ? { kind, target } : undefined;
    }
    case 'removed':
      return isTime(wire['m']) ? { kind, mtimeMs: wire['m'] } : undefined;
    default:
      return typeof kind === 'string' && kind.length > 0 && kind.length <= 32 ? { kind: 'unknown', tag: kind } : undefined;
  }
}

function fileFromWire(wire: Record<string, unknown>): Snap | undefined {
  const size = wire['s'];
  const mtimeMs = wire['m'];
  if (!isCount(size) || size > limits.fileBytesMax || !isTime(mtimeMs)) return undefined;
  const blocks = blocksFromWire(wire, size);
  if (!blocks) return undefined;
  return { kind: 'file', size, mtimeMs, executable: wire['x'] === true, cutClass: wire['l'] === true ? 'large' : 'normal', blocks };
}

function blocksFromWire(wire: Record<string, unknown>, size: number): BlockList | undefined {
  const packed = wire['b'];
  if (packed instanceof Uint8Array) {
    const blocks = unpackBlocks(packed);
    if (!blocks || blocks.length > limits.inlineBlocksMax) return undefined;
    const total = blocks.reduce((sum, block) => sum + block.size, 0);
    return total === size ? { kind: 'inline', blocks } : undefined;
  }
  const root = wire['r'];
  const rootSize = wire['z'];
  const count = wire['n'];
  if (!(root instanceof Uint8Array) || root.length !== 32 || !isCount(rootSize) || !isCount(count)) return undefined;
  if (count <= limits.inlineBlocksMax || count > size || rootSize === 0 || rootSize > limits.pagesMax * 36) return undefined;
  return { kind: 'paged', root: hexFromBytes(root) as BlockName, rootSize, count };
}

function safePath(text: unknown): RelPath | undefined {
  if (typeof text !== 'string') return undefined;
  const path = relPath(text);
  return path.ok ? path.value : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** A whole number from 0 to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A whole number of ms that a Date can hold, before 1970 included. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) <= 8.64e15;
}

export function malformed(text: string): Result<never, MalformedError> {
  return err({ kind: 'malformed', text });
}
