import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** Marks the file as ours ("DORM"), so that no other program's database is taken for the state. */
export const applicationId = 0x444f524d;

/**
 * The migrations in their order: number n makes version n out of version n - 1. A released one is never changed; what is new goes
 * behind it.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE scopes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE rows (
     scope INTEGER NOT NULL,
     key TEXT NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (scope, key)
   ) WITHOUT ROWID, STRICT;`,
];

/** What a database file says of itself. */
export type FoundSchema = { readonly kind: 'empty' } | { readonly kind: 'ours'; readonly version: number } | { readonly kind: 'foreign' };

export function readSchema(database: DatabaseSyncInstance): FoundSchema {
  const id = pragmaNumber(database, 'application_id');
  const version = pragmaNumber(database, 'user_version');
  if (id === applicationId) return { kind: 'ours', version };
  const tables = database.prepare('SELECT count(*) AS number FROM sqlite_schema').get();
  return id === 0 && version === 0 && numberField(tables, 'number') === 0 ? { kind: 'empty' } : { kind: 'foreign' };
}

/** Brings a database of `version` (0: empty) to the newest, in one transaction: all of it or nothing. */
export function migrate(database: DatabaseSyncInstance, version: number, steps: readonly string[]): void {
  if (version === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

export function pragmaNumber(database: DatabaseSyncInstance, name: string): number {
  return numberField(database.prepare(`PRAGMA ${name}`).get(), name);
}

function numberField(row: unknown, name: string): number {
  if (typeof row !== 'object' || row === null) return 0;
  const value: unknown = Reflect.get(row, name);
  return typeof value === 'number' ? value : 0;
}
