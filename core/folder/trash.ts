import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import type { HistoryRow } from '../journal/types.ts';
import type { BlockName, RelPath } from '../model/index.ts';
import { baseName, childPath, isLive, limits, parentPath, sameContent, winnerOf } from '../model/index.ts';
import type { StoreChange } from '../ports/index.ts';
import type { AsideRow, AsideRows } from './aside-rows.ts';
import type { FolderContext } from './context.ts';
import { engineLimits } from './engine-limits.ts';
import { placesOfFirstBlock } from './first-block.ts';
import { isSameState, trashDirectory } from './folder-disk.ts';
import { troubleOf } from './problems.ts';
import { expiredItems } from './trash-retention.ts';
import type { TrashItem } from './types.ts';

/** Where a block lies in the trash. */
export interface TrashPlace {
  readonly file: string;
  readonly offset: number;
}

/** What was removed or replaced by others, kept for a while in `.dormouse/trash` (FLD-2). */
export class Trash {
  readonly rows: AsideRows;
  readonly #context: FolderContext;
  readonly #agentMs: () => number;
  /** The newest blocks of the trash by name, bounded; a hint that is checked by hashing. */
  readonly #places = new Map<BlockName, TrashPlace>();

  constructor(context: FolderContext, rows: AsideRows, agentMs: () => number) {
    this.#context = context;
    this.rows = rows;
    this.#agentMs = agentMs;
  }

  /** The agent's running time, ms: what the age of trash is counted in, so that a machine that was off for a month finds its trash. */
  agentMs(): number {
    return this.#agentMs();
  }

  async load(): Promise<void> {
    for await (const row of this.rows.all()) if (!row.pending) this.noteKept(row);
  }

  /** `row` is in the trash: its blocks can be used again (BLK-2). */
  noteKept(row: AsideRow): void {
    let offset = 0;
    for (const block of row.blocks ?? []) {
      this.#places.delete(block.name);
      this.#places.set(block.name, { file: row.aside, offset });
      offset += block.size;
    }
    for (const name of this.#places.keys()) {
      if (this.#places.size <= engineLimits.trashBlocksMax) break;
      this.#places.delete(name);
    }
  }

  placeOf(name: BlockName): TrashPlace | undefined {
    return this.#places.get(name);
  }

  async list(): Promise<readonly TrashItem[]> {
    const items: TrashItem[] = [];
    for await (const { pending, purpose, id, path, reason, bytes, atMs } of this.rows.all()) {
      if (!pending && purpose === 'trash') items.push({ id, path, reason, bytes, atMs });
    }
    return items;
  }

  /**
   * Puts an item back at its path, or beside it where that is in use, as a change of this device's user: the next scan announces it.
   * Directories that are gone are made again.
   */
  async restore(id: string): Promise<Result<RelPath, { readonly kind: string; readonly text: string }>> {
    const row = await this.rows.get(id);
    if (!row || row.pending) return err({ kind: 'not-found', text: 'this item is no longer in the trash' });
    const missing = await this.#makeDirectories(parentPath(row.path));
    if (missing) return err(missing);
    for (let attempt = 0; attempt < 100; attempt++) {
      const path = attempt === 0 ? row.path : restoredName(row.path, attempt);
      const moved = await this.#context.disk.tree.rename(row.aside, path, { replace: false });
      if (moved.ok) {
        await this.#context.commits.add({ directories: [parentPath(path), trashDirectory], history: [], extra: [this.rows.dropped(id)] });
        this.#context.requestScan([path]);
        return ok(path);
      }
      if (moved.error.kind === 'not-found') return err({ kind: 'not-found', text: 'the file of this item is no longer in the trash' });
      if (moved.error.kind !== 'exists') return err(troubleOf(row.path, moved.error, 'write'));
    }
    return err({ kind: 'name-taken', text: `every name like "${row.path}" is in use; rename one of them` });
  }

  async #makeDirectories(directory: RelPath): Promise<{ readonly kind: string; readonly text: string } | undefined> {
    if (directory === '') return undefined;
    const above = await this.#makeDirectories(parentPath(directory));
    if (above) return above;
    const made = await this.#context.disk.tree.makeDirectory(directory);
    if (made.ok) this.#context.requestScan([directory]);
    return made.ok || made.error.kind === 'exists' ? undefined : troubleOf(directory, made.error, 'write');
  }

