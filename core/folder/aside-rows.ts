import { hexFromBytes, textFromUtf8, utf8 } from '../base/index.ts';
import type { DiskStat } from '../journal/types.ts';
import type { BlockRef, RelPath } from '../model/index.ts';
import { baseName } from '../model/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { storeRows } from '../ports/index.ts';
import { utcStamp } from '../reconcile/index.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { trashDirectory } from './folder-disk.ts';

/**
 * An object that was, or is about to be, put aside. While `pending` it is an intent (FLD-2): the next start undoes or finishes it. After
 * that it is an item of the trash.
 */
export interface AsideRow {
  readonly id: string;
  /** Where it was. */
  readonly path: RelPath;
  /** Where it is, below the root: in the trash, or at the name of the conflict copy that it becomes. */
  readonly aside: string;
  readonly purpose: 'trash' | 'copy';
  readonly reason: 'removed' | 'replaced';
  /** Its state as history had it: a different one is an edit that must not be lost. */
  readonly stat: DiskStat;
  readonly bytes: number;
  /** Wall clock, ms since 1970, for people. */
  readonly atMs: number;
  /** The agent's running time in this folder, ms: what ages are counted in. */
  readonly agentMs: number;
  readonly pending: boolean;
  /** Blocks of its content, for reuse; absent for long lists. */
  readonly blocks?: readonly BlockRef[];
}

/** The rows of all that is aside. */
export class AsideRows {
  readonly #store: Store;
  readonly #scope: string;

  constructor(store: Store, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  /** Records the intent. Durable when it resolves: nothing may move before. Intents made at the same time share one sync. */
  begin(row: AsideRow): Promise<void> {
    return this.#store.commit([this.put({ ...row, pending: true })], { durable: true });
  }

  /** Ends an intent that left nothing behind. A crash before it is durable makes the next start look once more, in vain. */
  async drop(id: string): Promise<void> {
    await this.#store.commit([this.dropped(id)], { durable: false });
  }

  put(row: AsideRow): StoreChange {
    return { kind: 'put', scope: this.#scope, key: row.id, value: utf8(JSON.stringify(row)) };
  }

  dropped(id: string): StoreChange {
    return { kind: 'delete', scope: this.#scope, key: id };
  }

  async get(id: string): Promise<AsideRow | undefined> {
    const value = await this.#store.get(this.#scope, id);
    return value && rowFromBytes(value);
  }

  /** In the order of their ids, which is that of time. */
  async *all(): AsyncGenerator<AsideRow> {
    for await (const { value } of storeRows(this.#store, this.#scope)) {
      const row = rowFromBytes(value);
      if (row) yield row;
    }
  }
}

function rowFromBytes(value: Uint8Array): AsideRow | undefined {
  const text = textFromUtf8(value);
  return text === undefined ? undefined : (JSON.parse(text) as AsideRow);
}

/** A row for the object that history has at `path`, going to the trash or, with `copy`, to that path. Its id tells people when, why and what. */
export function newAsideRow(
  context: FolderContext,
  agentMs: number,
  object: { readonly path: RelPath; readonly stat: DiskStat; readonly blocks?: readonly BlockRef[] },
  reason: AsideRow['reason'],
  copy?: RelPath,
): AsideRow {
  const { path, stat, blocks } = object;
  const atMs = context.clock.wallNow();
  const stamp = utcStamp(atMs).replaceAll('-', '').replace(' ', '-');
  const name = Array.from(baseName(path)).slice(0, 40).join('');
  const id = `${stamp}-${reason}-${hexFromBytes(context.random.bytes(5))}-${name}`;
  const row: AsideRow = {
    id,
    path,
    aside: copy ?? `${trashDirectory}/${id}`,
    purpose: copy === undefined ? 'trash' : 'copy',
    reason,
    stat,
    bytes: stat.kind === 'file' ? stat.size : 0,
    atMs,
    agentMs,
    pending: true,
  };
  return blocks && blocks.length <= engineLimits.trashRowBlocksMax ? { ...row, blocks } : row;
}
