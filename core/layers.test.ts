import { describe, expect, test } from 'vitest';
import { checkLayers } from '../build/layer-check.ts';
import { fixtures } from '../build/layers-fixture.ts';
import { layers } from '../build/layers.ts';
import { readProjectFiles } from '../build/project-files.ts';

const sourcePattern = /^(core|main|preload|renderer|build)\/.*\.(ts|tsx|mts)$/;

describe('layers', () => {
  test('every import of the project is one that the tables allow, and none closes a cycle', () => {
    const files = readProjectFiles((path) => sourcePattern.test(path));
    expect(files.length).toBeGreaterThan(10);
    expect(checkLayers(files).map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });

  test('the table itself names known layers and has no cycle', () => {
    const visit = (name: string, way: readonly string[]): void => {
      expect(layers, `${way.at(-1)} imports ${name}`).toHaveProperty([name]);
      expect(way, 'a layer is above itself').not.toContain(name);
      const imports = layers[name]?.imports ?? [];
      if (imports !== '*') for (const imported of imports) visit(imported, [...way, name]);
    };
    for (const name of Object.keys(layers)) visit(name, []);
  });
});

describe('the check of the layers', () => {
  test.each(fixtures)('$title', ({ files, expected }) => {
    expect(checkLayers(files).map(({ kind }) => kind)).toEqual(expected);
  });
});
