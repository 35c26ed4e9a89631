import type { SourceFile, ViolationKind } from './layer-check.ts';

/** Small projects that break one rule each, or that look as if they did. They prove that the check sees what it is there for. */
export interface Fixture {
  readonly title: string;
  readonly files: readonly SourceFile[];
  /** The kinds of the violations, in order. */
  readonly expected: readonly ViolationKind[];
}

const file = (path: string, text: string): SourceFile => ({ path, text });

export const fixtures: readonly Fixture[] = [
  {
    title: 'a lower layer imports a higher one',
    files: [file('core/base/a.ts', `import { b } from '../model/b.ts';`)],
    expected: ['layer'],
  },
  { title: 'an import of a type counts', files: [file('core/model/a.ts', `import type { B } from '../ports/b.ts';`)], expected: ['layer'] },
  { title: 'an import inside a type counts', files: [file('core/model/a.ts', `type B = import('../ports/b.ts').B;`)], expected: ['layer'] },
  { title: 'a re-export counts', files: [file('core/model/a.ts', `export { b } from '../ports/b.ts';`)], expected: ['layer'] },
  { title: 'a re-export of everything counts', files: [file('core/model/a.ts', `export * from '../ports/b.ts';`)], expected: ['layer'] },
  {
    title: 'a dynamic import counts',
    files: [file('core/session/a.ts', `export const b = () => import('../journal/b.ts');`)],
    expected: ['layer'],
  },
  { title: 'require counts', files: [file('core/agent/a.ts', `const b = require('../adapters/node/b.ts');`)], expected: ['layer'] },
  { title: 'an import for its effects counts', files: [file('core/base/a.ts', `import '../model/b.ts';`)], expected: ['layer'] },
  {
    title: 'core does not import its programs',
    files: [file('core/agent/a.ts', `import { b } from '../../main/b.ts';`)],
    expected: ['layer'],
  },
  {
    title: 'testing does not import adapters',
    files: [file('core/testing/a.ts', `import { b } from '../adapters/b.ts';`)],
    expected: ['layer'],
  },
  { title: 'only tests import testing', files: [file('core/agent/a.ts', `import { b } from '../testing/b.ts';`)], expected: ['layer'] },
  {
    title: 'tests of core do not import adapters',
    files: [file('core/agent/a.test.ts', `import '../adapters/b.ts';`)],
    expected: ['layer'],
  },
  { title: 'the window imports the contract alone', files: [file('renderer/a.ts', `import '../core/agent/b.ts';`)], expected: ['layer'] },
  { title: 'nothing that ships imports build', files: [file('main/a.ts', `import '../build/b.ts';`)], expected: ['layer'] },
  { title: 'a folder that is no layer', files: [file('core/extras/a.ts', `import './b.ts';`)], expected: ['unknown-layer'] },
  { title: 'a target outside of all layers', files: [file('main/a.ts', `import '../scripts/b.ts';`)], expected: ['unknown-layer'] },
  { title: 'a package in the wrong layer', files: [file('core/model/a.ts', `import { z } from 'zod';`)], expected: ['package'] },
  { title: 'a subpath belongs to its package', files: [file('core/model/a.ts', `import 'cborg/length';`)], expected: ['package'] },
  { title: 'a package that is not listed', files: [file('core/adapters/node/a.ts', `import 'left-pad';`)], expected: ['package'] },
  { title: 'libp2p outside of its adapter', files: [file('core/adapters/node/a.ts', `import '@libp2p/tcp';`)], expected: ['package'] },
  { title: 'vitest outside of tests', files: [file('core/agent/a.ts', `import { test } from 'vitest';`)], expected: ['package'] },
  { title: 'electron outside of its program', files: [file('main/cli.ts', `import { app } from 'electron';`)], expected: ['package'] },
  { title: 'a module of Node in core', files: [file('core/folder/a.ts', `import { open } from 'node:fs';`)], expected: ['node'] },
  { title: 'a module of Node in a test of core', files: [file('core/folder/a.test.ts', `import 'node:fs';`)], expected: ['node'] },
  { title: 'testing has no disk', files: [file('core/testing/a.ts', `import { open } from 'node:fs';`)], expected: ['node'] },
  { title: 'Node without its prefix', files: [file('core/adapters/node/a.ts', `import { open } from 'fs';`)], expected: ['package'] },
  {
    title: 'an import that cannot be checked',
    files: [file('core/agent/a.ts', `export const b = (name: string) => import(name);`)],
    expected: ['computed-import'],
  },
  {
    title: 'two adapters know one package',
    files: [file('core/adapters/node/a.ts', `import 'keytar';`), file('core/adapters/node/b.ts', `import 'keytar';`)],
    expected: ['several-files'],
  },
  {
    title: 'two files import each other',
    files: [file('core/base/a.ts', `import './b.ts';`), file('core/base/b.ts', `import './a.ts';`)],
    expected: ['cycle'],
  },
  {
    title: 'a longer way around, through a type',
    files: [
      file('core/base/a.ts', `import { b } from './b.ts';`),
      file('core/base/b.ts', `export * from './c.ts';`),
      file('core/base/c.ts', `import type { A } from './a.ts';`),
    ],
    expected: ['cycle'],
  },
  { title: 'a file that does not parse', files: [file('core/base/a.ts', `import { from './b.ts'`)], expected: ['syntax'] },

  {
    title: 'what the tables allow passes',
    files: [
      file('core/base/a.ts', `export const a = 'import { b } from "../model/b.ts"'; // import '../ports/c.ts'`),
      file('core/agent/a.ts', `import '../api/b.ts'; import '../exchange/b.ts';`),
      file('core/api/a.ts', `import { z } from 'zod/v4'; import '../model/b.ts';`),
      file('core/folder/a.test.ts', `import { test } from 'vitest'; import 'node:crypto'; import '../testing/b.ts'; import './a.ts';`),
      file('core/testing/a.ts', `import fc from 'fast-check'; import { createHash } from 'node:crypto'; import '../agent/b.ts';`),
      file('core/adapters/node/a.ts', `import { open } from 'node:fs/promises'; import 'keytar'; import '../../chunking/b.ts';`),
      file('core/adapters/node/a.test.ts', `import 'keytar'; import 'node:fs'; import '../../testing/b.ts';`),
      file('core/adapters/libp2p/a.ts', `import { noise } from '@chainsafe/libp2p-noise'; import 'libp2p';`),
      file('main/electron-tray.ts', `import { Tray } from 'electron'; import '../core/agent/b.ts';`),
      file('main/a.test.ts', `import '../core/testing/b.ts'; import 'node:child_process';`),
      file('build/a.ts', `import 'esbuild'; import '../core/testing/b.ts'; export const b = (name: string) => import(name);`),
    ],
    expected: [],
  },
];
