import { describe, expect, test } from 'vitest';
import { MIB, bytesEqual, compareUtf8, textFromUtf8, utf8 } from '../../base/index.ts';
import { storeRows } from '../../ports/index.ts';
import type { Store, StoreChange, StoreRange } from '../../ports/index.ts';
import { patternBytes } from './support.ts';

/** One store to be tested, empty at the start. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Opens the same state again, as a later run of the program would; the suite has closed the store before. */
  readonly reopen: () => Promise<Store>;
  /** Closes whatever is still open and removes all traces. */
  readonly cleanup: () => Promise<void>;
}

/** What every {@link Store} must do. `make` is called once per test. */
export function storeContract(name: string, make: () => Promise<StoreUnderTest>): void {
  const withStore = async (body: (under: StoreUnderTest) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await body(under);
    } finally {
      await under.cleanup();
    }
  };

  describe(`store contract: ${name}`, () => {
    test('store: a missing row is undefined, an empty value is not', () =>
      withStore(async ({ store }) => {
        expect(await store.get('s', 'k')).toBeUndefined();
        await store.commit([put('k', new Uint8Array(0))], { durable: false });
        expect(await store.get('s', 'k')).toEqual(new Uint8Array(0));
        expect(await store.get('other', 'k')).toBeUndefined();
        expect(await keysOf(store, { limit: 10 })).toEqual(['k']);
      }));

    test('store: a read sees every commit that was called before it, settled or not', () =>
      withStore(async ({ store }) => {
        const commits: Promise<void>[] = [];
        for (let i = 0; i < 50; i++) {
          commits.push(store.commit([put('k', utf8(`${i}`)), put(`k${i}`, utf8('x'))], { durable: i % 2 === 0 }));
          const [value, many, count] = await Promise.all([
            store.get('s', 'k'),
            store.getMany('s', ['k', 'none', `k${i}`]),
            store.count('s'),
          ]);
          expect(textFromUtf8(value ?? new Uint8Array())).toBe(`${i}`);
          expect(many.map((one) => one && textFromUtf8(one))).toEqual([`${i}`, undefined, 'x']);
          expect(count).toBe(i + 2);
        }
        await Promise.all(commits);
      }));

    test('store: the last of many concurrent commits wins, and all are there', () =>
      withStore(async ({ store, reopen }) => {
        const commits = Array.from({ length: 500 }, (_, i) =>
          store.commit([put('last', utf8(`${i}`)), put(`key${i}`, utf8(`${i}`))], { durable: true }),
        );
        await Promise.all(commits);
        await store.close();
        const later = await reopen();
        expect(textFromUtf8((await later.get('s', 'last')) ?? new Uint8Array())).toBe('499');
        expect(await later.count('s')).toBe(501);
        await later.close();
      }));

    test('store: the changes of one commit apply in their order', () =>
      withStore(async ({ store }) => {
        await store.commit([put('a', utf8('1')), put('b', utf8('1'))], { durable: false });
        await store.commit(
          [put('c', utf8('2')), { kind: 'clear', scope: 's' }, put('a', utf8('3')), put('a', utf8('4')), put('d', utf8('5')), del('d')],
          { durable: true },
        );
        expect(await rowsOf(store, { limit: 10 })).toEqual([['a', '4']]);
        await store.commit([], { durable: true });
        await store.commit([del('never there')], { durable: true });
        expect(await store.count('s')).toBe(1);
      }));

    test('store: clear takes half-open ranges, of its scope only', () =>
      withStore(async ({ store }) => {
        const fill = 'abcdef'.split('').flatMap((key): StoreChange[] => [put(key, utf8(key)), { ...put(key, utf8(key)), scope: 't' }]);
        await store.commit(fill, { durable: false });
        await store.commit([{ kind: 'clear', scope: 's', from: 'b', before: 'd' }], { durable: false });
        expect(await keysOf(store, { limit: 10 })).toEqual(['a', 'd', 'e', 'f']);
        await store.commit([{ kind: 'clear', scope: 's', from: 'f' }], { durable: false });
        await store.commit([{ kind: 'clear', scope: 's', before: 'b' }], { durable: false });
        expect(await keysOf(store, { limit: 10 })).toEqual(['d', 'e']);
        await store.commit([{ kind: 'clear', scope: 's' }], { durable: false });
        expect(await store.count('s')).toBe(0);
        expect(await store.count('t')).toBe(6);
      }));

    test('store: rows come in the order of their UTF-8 bytes', () =>
      withStore(async ({ store }) => {
        const keys = [
          '',
          ' ',
          'a',
          'a/',
          'a//b',
          'a0',
          'aa',
          'b',
          'é',
          'e\u0301',
          '\u007f',
          '\u0080',
          '\ud7ff',
          '\ue000',
          '\uffff',
          '\ufffd',
          '😀',
          '\u{10ffff}',
          '\u0001',
          '%',
          '_',
          "'",
          '"',
          '\\',
          '\n',
          'A',
          '日本',
        ];
        await store.commit(
          keys.map((key) => put(key, utf8(key))),
          { durable: true },
        );
        const sorted = [...keys].sort(compareUtf8);
        expect(sorted.indexOf('😀')).toBeGreaterThan(sorted.indexOf('\uffff'));
        expect(await keysOf(store, { limit: 100 })).toEqual(sorted);
        expect(await keysOf(store, { limit: 100, reverse: true })).toEqual([...sorted].reverse());
        for (const key of keys) expect(textFromUtf8((await store.get('s', key)) ?? new Uint8Array([255]))).toBe(key);
        for (const key of keys)
          expect(await keysOf(store, { after: key, limit: 1 })).toEqual(sorted.slice(sorted.indexOf(key) + 1).slice(0, 1));
        expect(await keysOf(store, { from: '\ue000', before: '😀', limit: 100 })).toEqual(['\ue000', '\ufffd', '\uffff']);
      }));

    test('store: bounds of a scan combine, in both directions', () =>
      withStore(async ({ store }) => {
        const keys = ['a', 'a1', 'a2', 'a3', 'a\u{10ffff}', 'a\uffff', 'b', 'b1', '%', 'a%', 'A1'];
        await store.commit(
          keys.map((key) => put(key, utf8(key))),
          { durable: false },
        );
        const ranges: Omit<StoreRange, 'limit'>[] = [
          {},
          { prefix: 'a' },
          { prefix: '' },
          { prefix: 'a%' },
          { prefix: 'zz' },
          { prefix: 'a', from: 'a2' },
          { prefix: 'a', after: 'a2' },
          { prefix: 'a', before: 'a2' },
          { prefix: 'a', from: 'A', before: 'b1' },
          { from: 'a1', before: 'a3' },
          { after: 'a1', before: 'a3' },
          { from: 'a2', after: 'a1' },
          { from: 'a1', after: 'a2' },
          { from: 'b', before: 'a' },
          { after: 'zzz' },
          { before: '' },
        ];
        for (const range of ranges) {
          const expected = [...keys].sort(compareUtf8).filter((key) => isInRange(key, range));
          for (const limit of [1, 2, 100]) {
            expect(await keysOf(store, { ...range, limit }), JSON.stringify(range)).toEqual(expected.slice(0, limit));
            expect(await keysOf(store, { ...range, limit, reverse: true }), JSON.stringify(range)).toEqual(
              [...expected].reverse().slice(0, limit),
            );
          }
          expect(await store.count('s', range), JSON.stringify(range)).toBe(expected.length);
        }
      }));

    test('store: thousands of rows are scanned page by page', () =>
      withStore(async ({ store }) => {
        const keys = Array.from({ length: 3000 }, (_, i) => `row ${(i * 7919) % 3000}`);
        await store.commit(
          keys.map((key) => put(key, utf8(key))),
          { durable: false },
        );
        const seen: string[] = [];
        for await (const { key } of storeRows(store, 's', { prefix: 'row ' }, 256)) seen.push(key);
        expect(seen).toEqual([...keys].sort(compareUtf8));
        await store.commit([{ kind: 'clear', scope: 's', from: 'row 1', before: 'row 2' }], { durable: false });
        expect(await store.count('s')).toBe(3000 - 1111);
      }));

    test('store: a value of 1 MiB comes back as it was, and belongs to the caller', () =>
      withStore(async ({ store, reopen }) => {
        const value = patternBytes(MIB);
        const given = value.slice();
        await store.commit([put('big', given)], { durable: true });
        given.fill(0);
        const read = await store.get('s', 'big');
        expect(read && bytesEqual(read, value)).toBe(true);
        read?.fill(1);
        await store.close();
        const later = await reopen();
        const again = await later.get('s', 'big');
        expect(again && bytesEqual(again, value)).toBe(true);
        await later.close();
      }));

    test('store: close makes every earlier commit durable, waited for or not', () =>
      withStore(async ({ store, reopen }) => {
        const commits = Array.from({ length: 100 }, (_, i) => store.commit([put(`${i}`, utf8('x'))], { durable: false }));
        await store.close();
        await Promise.all(commits);
        const later = await reopen();
        expect(await later.count('s')).toBe(100);
        await later.close();
      }));

    test('store: a closed store refuses', () =>
      withStore(async ({ store }) => {
        await store.close();
        await expect(store.get('s', 'k')).rejects.toMatchObject({ name: 'StoreFailure' });
        await expect(store.commit([put('k', utf8(''))], { durable: false })).rejects.toMatchObject({ name: 'StoreFailure' });
      }));

    test('store: many scopes do not mix', () =>
      withStore(async ({ store }) => {
        const scopes = Array.from({ length: 50 }, (_, i) => `folder/${i}`);
        await store.commit(
          scopes.map((scope) => ({ kind: 'put', scope, key: 'k', value: utf8(scope) })),
          { durable: false },
        );
        for (const scope of scopes) expect(textFromUtf8((await store.get(scope, 'k')) ?? new Uint8Array())).toBe(scope);
      }));
  });
}

function put(key: string, value: Uint8Array): StoreChange {
  return { kind: 'put', scope: 's', key, value };
}

function del(key: string): StoreChange {
  return { kind: 'delete', scope: 's', key };
}

async function keysOf(store: Store, range: StoreRange): Promise<string[]> {
  return (await store.scan('s', range)).map(({ key }) => key);
}

async function rowsOf(store: Store, range: StoreRange): Promise<[string, string | undefined][]> {
  return (await store.scan('s', range)).map(({ key, value }) => [key, textFromUtf8(value)]);
}

/** The range's meaning, written as plainly as can be. */
function isInRange(key: string, { prefix, from, after, before }: Omit<StoreRange, 'limit'>): boolean {
  if (prefix !== undefined && !key.startsWith(prefix)) return false;
  if (from !== undefined && compareUtf8(key, from) < 0) return false;
  if (after !== undefined && compareUtf8(key, after) <= 0) return false;
  return before === undefined || compareUtf8(key, before) < 0;
}
