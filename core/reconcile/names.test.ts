import { describe, expect, test } from 'vitest';
import type { RelPath } from '../model/index.ts';
import { collidesWith, foldName, impossibleHere } from './names.ts';
import type { NameRules } from './names.ts';

const linux: NameRules = { caseSensitive: true, unicodeExact: true, windowsNames: false };
const windows: NameRules = { caseSensitive: false, unicodeExact: true, windowsNames: true };
const mac: NameRules = { caseSensitive: false, unicodeExact: false, windowsNames: false };
const p = (text: string): RelPath => text as RelPath;

describe('names', () => {
  test.each(['con', 'a/NUL.txt', 'COM1', 'lpt9.log', 'a:b', 'what?', 'a\\b', 'dot.', 'blank ', 'x|y', 'a\u0001'])(
    'FLD-6 %j is impossible under the rules of Windows only',
    (name) => {
      expect(impossibleHere(p(name), windows)).toMatch(/rename it on another device/);
      expect(impossibleHere(p(name), linux)).toBeUndefined();
    },
  );

  test.each(['console', 'nul-values', 'a.b.c', '.hidden', 'com', 'lpt10'])('FLD-6 %j is fine everywhere', (name) => {
    expect(impossibleHere(p(name), windows)).toBeUndefined();
  });

  test('FLD-6 names fold by case and by Unicode form, as the disk does', () => {
    expect(foldName('ÄB', windows)).toBe('äb');
    expect(foldName('a\u0308', windows)).not.toBe(foldName('ä', windows));
    expect(foldName('A\u0308', mac)).toBe(foldName('ä', mac));
    expect(foldName('A', linux)).toBe('A');
  });

  test('FLD-6 of colliding names the one on the disk stays, else the first in order', () => {
    const siblings = [
      { path: p('d/readme'), here: false },
      { path: p('d/README'), here: false },
      { path: p('d/other'), here: true },
    ];
    expect(collidesWith(p('d/readme'), siblings, windows)).toBe('d/README');
    expect(collidesWith(p('d/README'), siblings, windows)).toBeUndefined();
    const present = siblings.map((sibling) => ({ ...sibling, here: sibling.path === 'd/readme' }));
    expect(collidesWith(p('d/README'), present, windows)).toBe('d/readme');
    expect(collidesWith(p('d/readme'), siblings, linux)).toBeUndefined();
  });
});