  /** The bytes of `row` are on this disk under another live path of the folder, so nothing is lost with it (a move). */
  async livesElsewhere(path: RelPath, row: HistoryRow): Promise<boolean> {
    const { snap } = row.entry;
    if (snap.kind !== 'file' || snap.size === 0) return false;
    for (const place of await placesOfFirstBlock(this.#context, snap)) {
      if (place.path === path || place.offset !== 0) continue;
      const { heads, history } = await this.#context.journal.pathState(place.path);
      const winner = winnerOf(heads);
      if (!history || !winner || !isLive(winner.snap) || !sameContent(history.entry.snap, snap) || !sameContent(winner.snap, snap))
        continue;
      const stat = await this.#context.disk.stat(place.path);
      if (stat.ok && stat.value && isSameState(stat.value, history.stat)) return true;
    }
    return false;
  }

  /** A directory that was put aside holds nothing but litter: nobody added anything in the last moment. */
  async holdsOnlyLitter({ aside, path }: AsideRow): Promise<boolean> {
    const listed = await this.#context.disk.tree.list(aside);
    if (!listed.ok) return false;
    const rules = this.#context.rules();
    return listed.value.every(({ name, kind, undecodable }) => !undecodable && rules.isLitter(childPath(path, name), kind === 'directory'));
  }

  /** Drops what is too old, and what is too much: `targetBytes` of the disk's trash at most, but for young removals. */
  async sweep(totalBytes: number): Promise<void> {
    const rows: AsideRow[] = [];
    for await (const row of this.rows.all()) if (!row.pending && row.purpose === 'trash') rows.push(row);
    await this.#delete(
      expiredItems(rows, this.#agentMs(), {
        keepMs: this.#context.settings().trashKeepMs,
        bytesMax: totalBytes * limits.trashFractionOfDisk,
      }),
    );
  }

  /** Frees trash older than a day, oldest first, until `bytes` are freed (FLD-9). Returns what was freed. */
  async free(bytes: number): Promise<number> {
    const old: AsideRow[] = [];
    let freed = 0;
    for await (const row of this.rows.all()) {
      if (freed >= bytes) break;
      if (row.pending || row.purpose !== 'trash' || this.#agentMs() - row.agentMs < engineLimits.trashProtectedMs) continue;
      old.push(row);
      freed += row.bytes;
    }
    await this.#delete(old);
    return freed;
  }

  async #delete(rows: readonly AsideRow[]): Promise<void> {
    const changes: StoreChange[] = [];
    for (const row of rows) {
      if (await removeTree(this.#context, row.aside)) changes.push(this.rows.dropped(row.id));
    }
    if (changes.length > 0) await this.#context.store.commit(changes, { durable: false });
  }
}

/** Removes a file, link or directory of our own with all that is in it; false where something stayed. */
export async function removeTree(context: FolderContext, path: string): Promise<boolean> {
  const { tree } = context.disk;
  const unlinked = await tree.unlink(path);
  if (unlinked.ok || unlinked.error.kind === 'not-found') return true;
  const listed = await tree.list(path);
  if (!listed.ok) return false;
  for (const { name, undecodable } of listed.value) if (undecodable || !(await removeTree(context, `${path}/${name}`))) return false;
  const removed = await tree.removeDirectory(path);
  return removed.ok || removed.error.kind === 'not-found';
}

function restoredName(path: RelPath, attempt: number): RelPath {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return childPath(parentPath(path), `${stem} (restored${attempt === 1 ? '' : ` ${attempt}`})${extension}`);
}
