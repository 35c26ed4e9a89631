import { present, textFromUtf8, utf8 } from '../base/index.ts';
import type { Store, StoreChange } from '../ports/index.ts';
import { damaged } from './damaged.ts';
import type { FolderScopes } from './scopes.ts';

/** One step of a folder's rows to the next version. Its changes and the new version are one commit; it may be tried again after a crash. */
export interface Migration {
  /** The version that it starts from; it ends in the next. */
  readonly from: number;
  readonly prepare: (store: Store, scopes: FolderScopes) => Promise<readonly StoreChange[]>;
}

/** The version of rows that this program writes. */
export const schemaVersion = 1;

/** Every step from version 1 on, in order. */
export const migrations: readonly Migration[] = [];

const schemaKey = 'schema';

/**
 * Brings the rows of a folder to `target`, or marks a new folder with it. Rejects with `StoreFailure` (`corrupt`) where a newer program
 * wrote them: they are left as they are.
 */
export async function migrateFolder(
  store: Store,
  scopes: FolderScopes,
  steps: readonly Migration[] = migrations,
  target = schemaVersion,
): Promise<void> {
  const bytes = await store.get(scopes.meta, schemaKey);
  let version = bytes ? Number(textFromUtf8(bytes)) : target;
  if (!Number.isSafeInteger(version) || version < 1) throw damaged('schema version');
  if (version > target) throw damaged(`the state was written by a newer version of the program (schema ${version}, known up to ${target})`);
  if (!bytes) await store.commit([versionRow(scopes, target)], { durable: true });
  while (version < target) {
    const step = present(
      steps.find((each) => each.from === version),
      `migration from schema ${version}`,
    );
    const changes = await step.prepare(store, scopes);
    version += 1;
    await store.commit([...changes, versionRow(scopes, version)], { durable: true });
  }
}

function versionRow(scopes: FolderScopes, version: number): StoreChange {
  return { kind: 'put', scope: scopes.meta, key: schemaKey, value: utf8(version.toString()) };
}
