import type { FolderId, Roster } from '../model/index.ts';
import type { Crypto, Store, StoreChange } from '../ports/index.ts';
import { addStatements } from './roster-log.ts';
import { folderScopes } from './scopes.ts';
import { evaluateRoster } from '../model/index.ts';

/** Forgets everything that the store has about a folder. Its journal must be closed. Durable. */
export async function dropFolder(store: Store, folder: FolderId): Promise<void> {
  const changes: StoreChange[] = Object.values<string>({ ...folderScopes(folder) }).map((scope) => ({ kind: 'clear', scope }));
  await store.commit(changes, { durable: true });
}

/** The roster that `statements` make by themselves, or undefined where they are not all sound: what an offer shows before it is accepted. */
export function readRoster(folder: FolderId, statements: readonly Uint8Array[], crypto: Crypto): Roster | undefined {
  const empty = { statements: [], roster: evaluateRoster(folder, []) };
  const added = addStatements(empty, folder, statements, crypto, folderScopes(folder));
  return added.ok && added.value.refusal === undefined && added.value.added > 0 ? added.value.log.roster : undefined;
}
