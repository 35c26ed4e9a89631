import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { projectRoot, readProjectFiles } from './project-files.ts';
import { checkTidiness } from './tidy.ts';

const textPattern =
  /(\.(ts|tsx|mts|mjs|cjs|js|json|md|yml|yaml|html|css|sh|desktop)|^LICENSE|^\.ci\/run|\/?\.[a-z]+(rc|ignore|attributes))$/;
const machine = { projectRoot: '/src/dormouse', homeFolder: '/home/anna' };
const faultsOf = (path: string, text: string): string[] => checkTidiness([{ path, text }], machine);

test('the project keeps its house rules', () => {
  const files = readProjectFiles((path) => textPattern.test(path));
  expect(files.length).toBeGreaterThan(10);
  expect(checkTidiness(files, { projectRoot, homeFolder: homedir() })).toEqual([]);
});

test('a code file of more than 400 lines is a fault, prose is not', () => {
  expect(faultsOf('core/base/a.ts', 'x\n'.repeat(400))).toEqual([]);
  expect(faultsOf('core/base/a.ts', 'x\n'.repeat(401))).toEqual(['core/base/a.ts: 401 lines, more than 400; it is asking to be two']);
  expect(faultsOf('README.md', 'x\n'.repeat(500))).toEqual([]);
});

test('unfinished places, paths of the machine and registries in the lockfile are faults', () => {
  expect(faultsOf('a.ts', `// ${'TO'}DO later`)).toHaveLength(1);
  expect(faultsOf('a.md', 'see /src/dormouse/core')).toHaveLength(1);
  expect(faultsOf('a.md', 'see /home/anna/.cache')).toHaveLength(1);
  expect(faultsOf('a.md', 'see /home/bert/Photos')).toEqual([]);
  expect(faultsOf('package-lock.json', '      "resolved": "somewhere",')).toHaveLength(1);
});
