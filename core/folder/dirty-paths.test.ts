import { expect, test } from 'vitest';
import type { RelPath } from '../model/index.ts';
import { DirtyPaths } from './dirty-paths.ts';
import { engineLimits } from './engine-limits.ts';

function paths(...texts: readonly string[]): readonly RelPath[] {
  return texts as readonly RelPath[];
}

test('FLD-4 the old path of a move comes after the new one, also where it was named before', () => {
  const dirty = new DirtyPaths();
  dirty.add(paths('old', 'other'));
  dirty.add(paths('new', 'old'));
  expect(dirty.take(2)).toEqual(['other', 'new']);
  expect(dirty.take(2)).toEqual(['old']);
  expect(dirty.isEmpty).toBe(true);
});

test('FLD-4 where too many were named all that is wanted comes before what was named later, else after it', () => {
  const dirty = new DirtyPaths();
  dirty.add('wanted');
  dirty.add(paths('a'));
  expect(dirty.take(1)).toEqual(['a']);
  expect(dirty.take(1)).toBe('wanted');
  dirty.add(paths(...Array.from({ length: engineLimits.dirtyPathsMax + 1 }, (_, index) => `new-${index}`)));
  dirty.add(paths('old-3'));
  expect(dirty.take(1)).toBe('wanted');
  expect(dirty.take(1)).toEqual(['old-3']);
  expect(dirty.isEmpty).toBe(true);
});
