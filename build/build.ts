// Bundles the programs into out/: one flat folder, so that a worker is found beside whichever bundle starts it. Packages stay outside.
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type BuildOptions, type Plugin, build } from 'esbuild';
import { putFile, removeLeftovers } from './put-files.ts';

/** Programs, and files that a program starts as threads. Each becomes out/NAME.js; the names differ in their last part. */
const entryPoints: readonly string[] = [
  'main/cli.ts',
  'main/start.ts',
  'main/electron/desktop.ts',
  'core/adapters/node/file-worker.ts',
  'core/adapters/node/hasher-worker.ts',
  'core/adapters/node/store-worker.ts',
];

/**
 * Scripts that Electron loads as CommonJS: the program's first file, which must have run before an ES module can be loaded, and what
 * runs in the window's sandbox. Each becomes out/NAME.cjs.
 */
const commonEntryPoints: readonly string[] = ['main/electron.ts', 'preload/preload.ts'];

/** The oldest runtime: Electron 33 embeds Node 20.18. */
const target = 'node20.18';

const outputName = (entryPoint: string): string => basename(entryPoint, '.ts');

/** Sources name a worker by its .ts file beside them; in out/ it is the .js file beside the bundle. */
const workerUrls: Plugin = {
  name: 'worker-urls',
  setup(pluginBuild) {
    pluginBuild.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/new URL\((['"])([^'"]+\.ts)\1,\s*import\.meta\.url\)/g, (_all, _quote, file: string) => {
        const name = outputName(file);
        if (!entryPoints.some((entryPoint) => outputName(entryPoint) === name)) {
          throw new Error(`${path} starts ${file}, which is not in the list of entry points in build/build.ts`);
        }
        return `new URL('./${name}.js', import.meta.url)`;
      });
      return { contents, loader: 'ts' };
    });
  },
};

/** A bundle that is loaded later stays a file of its own. */
const laterBundles: Plugin = {
  name: 'later-bundles',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import' || !entryPoints.some((entryPoint) => entryPoint.endsWith(path.replace(/^[./]+/, '/'))))
        return undefined;
      return { path: `./${outputName(path)}.js`, external: true };
    });
  },
};

const present = entryPoints.filter((entryPoint) => existsSync(entryPoint));
for (const entryPoint of entryPoints) {
  if (!present.includes(entryPoint)) console.warn(`left out: ${entryPoint} is not in this checkout`);
}
if (present.length === 0) throw new Error('None of the entry points in build/build.ts is in this checkout.');

const shared: BuildOptions = {
  outdir: 'out',
  write: false,
  bundle: true,
  platform: 'node',
  target,
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
};
const programs = await build({
  ...shared,
  entryPoints: present.map((entryPoint) => ({ in: entryPoint, out: outputName(entryPoint) })),
  splitting: true,
  format: 'esm',
  // Whose signature updates must have is part of the program, not of its surroundings.
  define: { "process.env['DORMOUSE_UPDATE_PUBLIC_KEY']": JSON.stringify(process.env['DORMOUSE_UPDATE_PUBLIC_KEY'] ?? '') },
  plugins: [workerUrls],
});
const scripts = await build({
  ...shared,
  entryPoints: commonEntryPoints.map((entryPoint) => ({ in: entryPoint, out: outputName(entryPoint) })),
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  plugins: [laterBundles],
});
const made = [...(programs.outputFiles ?? []), ...(scripts.outputFiles ?? [])];
for (const { path, contents } of made) await putFile('out', basename(path), contents);
await removeLeftovers('out', new Set(made.map(({ path }) => basename(path))));

await import('./build-renderer.ts');
console.log(`out: ${made.length} files, and the window's page`);
