import { expect, test } from 'vitest';
import { textFromUtf8, utf8 } from '../base/index.ts';
import type { FolderId } from '../model/index.ts';
import { PlainStore } from '../testing/journal/plain-store.ts';
import type { Migration } from './schema.ts';
import { migrateFolder, migrations, schemaVersion } from './schema.ts';
import { folderScopes } from './scopes.ts';

const scopes = folderScopes('a'.repeat(64) as FolderId);

const steps: readonly Migration[] = [
  { from: 1, prepare: async (store) => [{ kind: 'put', scope: 's', key: 'k', value: (await store.get('s', 'k')) ?? utf8('one') }] },
  { from: 2, prepare: async () => [{ kind: 'put', scope: 's', key: 'l', value: utf8('two') }] },
];

async function version(store: PlainStore): Promise<string | undefined> {
  const bytes = await store.get(scopes.meta, 'schema');
  return bytes && textFromUtf8(bytes);
}

test('DUR-1 a new folder has the newest schema, and every step to it exists', async () => {
  const store = new PlainStore();
  await migrateFolder(store, scopes);
  expect(await version(store)).toBe(schemaVersion.toString());
  expect(migrations.map((step) => step.from)).toEqual(Array.from({ length: schemaVersion - 1 }, (_, i) => i + 1));
});

test('DUR-1 an old folder is brought up step by step, each with its version as one commit', async () => {
  const store = new PlainStore();
  await migrateFolder(store, scopes, [], 1);
  await migrateFolder(store, scopes, steps, 3);
  expect(await version(store)).toBe('3');
  expect(await store.count('s')).toBe(2);
  expect(store.commits).toBe(3);
});

test('DUR-1 a step that fails is tried again and leaves the version as it was', async () => {
  const store = new PlainStore();
  await migrateFolder(store, scopes, [], 1);
  store.fault = { kind: 'disk-full' };
  await expect(migrateFolder(store, scopes, steps, 3)).rejects.toThrow('full');
  store.fault = undefined;
  expect(await version(store)).toBe('1');
  await migrateFolder(store, scopes, steps, 3);
  expect(await version(store)).toBe('3');
});

test('DUR-1 rows of a newer program are left as they are', async () => {
  const store = new PlainStore();
  await migrateFolder(store, scopes, [], 9);
  await expect(migrateFolder(store, scopes)).rejects.toThrow('newer version');
  expect(await version(store)).toBe('9');
});
