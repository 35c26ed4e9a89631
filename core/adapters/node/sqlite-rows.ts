import { statSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import type { Result } from '../../base/index.ts';
import { assert, err, MIB, ok } from '../../base/index.ts';
import type { StoreChange, StoreRange, StoreRow } from '../../ports/index.ts';
import { corruptError, storeOpenError } from './sqlite-errors.ts';
import type { StoreOpenError } from './sqlite-errors.ts';
import { migrate, migrations, readSchema } from './sqlite-schema.ts';
import { keyInterval } from './store-range.ts';

/** Databases up to this size are checked when opened (some 1 ms per MiB); damage in larger ones shows when it is read. */
const checkBytesMax = 128 * MIB;

/**
 * WAL: a commit appends. NORMAL: it is consistent after a power cut at once, durable at the next sync. Exclusive: the OS lock is held
 * until close or the end of the process, and no memory is shared. Checkpoints every 32 MiB of WAL, cache 16 MiB.
 */
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 8192;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16384;
  PRAGMA temp_store = MEMORY;`;

/** Rows of this scope belong to this file. */
const ownScope = 0;

/**
 * Rows in a SQLite file: the synchronous core of the store. Throws what SQLite throws. One instance per file; not for use by several
 * threads.
 */
export class SqliteRows {
  readonly #database: DatabaseSyncInstance;
  readonly #statements = new Map<string, StatementSyncInstance>();
  /** Ids of scope names, as far as they were needed. */
  readonly #scopeIds = new Map<string, number>();
  #isFullSync = false;
  /** Rows changed in the current transaction. */
  #changed = 0;
  /** Whether the WAL holds commits that no sync has covered. */
  #isUnsynced = false;

  private constructor(database: DatabaseSyncInstance) {
    this.#database = database;
  }

  /** Opens or creates `path`, whose directory exists. `steps`: other migrations, for tests. */
  static open(path: string, steps: readonly string[] = migrations): Result<SqliteRows, StoreOpenError> {
    let database: DatabaseSyncInstance | undefined;
    try {
      createPrivately(path);
      database = new DatabaseSync(path, { timeout: 0, defensive: true });
      const refused = prepare(database, path, steps);
      if (!refused) return ok(new SqliteRows(database));
      database.close();
      return err(refused);
    } catch (thrown) {
      if (database?.isOpen) database.close();
      return err(storeOpenError(path, thrown));
    }
  }

  get(scope: string, key: string): Uint8Array | undefined {
    const id = this.#scopeId(scope);
    if (id === undefined) return undefined;
    const row: unknown = this.#statement('SELECT value FROM rows WHERE scope = ? AND key = ?').get(id, key);
    return Array.isArray(row) ? bytesOf(row[0]) : undefined;
  }

  scan(scope: string, range: StoreRange): StoreRow[] {
    const id = this.#scopeId(scope);
    if (id === undefined) return [];
    const { where, bounds } = whereOf(range);
    const direction = range.reverse ? 'DESC' : 'ASC';
    const statement = this.#statement(`SELECT key, value FROM rows WHERE scope = ?${where} ORDER BY key ${direction} LIMIT ?`);
    const found: readonly unknown[] = statement.all(id, ...bounds, range.limit);
    return found.map((row) => {
      assert(Array.isArray(row) && typeof row[0] === 'string', 'a row has a key');
      return { key: row[0], value: bytesOf(row[1]) };
    });
  }

  count(scope: string, range: Omit<StoreRange, 'limit' | 'reverse'>): number {
    const id = this.#scopeId(scope);
    if (id === undefined) return 0;
    const { where, bounds } = whereOf(range);
    const row: unknown = this.#statement(`SELECT count(*) FROM rows WHERE scope = ?${where}`).get(id, ...bounds);
    assert(Array.isArray(row) && typeof row[0] === 'number', 'a count is a number');
    return row[0];
  }

  /** Applies `changes` wholly or not at all; they are durable on return if `durable`. Not within {@link transact}. */
  commit(changes: readonly StoreChange[], durable: boolean): void {
    this.transact(durable, () => this.apply(changes));
  }

  /**
   * Runs `body` as one transaction. With `durable` the WAL is synced at its end (synchronous = FULL), which makes everything before it
   * durable too, being in the same file.
   */
  transact(durable: boolean, body: () => void): void {
    this.#setFullSync(durable);
    this.#database.exec('BEGIN IMMEDIATE');
    this.#changed = 0;
    try {
      body();
      // A transaction without a change would not touch the WAL, and so not sync what came before.
      if (durable && this.#changed === 0) this.#put(ownScope, 'synced', undefined);
      this.#database.exec('COMMIT');
      this.#isUnsynced = durable ? false : this.#isUnsynced || this.#changed > 0;
    } catch (thrown) {
      // On a full disk SQLite may have rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      // Scopes made in this transaction are gone.
      this.#scopeIds.clear();
      throw thrown;
    }
  }

  /** Applies `changes` in their order within {@link transact}. */
  apply(changes: readonly StoreChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  /**
   * Closes the file when all is durable: moved from the WAL into the database or, where the disk has no room for that, synced in the WAL,
   * which then stays. Throws when not even that works; the file is closed all the same.
   */
  close(): void {
    if (!this.#database.isOpen) return;
    try {
      this.#checkpoint();
    } finally {
      this.#statements.clear();
      this.#database.close();
    }
  }

  #checkpoint(): void {
    try {
      this.#setFullSync(true);
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      if (this.#isUnsynced) this.transact(true, () => undefined);
    }
  }

  #applyOne(change: StoreChange): void {
    switch (change.kind) {
      case 'put':
        return this.#put(this.#scopeIdOrNew(change.scope), change.key, change.value);
      case 'delete': {
        const id = this.#scopeId(change.scope);
        if (id !== undefined) this.#run('DELETE FROM rows WHERE scope = ? AND key = ?', id, change.key);
        return;
      }
      case 'clear': {
        const id = this.#scopeId(change.scope);
        if (id === undefined) return;
        const { where, bounds } = whereOf(change);
        this.#run(`DELETE FROM rows WHERE scope = ?${where}`, id, ...bounds);
      }
    }
  }

  /** Without `value` the row gets a random one, which changes its page for sure. */
  #put(scopeId: number, key: string, value: Uint8Array | undefined): void {
    if (value) this.#run('INSERT OR REPLACE INTO rows (scope, key, value) VALUES (?, ?, ?)', scopeId, key, value);
    else this.#run('INSERT OR REPLACE INTO rows (scope, key, value) VALUES (?, ?, randomblob(8))', scopeId, key);
  }

  #run(sql: string, ...values: readonly (string | number | Uint8Array)[]): void {
    this.#changed += this.#statement(sql).run(...values).changes;
  }

  #scopeId(name: string): number | undefined {
    const known = this.#scopeIds.get(name);
    if (known !== undefined) return known;
    const row: unknown = this.#statement('SELECT id FROM scopes WHERE name = ?').get(name);
    if (!Array.isArray(row) || typeof row[0] !== 'number') return undefined;
    this.#scopeIds.set(name, row[0]);
    return row[0];
  }

  #scopeIdOrNew(name: string): number {
    const known = this.#scopeId(name);
    if (known !== undefined) return known;
    this.#run('INSERT INTO scopes (name) VALUES (?)', name);
    const made = this.#scopeId(name);
    assert(made !== undefined && made !== ownScope, 'a new scope has an id');
    return made;
  }

  #statement(sql: string): StatementSyncInstance {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Not within a transaction: there SQLite ignores it. */
  #setFullSync(isFullSync: boolean): void {
    if (this.#isFullSync === isFullSync) return;
    this.#database.exec(`PRAGMA synchronous = ${isFullSync ? 'FULL' : 'NORMAL'}`);
    this.#isFullSync = isFullSync;
  }
}

/** A new file is for its owner alone; SQLite gives the WAL the same mode. An existing one is not opened here: closing it would drop SQLite's locks on it. */
function createPrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

function prepare(database: DatabaseSyncInstance, path: string, steps: readonly string[]): StoreOpenError | undefined {
  database.exec(settings);
  // Takes the lock; in WAL mode it is not released any more.
  database.exec('BEGIN IMMEDIATE; COMMIT');
  const found = readSchema(database);
  if (found.kind === 'foreign') return corruptError(path, 'it belongs to another program');
  const version = found.kind === 'ours' ? found.version : 0;
  if (version > steps.length) {
    const text = `${path} was written by a newer Dormouse (schema ${version}, this one knows ${steps.length}). Update this Dormouse; the file was left as it is.`;
    return { kind: 'newer', version, versionMax: steps.length, text };
  }
  if (statSync(path).size <= checkBytesMax) {
    const verdict: unknown = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (verdict !== 'ok') return corruptError(path, String(verdict));
  }
  migrate(database, version, steps);
  return undefined;
}

function whereOf(range: Omit<StoreRange, 'limit' | 'reverse'>): { readonly where: string; readonly bounds: string[] } {
  const { lower, lowerExclusive, upper } = keyInterval(range);
  const bounds: string[] = [];
  let where = '';
  if (lower !== undefined) {
    where += lowerExclusive ? ' AND key > ?' : ' AND key >= ?';
    bounds.push(lower);
  }
  if (upper !== undefined) {
    where += ' AND key < ?';
    bounds.push(upper);
  }
  return { where, bounds };
}

function bytesOf(value: unknown): Uint8Array {
  assert(value instanceof Uint8Array, 'a value is a blob');
  return value;
}
