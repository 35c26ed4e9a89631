import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8, utf8 } from '../base/index.ts';
import { limits } from './limits.ts';
import type { RelPath } from './path.ts';
import {
  baseName,
  childPath,
  childrenKeyPrefix,
  isBelow,
  parentPath,
  pathDepth,
  pathFromKey,
  pathKey,
  relPath,
  rootPath,
  subtreeKeyRange,
} from './path.ts';

const component = fc.string({
  unit: fc.constantFrom('a', 'b', '!', '~', ' ', '.', 'é', '\u{1F600}', '-', '0'),
  minLength: 1,
  maxLength: 4,
});
/** Any UTF-16 unit, lone surrogates included. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
const safe = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((components) => relPath(components.join('/')))
  .filter((path) => path.ok)
  .map((path) => (path.ok ? path.value : rootPath));

test.each([
  ['', 'empty'],
  ['/a', 'absolute'],
  ['a//b', 'empty'],
  ['a/', 'empty'],
  ['.', 'dot-component'],
  ['a/../b', 'dot-component'],
  ['a/./b', 'dot-component'],
  ['a\0', 'nul'],
  ['a\ud800', 'not-unicode'],
  ['.dormouse', 'private'],
  ['.dormouse/folder', 'private'],
  ['a/.DORMOUSE', 'private'],
  ['.dormouse. .', 'private'],
  ['.dor\u200bmouse', 'private'],
  ['．ｄｏｒｍｏｕｓｅ', 'private'],
  ['.dormou\u017fe', 'private'],
  ['.dormouse:stream', 'private'],
  ['DORMOU~1', 'private'],
  ['x'.repeat(256), 'too-long'],
  ['é'.repeat(128), 'too-long'],
  [Array.from({ length: 30 }, () => 'x'.repeat(200)).join('/'), 'too-long'],
])('FLD-6 %j is refused: %s', (text, kind) => {
  expect(relPath(text)).toMatchObject({ ok: false, error: { kind } });
});

test.each(['a', 'a/b', '...', 'a b', '.dormouseignore', 'x/.dormouse2', 'CON', 'a:b', 'nul', 'ü', 'x'.repeat(255)])(
  'FLD-6 %j is a path',
  (text) => {
    expect(relPath(text)).toEqual({ ok: true, value: text });
  },
);

test('FLD-6 whatever is accepted has no component that leaves the folder, and fits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyUnit }), fc.string({ unit: fc.constantFrom('/', '.', 'a', '\\', '\0') })), (text) => {
      const path = relPath(text);
      if (!path.ok) return;
      expect(utf8(text).length).toBeLessThanOrEqual(limits.pathBytesMax);
      for (const each of text.split('/')) expect(['', '.', '..']).not.toContain(each);
    }),
  );
});

test('FLD-6 parent, name and child fit together', () => {
  fc.assert(
    fc.property(safe, (path) => {
      expect(childPath(parentPath(path), baseName(path))).toBe(path);
      expect(pathDepth(path)).toBe(pathDepth(parentPath(path)) + 1);
      expect(isBelow(path, parentPath(path))).toBe(true);
      expect(isBelow(path, path)).toBe(false);
    }),
  );
});

test('JRN-3 keys of paths: one to one, with children and subtrees as ranges', () => {
  const inRange = (key: string, range: { from: string; before: string }): boolean =>
    compareUtf8(key, range.from) >= 0 && compareUtf8(key, range.before) < 0;
  fc.assert(
    fc.property(safe, safe, (path, other) => {
      expect(pathFromKey(pathKey(path))).toBe(path);
      for (const directory of [parentPath(path), other, rootPath as RelPath]) {
        expect(pathKey(path).startsWith(childrenKeyPrefix(directory))).toBe(parentPath(path) === directory);
        const range = subtreeKeyRange(directory);
        if (range) expect(inRange(pathKey(path), range)).toBe(isBelow(path, directory));
      }
    }),
  );
  expect(subtreeKeyRange(rootPath)).toBeUndefined();
});
