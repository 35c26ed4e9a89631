import { execFile, execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MIB, utf8 } from '../../base/index.ts';
import type { Store, StoreChange } from '../../ports/index.ts';
import { patternBytes, storeContract, valueOf } from '../../testing/contracts/index.ts';
import { SqliteRows } from './sqlite-rows.ts';
import { migrations } from './sqlite-schema.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { temporaryDirectory } from './test-support.ts';

storeContract('sqlite', async () => {
  const directory = await temporaryDirectory();
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = valueOf(await openSqliteStore(join(directory.path, 'state.db')));
    opened.push(store);
    return store;
  };
  return {
    store: await open(),
    reopen: open,
    cleanup: async () => {
      for (const store of opened) await store.close();
      await directory.remove();
    },
  };
});

async function withDirectory(body: (path: string) => Promise<void>): Promise<void> {
  const directory = await temporaryDirectory();
  try {
    await body(join(directory.path, 'state.db'));
  } finally {
    await directory.remove();
  }
}

const put = (key: string, value: Uint8Array = utf8(key)): StoreChange => ({ kind: 'put', scope: 's', key, value });

describe('opening a store', () => {
  test('store: the file is for its owner alone, and closing leaves one file', () =>
    withDirectory(async (path) => {
      const store = valueOf(await openSqliteStore(path));
      await store.commit([put('a')], { durable: true });
      if (process.platform !== 'win32') {
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
      }
      await store.close();
      expect(existsSync(`${path}-wal`)).toBe(false);
    }));

  test('store: a second opener is refused as in-use, in this process and in another, until the first closes', () =>
    withDirectory(async (path) => {
      const store = valueOf(await openSqliteStore(path));
      expect(await openSqliteStore(path)).toMatchObject({ ok: false, error: { kind: 'in-use' } });
      expect(await openElsewhere(path)).toBe('in-use');
      // The refused openers have not taken the lock away.
      expect(await openElsewhere(path)).toBe('in-use');
      await store.close();
      expect(await openElsewhere(path)).toBe('ok');
      await valueOf(await openSqliteStore(path)).close();
    }));

  test('store: a database of a newer version is refused and left as it is', () =>
    withDirectory(async (path) => {
      const newer = valueOf(SqliteRows.open(path, [...migrations, 'CREATE TABLE later (x)']));
      newer.commit([put('a')], true);
      newer.close();
      const before = readFileSync(path);
      const opened = await openSqliteStore(path);
      expect(opened).toMatchObject({ ok: false, error: { kind: 'newer', version: migrations.length + 1, versionMax: migrations.length } });
      expect(readFileSync(path).equals(before)).toBe(true);
    }));

  test('store: an older database is brought to the newest version with its rows', () =>
    withDirectory(async (path) => {
      const older = valueOf(SqliteRows.open(path));
      older.commit([put('a')], true);
      older.close();
      const newer = valueOf(SqliteRows.open(path, [...migrations, 'CREATE TABLE later (x)']));
      expect(newer.get('s', 'a')).toEqual(utf8('a'));
      newer.close();
      expect(SqliteRows.open(path)).toMatchObject({ ok: false, error: { kind: 'newer' } });
    }));

  test('store: a migration that fails changes nothing', () =>
    withDirectory(async (path) => {
      valueOf(SqliteRows.open(path)).close();
      const failing = SqliteRows.open(path, [...migrations, 'CREATE TABLE later (x); CREATE TABLE rows (y)']);
      expect(failing.ok).toBe(false);
      const rows = valueOf(SqliteRows.open(path));
      rows.close();
    }));

  test.each([
    ['is no database', (path: string) => writeFileSync(path, 'no database at all, but long enough to have a header'.repeat(50))],
    ['was overwritten in the middle', (path: string) => overwriteMiddle(path)],
    ['belongs to another program', (path: string) => setApplicationId(path)],
  ])('store: a file that %s is corrupt, named and never deleted', (_what, damage) =>
    withDirectory(async (path) => {
      const rows = valueOf(SqliteRows.open(path));
      rows.commit(
        Array.from({ length: 2000 }, (_, i) => put(`key ${i}`, patternBytes(100, i + 1))),
        true,
      );
      rows.close();
      damage(path);
      const before = readFileSync(path);
      const opened = await openSqliteStore(path);
      expect(opened).toMatchObject({ ok: false, error: { kind: 'corrupt' } });
      expect(!opened.ok && opened.error.text).toContain(path);
      expect(readFileSync(path).equals(before)).toBe(true);
    }),
  );

  test('store: a directory that is not there is io, with the path', async () => {
    const opened = await openSqliteStore('/nonexistent/directory/state.db');
    expect(opened).toMatchObject({ ok: false, error: { kind: 'io' } });
    expect(!opened.ok && opened.error.text).toContain('/nonexistent/directory/state.db');
  });
});

