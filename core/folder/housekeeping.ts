import { ok, textFromUtf8, utf8 } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { limits } from '../model/index.ts';
import type { Clock, FileError, Store } from '../ports/index.ts';
import type { AsideRow } from './aside-rows.ts';
import type { FolderContext } from './context.ts';
import { stagingDirectory } from './folder-disk.ts';
import { recoverAside } from './set-aside.ts';
import type { Trash } from './trash.ts';
import { removeTree } from './trash.ts';

/** How long the agent has run with this folder, over all its runs. Trash ages by it. */
export class AgentTime {
  readonly #store: Store;
  readonly #scope: string;
  readonly #clock: Clock;
  #beforeMs = 0;
  #sinceMonoMs: number;

  constructor(store: Store, scope: string, clock: Clock) {
    this.#store = store;
    this.#scope = scope;
    this.#clock = clock;
    this.#sinceMonoMs = clock.monoNow();
  }

  async load(): Promise<void> {
    const value = await this.#store.get(this.#scope, 'agentMs');
    this.#beforeMs = Number((value && textFromUtf8(value)) ?? 0) || 0;
    this.#sinceMonoMs = this.#clock.monoNow();
  }

  nowMs(): number {
    return this.#beforeMs + (this.#clock.monoNow() - this.#sinceMonoMs);
  }

  /** A crash loses what was added since. */
  async save(): Promise<void> {
    await this.#store.commit([{ kind: 'put', scope: this.#scope, key: 'agentMs', value: utf8(String(Math.round(this.nowMs()))) }], {
      durable: false,
    });
  }
}

/** Finishes or undoes what an earlier run began (FLD-2). Before any scan. */
export async function recoverIntents(context: FolderContext, trash: Trash): Promise<Result<void, FileError>> {
  const pending: AsideRow[] = [];
  for await (const row of trash.rows.all()) if (row.pending) pending.push(row);
  for (const row of pending) {
    const recovered = await recoverAside(context, row);
    if (!recovered.ok) return recovered;
    const isKept = recovered.value === 'kept';
    await context.store.commit([isKept ? trash.rows.put({ ...row, pending: false }) : trash.rows.dropped(row.id)], { durable: true });
    context.logger.log('info', 'intent-recovered', { path: row.path, kept: isKept });
  }
  return ok();
}

/**
 * Removes what an earlier run left in staging and nobody can use: links, and second names of published files. Returns the names of what
 * may be of use.
 */
export async function clearStaging(context: FolderContext): Promise<ReadonlySet<string>> {
  const useful = new Set<string>();
  const listed = await context.disk.tree.list(stagingDirectory);
  if (!listed.ok) return useful;
  for (const { name, undecodable } of listed.value) {
    const path = `${stagingDirectory}/${name}`;
    const stat = undecodable ? undefined : await context.disk.tree.stat(path);
    if (stat?.ok && stat.value && (stat.value.kind !== 'file' || stat.value.links !== 1)) await removeTree(context, path);
    else useful.add(name);
  }
  return useful;
}

/** Removes staging that nobody has used for long (BLK-3), but nothing that is being worked on. */
export async function sweepStaging(context: FolderContext, isInUse: (id: string) => boolean): Promise<void> {
  const listed = await context.disk.tree.list(stagingDirectory);
  if (!listed.ok) return;
  const nowMs = context.clock.wallNow();
  for (const { name, undecodable } of listed.value) {
    if (undecodable || isInUse(name) || context.isHalted()) continue;
    const path = `${stagingDirectory}/${name}`;
    const stat = await context.disk.stat(path);
    if (stat.ok && stat.value && nowMs - stat.value.mtimeMs > limits.stagingAgeMs) await removeTree(context, path);
  }
}
