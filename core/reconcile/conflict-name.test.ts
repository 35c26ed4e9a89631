import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../base/index.ts';
import type { DeviceId, RelPath, Snap } from '../model/index.ts';
import { limits, parentPath, relPath } from '../model/index.ts';
import { conflictName, utcStamp } from './conflict-name.ts';

const author = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo' as DeviceId;
const snap: Snap = {
  kind: 'file',
  size: 0,
  mtimeMs: 1_795_165_507_000,
  executable: false,
  cutClass: 'normal',
  blocks: { kind: 'inline', blocks: [] },
};
const loser = { snap, author };
const free = (): boolean => false;

describe('the name of a conflict copy', () => {
  test.each([
    ['notes.txt', 'notes (conflict SCVe2Xo 2026-11-20 090507).txt'],
    ['a/b/notes.tar.gz', 'a/b/notes.tar (conflict SCVe2Xo 2026-11-20 090507).gz'],
    ['.bashrc', '.bashrc (conflict SCVe2Xo 2026-11-20 090507)'],
    ['Makefile', 'Makefile (conflict SCVe2Xo 2026-11-20 090507)'],
    ['Mr. Smith', 'Mr. Smith (conflict SCVe2Xo 2026-11-20 090507)'],
    ['end.', 'end. (conflict SCVe2Xo 2026-11-20 090507)'],
  ])('FLD-3 of %s is derived from the losing entry', (path, expected) => {
    expect(conflictName(path as RelPath, loser, free)).toBe(expected);
  });

  test('FLD-3 of a link has no time', () => {
    expect(conflictName('l' as RelPath, { snap: { kind: 'link', target: 't' }, author }, free)).toBe('l (conflict SCVe2Xo)');
  });

  test('FLD-3 a name in use gets a tag of the content, then a number', () => {
    const plain = conflictName('n.txt' as RelPath, loser, free);
    const tagged = conflictName('n.txt' as RelPath, loser, (path) => path === plain);
    expect(tagged).toBe('n (conflict SCVe2Xo 2026-11-20 090507 811c9dc5).txt');
    expect(conflictName('n.txt' as RelPath, loser, (path) => path === plain || path === tagged)).toBe(
      'n (conflict SCVe2Xo 2026-11-20 090507 811c9dc5-2).txt',
    );
  });

  test('FLD-3 a long name is cut between characters', () => {
    const name = conflictName(`${'👨‍👩‍👧'.repeat(20)}.txt` as RelPath, loser, free);
    expect(utf8(name).length).toBeLessThanOrEqual(limits.pathComponentBytesMax);
    expect(name.isWellFormed()).toBe(true);
    expect(name).toMatch(/^(👨‍👩‍👧)+ \(conflict SCVe2Xo 2026-11-20 090507\)\.txt$/u);
  });

  test('FLD-3 every safe path has a safe conflict name in the same directory', () => {
    const component = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
      .filter((text) => relPath(text).ok && !text.includes('/'));
    fc.assert(
      fc.property(
        fc.array(component, { minLength: 1, maxLength: 4 }),
        fc.integer(),
        fc.nat({ max: 3 }),
        (components, mtimeMs, attempts) => {
          const path = components.join('/') as RelPath;
          if (!relPath(path).ok) return;
          let taken = attempts;
          const name = conflictName(path, { snap: { ...snap, mtimeMs } as Snap, author }, () => taken-- > 0);
          expect(relPath(name)).toEqual({ ok: true, value: name });
          expect(parentPath(name)).toBe(parentPath(path));
          expect(name).not.toBe(path);
        },
      ),
    );
  });

  test('FLD-3 times are UTC; impossible ones are the nearest possible', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        expect(utcStamp(ms)).toMatch(/^\d{4}-\d\d-\d\d \d{6}$/);
      }),
    );
    expect(utcStamp(-1e18)).toBe('0000-01-01 000000');
    expect(utcStamp(1e18)).toBe('9999-12-31 235959');
    expect(utcStamp(1_709_251_199_999)).toBe('2024-02-29 235959');
  });
});
