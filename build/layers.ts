/** Who may import whom. The tables are the whole rule; `core/layers.test.ts` holds the code to them. Paths are relative to the project, with `/`. */

export interface Layer {
  /** Layers whose files may be imported, besides the layer's own. `'*'`: every one. */
  readonly imports: readonly string[] | '*';
  /** Whether `node:*` may be imported. */
  readonly node?: true;
}

/** By folder, or by file; the longest path that fits a file names its layer. */
export const layers: Readonly<Record<string, Layer>> = {
  'core/base': { imports: [] },
  'core/model': { imports: ['core/base'] },
  'core/api': { imports: ['core/base', 'core/model'] },
  'core/chunking': { imports: ['core/base', 'core/model'] },
  'core/reconcile': { imports: ['core/base', 'core/model'] },
  'core/transfer': { imports: ['core/base', 'core/model'] },
  'core/protocol': { imports: ['core/base', 'core/model'] },
  'core/ports': { imports: ['core/base', 'core/model', 'core/protocol'] },
  'core/journal': { imports: ['core/base', 'core/model', 'core/ports', 'core/protocol'] },
  'core/session': { imports: ['core/base', 'core/model', 'core/ports', 'core/protocol'] },
  'core/folder': { imports: ['core/base', 'core/model', 'core/ports', 'core/reconcile', 'core/journal'] },
  'core/recovery': { imports: ['core/base', 'core/model', 'core/ports', 'core/protocol'] },
  'core/exchange': {
    imports: ['core/base', 'core/model', 'core/ports', 'core/protocol', 'core/transfer', 'core/journal', 'core/folder', 'core/recovery'],
  },
  'core/agent': {
    imports: [
      'core/base',
      'core/model',
      'core/api',
      'core/chunking',
      'core/reconcile',
      'core/transfer',
      'core/protocol',
      'core/ports',
      'core/journal',
      'core/session',
      'core/folder',
      'core/recovery',
      'core/exchange',
    ],
  },
  'core/adapters': { imports: ['core/base', 'core/model', 'core/protocol', 'core/ports', 'core/chunking'], node: true },
  'core/testing': {
    imports: [
      'core/base',
      'core/model',
      'core/api',
      'core/chunking',
      'core/reconcile',
      'core/transfer',
      'core/protocol',
      'core/ports',
      'core/journal',
      'core/session',
      'core/folder',
      'core/recovery',
      'core/exchange',
      'core/agent',
    ],
  },
  main: { imports: ['core/agent', 'core/api', 'core/adapters', 'core/base', 'core/model', 'core/ports'], node: true },
  preload: { imports: ['core/api'] },
  renderer: { imports: ['core/api'] },
  // Scripts, benchmarks and the lab put the pieces together as they need them; nothing that ships imports them.
  build: { imports: '*', node: true },
  'core/layers.test.ts': { imports: ['build'] },
};

/** What a test file (`*.test.ts`) may import beyond its layer: the simulated world everywhere, the real one where the real one is at home. */
export const testImports: readonly { readonly within: string; readonly imports: readonly string[] }[] = [
  { within: 'core', imports: ['core/testing'] },
  { within: 'main', imports: ['core/testing', 'core/adapters'] },
];

export interface PackageRule {
  /** Package names; a trailing `*` stands for any rest of the name. Subpaths belong to their package. */
  readonly names: readonly string[];
  /** Paths (folders, files, or beginnings of file names) whose files may import them. */
  readonly within: readonly string[];
  /** The one file that imports it may be any of `within`, but only one may: the rest of the code does not know the package. */
  readonly oneFile?: true;
}

/** Third-party packages, and the one module of Node that tests may use. A package that is not listed may be imported by build/ alone. */
export const packageRules: readonly PackageRule[] = [
  { names: ['zod'], within: ['core/api', 'core/protocol'] },
  { names: ['cborg'], within: ['core/protocol'] },
  { names: ['ignore'], within: ['core/reconcile'] },
  { names: ['vitest', 'fast-check', '@fast-check/*', 'node:crypto'], within: ['*.test.ts', 'core/testing'] },
  { names: ['commander', 'electron-updater'], within: ['main'] },
  { names: ['electron'], within: ['main/electron', 'preload', 'build/bench/electron-stream.ts'] },
  {
    names: ['libp2p', '@libp2p/*', '@chainsafe/libp2p-*', '@multiformats/*', 'sodium-native'],
    within: ['core/adapters/libp2p'],
  },
  { names: ['@parcel/watcher'], within: ['core/adapters'], oneFile: true },
  { names: ['@photostructure/sqlite'], within: ['core/adapters/node/sqlite'] },
  {
    names: ['react', 'react-dom', 'react-aria-components', '@tanstack/react-virtual', 'lucide-react', 'qrcode'],
    within: ['renderer'],
  },
  { names: ['playwright-core', '@axe-core/playwright'], within: ['*.test.ts', 'main/testing', 'build/bench'] },
  { names: ['keytar'], within: ['core/adapters'], oneFile: true },
];
