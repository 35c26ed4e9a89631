import type { Entry, Inode } from './disk-inode.ts';
import type { Prng } from './prng.ts';

/** One name taken away (`before` without `after`), given (`after` without `before`) or pointed elsewhere (both). */
export interface NameChange {
  readonly directory: Inode;
  /** The folded name. */
  readonly key: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** One directory operation: its name changes become durable together or not at all. */
export interface DirectoryOperation {
  readonly atMs: number;
  readonly changes: readonly NameChange[];
  synced: boolean;
}

/** After so long the system writes back by itself what nobody synced, ms. */
export const writeBackMs = 30_000;

/**
 * Directory operations that a power cut may undo, in their order. The model is harsher than journaled file systems:
 * - any subset of the operations that were not synced is gone, later ones can survive earlier ones;
 * - syncing a directory makes durable the names given or taken in it, but not the directory's own name in its parent; a directory
 *   that is gone takes along what was put into it;
 * - a rename between directories is durable once its *destination* was synced.
 * And it is kinder than chaos: one operation is atomic, and no object loses its only name because just half of a chain of operations
 * on it survived (an operation that finds its source elsewhere did not happen).
 */
export class DirectoryLog {
  #operations: DirectoryOperation[] = [];

  get length(): number {
    return this.#operations.length;
  }

  add(operation: DirectoryOperation): void {
    this.#operations.push(operation);
    this.#prune(operation.atMs - writeBackMs);
  }

  /** Makes the operations on names in `directory` durable. */
  syncDirectory(directory: Inode): void {
    for (const [index, operation] of this.#operations.entries()) {
      if (!operation.synced && touches(operation, directory)) this.#markSynced(index);
    }
    this.#prune(-Infinity);
  }

  /** Makes the operation that was added last durable, and every one that gave a name to a directory of `ancestors`. */
  syncLast(ancestors: ReadonlySet<Inode>): void {
    for (const [index, operation] of this.#operations.entries()) {
      const isLast = index === this.#operations.length - 1;
      if (isLast || operation.changes.some(({ after }) => after && ancestors.has(after.inode))) this.#markSynced(index);
    }
    this.#prune(-Infinity);
  }

  /** A power cut: brings `durableEntries` of all directories to what survives. */
  cutPower(prng: Prng, nowMs: number): void {
    for (const operation of this.#operations) {
      const survives = operation.synced || operation.atMs < nowMs - writeBackMs || prng.chance(0.5);
      if (survives) applyDurably(operation);
    }
    this.#operations = [];
  }

  /** An operation is synced together with the earlier ones that gave its objects the names it works on. */
  #markSynced(index: number): void {
    const operation = this.#operations[index];
    if (!operation || operation.synced) return;
    operation.synced = true;
    const subjects = new Set(operation.changes.flatMap(({ before, after }) => [before?.inode, after?.inode]));
    for (let i = index - 1; i >= 0; i--) {
      const earlier = this.#operations[i];
      if (earlier && !earlier.synced && earlier.changes.some(({ after }) => after && subjects.has(after.inode))) this.#markSynced(i);
    }
  }

  /** Forgets operations at the head that are certain by now. */
  #prune(certainBeforeMs: number): void {
    let certain = 0;
    for (const operation of this.#operations) {
      if (!operation.synced && operation.atMs >= certainBeforeMs) break;
      applyDurably(operation);
      certain += 1;
    }
    if (certain > 0) this.#operations = this.#operations.slice(certain);
  }
}

/** Whether syncing `directory` makes `operation` durable. */
function touches(operation: DirectoryOperation, directory: Inode): boolean {
  const destinations = operation.changes.filter(({ after }) => after !== undefined);
  const decisive = destinations.length > 0 ? destinations : operation.changes;
  return decisive.some((change) => change.directory === directory);
}

/** Replays `operation` on the durable names, if they are still as it found them; all or nothing. */
function applyDurably(operation: DirectoryOperation): void {
  const kept = new Set(operation.changes.map(({ after }) => after?.inode));
  if (!operation.changes.every((change) => isApplicable(change, kept))) return;
  for (const { directory, key, before } of operation.changes) if (before) dropDurably(directory, key);
  for (const { directory, key, after } of operation.changes) {
    if (!after) continue;
    dropDurably(directory, key);
    directory.durableEntries.set(key, after);
    if (after.inode.kind === 'directory') after.inode.durableParent = directory;
  }
}

function dropDurably(directory: Inode, key: string): void {
  const dropped = directory.durableEntries.get(key)?.inode;
  if (dropped?.durableParent === directory) dropped.durableParent = undefined;
  directory.durableEntries.delete(key);
}

/** `kept` are the objects that have a name after the operation. */
function isApplicable({ directory, key, before, after }: NameChange, kept: ReadonlySet<Inode | undefined>): boolean {
  const there = directory.durableEntries.get(key)?.inode;
  // What is moved away or removed must be there; what is only replaced may be missing already.
  if (before && (!after || kept.has(before.inode)) && there !== before.inode) return false;
  if (after && !isDurablyReachable(directory, after.inode)) return false;
  // A directory that still holds something durably cannot be removed or replaced.
  return !there || kept.has(there) || there.durableEntries.size === 0;
}

/** Whether the way from the root to `directory` is there, and does not lead through `moved`, which would become its own ancestor. */
function isDurablyReachable(directory: Inode, moved: Inode): boolean {
  const seen = new Set<Inode>([moved]);
  for (let at: Inode | undefined = directory; at && !seen.has(at); at = at.durableParent) {
    if (at.isRoot) return true;
    seen.add(at);
  }
  return false;
}
