import { posix } from 'node:path';
import { type Import, importsOf } from './imports.ts';
import { type Layer, type PackageRule, layers, packageRules, testImports } from './layers.ts';

export interface SourceFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

export type ViolationKind = 'layer' | 'package' | 'node' | 'unknown-layer' | 'computed-import' | 'several-files' | 'cycle' | 'syntax';

export interface Violation {
  readonly kind: ViolationKind;
  readonly path: string;
  /** Says what is wrong, for a person. */
  readonly text: string;
}

/** Everything in these files that the tables of `layers.ts` do not allow, and every import cycle (imports of types included). */
export function checkLayers(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = [];
  const importsByPath = new Map<string, readonly Import[]>();
  for (const file of files) {
    const parsed = importsOf(file.path, file.text);
    if (parsed.kind === 'ok') importsByPath.set(file.path, parsed.imports);
    else violations.push({ kind: 'syntax', path: file.path, text: parsed.message });
  }
  for (const [path, imports] of importsByPath) {
    for (const item of imports) {
      const violation = checkImport(path, item);
      if (violation !== undefined) violations.push(violation);
    }
  }
  return [...violations, ...checkSingleHomes(importsByPath), ...checkCycles(importsByPath)];
}

/** The name of the layer that a file belongs to: the longest key of the table that is the file or a folder above it. */
export function layerOf(path: string): string | undefined {
  const fitting = Object.keys(layers).filter((key) => path === key || path.startsWith(`${key}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** Tests, and what only they import. */
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.endsWith('/test-support.ts');
const isRelative = (specifier: string): boolean => specifier.startsWith('./') || specifier.startsWith('../');
const resolve = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);

function checkImport(path: string, item: Import): Violation | undefined {
  const from = layerOf(path);
  const violation = (kind: ViolationKind, text: string): Violation => ({ kind, path, text: `line ${item.line}: ${text}` });
  if (from === undefined) return violation('unknown-layer', `${path} belongs to no layer`);
  const layer = layers[from] as Layer;
  if (item.specifier === undefined) {
    return layer.imports === '*' ? undefined : violation('computed-import', 'an import whose target is computed cannot be checked');
  }
  if (!isRelative(item.specifier)) return checkPackage(path, layer, item.specifier, violation);
  const target = resolve(path, item.specifier);
  const to = layerOf(target);
  if (to === undefined) return violation('unknown-layer', `${target} belongs to no layer`);
  if (to === from || layer.imports === '*' || layer.imports.includes(to)) return undefined;
  if (isTest(path) && testImports.some((rule) => path.startsWith(`${rule.within}/`) && rule.imports.includes(to))) return undefined;
  return violation('layer', `${from} may not import ${to} (${item.specifier})`);
}

type MakeViolation = (kind: ViolationKind, text: string) => Violation;

function checkPackage(path: string, layer: Layer, specifier: string, violation: MakeViolation): Violation | undefined {
  if (layer.imports === '*') return undefined;
  const rule = packageRules.find((candidate) => candidate.names.some((name) => namesPackage(name, specifier)));
  if (rule?.within.some((place) => isWithin(place, path)) === true) return undefined;
  if (specifier.startsWith('node:')) return layer.node === true ? undefined : violation('node', `${specifier} is not for this layer`);
  if (rule === undefined) return violation('package', `${specifier} is not in the table of packages in build/layers.ts`);
  return violation('package', `${specifier} may be imported only within ${rule.within.join(', ')}`);
}

function namesPackage(name: string, specifier: string): boolean {
  if (name.endsWith('*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
}

function isWithin(place: string, path: string): boolean {
  if (place === '*.test.ts') return isTest(path);
  return path.startsWith(`${place}/`) || path.startsWith(`${place}.`) || path.startsWith(`${place}-`);
}

/** Packages that only one file may know. Tests and build scripts do not count. */
function checkSingleHomes(importsByPath: ReadonlyMap<string, readonly Import[]>): Violation[] {
  const homesOf = (rule: PackageRule): string[] =>
    [...importsByPath]
      .filter(([path]) => !isTest(path) && layerOf(path) !== 'build')
      .filter(([, imports]) => imports.some(({ specifier }) => rule.names.some((name) => namesPackage(name, specifier ?? ''))))
      .map(([path]) => path);
  return packageRules
    .filter((rule) => rule.oneFile === true)
    .flatMap((rule) => {
      const [first, ...others] = homesOf(rule);
      const text = `${rule.names.join(', ')} is already imported by ${first}; only one file may know it`;
      return others.map((path): Violation => ({ kind: 'several-files', path, text }));
    });
}

/** Each cycle once, as the way around it. Depth first; a file on the current way that is met again closes a cycle. */
function checkCycles(importsByPath: ReadonlyMap<string, readonly Import[]>): Violation[] {
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) {
      violations.push({ kind: 'cycle', path, text: `import cycle: ${[...way.slice(start), path].join(' -> ')}` });
      return;
    }
    if (done.has(path)) return;
    for (const { specifier } of importsByPath.get(path) ?? []) {
      if (specifier !== undefined && isRelative(specifier)) visit(resolve(path, specifier), [...way, path]);
    }
    done.add(path);
  };
  for (const path of importsByPath.keys()) visit(path, []);
  return violations;
}
