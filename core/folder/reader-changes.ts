import { compareUtf8, textFromUtf8, utf8 } from '../base/index.ts';
import type { DiskStat } from '../journal/types.ts';
import type { RelPath } from '../model/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { isSameState } from './folder-disk.ts';

/** What a reader's disk has at a path instead of what the folder says: a stat, or nothing. */
export type LocalState = DiskStat | 'absent';

/** A reader's own changes (ROS-4): remembered with the stat they were found with, so that a scan reads each only once. */
export class ReaderChanges {
  readonly #store: Store;
  readonly #scope: string;
  readonly #states = new Map<RelPath, LocalState>();

  constructor(store: Store, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  async load(): Promise<void> {
    for await (const { key, value } of storeRows(this.#store, this.#scope)) {
      const text = textFromUtf8(value);
      if (text !== undefined) this.#states.set(key as RelPath, JSON.parse(text) as LocalState);
    }
  }

  list(): readonly RelPath[] {
    return [...this.#states.keys()].sort(compareUtf8);
  }

  has(path: RelPath): boolean {
    return this.#states.has(path);
  }

  /** Whether the change was noted and the disk is as it was then. */
  isNoted(path: RelPath, state: LocalState): boolean {
    const noted = this.#states.get(path);
    if (noted === undefined) return false;
    return noted === 'absent' || state === 'absent' ? noted === state : isSameState(noted, state);
  }

  /** Losing a note in a crash costs one reading of the file, so it need not be durable. */
  async note(path: RelPath, state: LocalState): Promise<void> {
    if (this.isNoted(path, state)) return;
    this.#states.set(path, state);
    await this.#commit({ kind: 'put', scope: this.#scope, key: path, value: utf8(JSON.stringify(state)) });
  }

  async clear(path: RelPath): Promise<void> {
    if (this.#states.delete(path)) await this.#commit({ kind: 'delete', scope: this.#scope, key: path });
  }

  #commit(change: StoreChange): Promise<void> {
    return this.#store.commit([change], { durable: false });
  }
}
