import { describe, expect, test } from 'vitest';
import type { RelPath } from '../model/index.ts';
import { builtInIgnoreRules, ignoreRules } from './ignore-rules.ts';

const ignores = (text: string, path: string, isDirectory = false): boolean => ignoreRules(text).ignores(path as RelPath, isDirectory);

describe('ignore rules', () => {
  test.each([
    ['*.log', 'a/b.log', true],
    ['*.log\n!keep.log', 'keep.log', false],
    ['/top', 'top', true],
    ['/top', 'sub/top', false],
    ['a/**/z', 'a/b/c/z', true],
    ['# comment\n\n  ', 'a', false],
    ['*.LOG', 'a.log', false],
    ['*', '.dormouseignore', false],
    ['', '.dormouse', true],
    ['!.dormouse', '.dormouse/folder', true],
    ['\uFEFF*.tmp', 'x.tmp', true],
    ['*.tmp\r\n*.bak\r\n', 'x.bak', true],
  ])('FLD-9 %j says of %s: ignored %s', (text, path, expected) => {
    expect(ignores(text, path)).toBe(expected);
  });

  test('FLD-9 a rule with a slash at its end is for directories, and for all that is in them', () => {
    expect(ignores('build/', 'build', true)).toBe(true);
    expect(ignores('build/', 'build', false)).toBe(false);
    expect(ignores('build/', 'x/build/deep/file')).toBe(true);
  });

  test('FLD-4 litter of operating systems is ignored and known as litter, unless the folder wants it', () => {
    const path = 'photos/.DS_Store' as RelPath;
    expect(builtInIgnoreRules.ignores(path, false)).toBe(true);
    expect(builtInIgnoreRules.isLitter(path, false)).toBe(true);
    expect(ignoreRules('!.DS_Store').ignores(path, false)).toBe(false);
    expect(ignoreRules('*.log').isLitter('a.log' as RelPath, false)).toBe(false);
    expect(builtInIgnoreRules.ignores('Thumbs.db' as RelPath, false)).toBe(true);
    expect(builtInIgnoreRules.ignores('thumbs.txt' as RelPath, false)).toBe(false);
  });

  test('FLD-9 answers stay right beyond the bound of the cache', () => {
    const rules = ignoreRules('*.log');
    for (let i = 0; i < 45_000; i++) rules.ignores(`f${i}.txt` as RelPath, false);
    expect(rules.ignores('f.log' as RelPath, false)).toBe(true);
  });
});