describe('a store in trouble', () => {
  test('store: a full disk fails the commit that does not fit, and the store goes on', async (context) => {
    const directory = await temporaryDirectory();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory.path], { stdio: 'ignore' });
    } catch {
      await directory.remove();
      return context.skip('cannot mount a small disk: not root');
    }
    try {
      const store = valueOf(await openSqliteStore(join(directory.path, 'state.db')));
      await store.commit([put('before')], { durable: true });
      const outcomes = await Promise.allSettled([
        store.commit([put('small one')], { durable: false }),
        store.commit([put('half of it'), put('big', patternBytes(8 * MIB))], { durable: true }),
        store.commit([put('small two')], { durable: true }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({ reason: { name: 'StoreFailure', error: { kind: 'disk-full' } } });
      expect((await store.scan('s', { limit: 10 })).map(({ key }) => key)).toEqual(['before', 'small one', 'small two']);
      await store.close();
    } finally {
      execFileSync('umount', ['-l', directory.path]);
      await directory.remove();
    }
  });

  test('DUR-1: what was committed durably is there after the process was killed', () =>
    withDirectory(async (path) => {
      const script = `
        import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
        const opened = await openSqliteStore(process.argv[2]);
        for (let i = 0; i < 20; i++) await opened.value.commit([{ kind: 'put', scope: 's', key: 'k' + i, value: new Uint8Array(10) }], { durable: i % 2 === 1 });
        process.kill(process.pid, 'SIGKILL');`;
      await runScript(script, path).catch(() => undefined);
      const store = valueOf(await openSqliteStore(path));
      expect(await store.count('s')).toBe(20);
      await store.close();
    }));

  test('SES-8: a process may end in the middle of the work, and what was committed is a prefix', () =>
    withDirectory(async (path) => {
      const script = `
        import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
        const opened = await openSqliteStore(process.argv[2]);
        const commit = (n) => Array.from({ length: 1000 }, (_, i) => ({ kind: 'put', scope: 's', key: n + '/' + i, value: new Uint8Array(100) }));
        for (let n = 0; n < 300; n++) void opened.value.commit(commit(n), { durable: false }).catch(() => undefined);
        setTimeout(() => process.exit(0), Number(process.argv[3]));`;
      for (const afterMs of ['1', '60', '150']) await runScript(script, path, afterMs);
      const store = valueOf(await openSqliteStore(path));
      expect((await store.count('s')) % 1000).toBe(0);
      await store.close();
    }));

  test('store: scopes made in a commit that failed are not remembered', () =>
    withDirectory(async (path) => {
      const rows = valueOf(SqliteRows.open(path));
      expect(() =>
        rows.transact(false, () => {
          rows.apply([{ kind: 'put', scope: 'new', key: 'a', value: utf8('1') }]);
          throw new Error('stop');
        }),
      ).toThrow('stop');
      rows.commit([{ kind: 'put', scope: 'other', key: 'b', value: utf8('2') }], false);
      rows.commit([{ kind: 'put', scope: 'new', key: 'c', value: utf8('3') }], false);
      expect(rows.scan('other', { limit: 10 }).map(({ key }) => key)).toEqual(['b']);
      expect(rows.scan('new', { limit: 10 }).map(({ key }) => key)).toEqual(['c']);
      rows.close();
    }));
});

function overwriteMiddle(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x55, 8192, bytes.length - 8192);
  writeFileSync(path, bytes);
}

/** The application id is a big-endian number at offset 68 of the header (sqlite.org/fileformat2.html). */
function setApplicationId(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(0x12345678, 68);
  writeFileSync(path, bytes);
}

/** The outcome of opening `path` in another process: `ok` or the kind of the error. */
async function openElsewhere(path: string): Promise<string> {
  const script = `
    import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
    const opened = await openSqliteStore(process.argv[2]);
    console.log(opened.ok ? 'ok' : opened.error.kind);
    if (opened.ok) await opened.value.close();`;
  return (await runScript(script, path)).trim();
}

/** Runs `script` as a program; rejects unless it ends with exit code 0. */
async function runScript(script: string, ...parameters: readonly [string, ...string[]]): Promise<string> {
  const [path] = parameters;
  const file = `${path}.script.ts`;
  writeFileSync(file, script);
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...parameters]);
  return stdout;
}
