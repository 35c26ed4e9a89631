// Bundles the window's page into out/renderer: index.html and files named by their content. Use: node build/build-renderer.ts
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { projectRoot } from './project-files.ts';

const folder = join(projectRoot, 'out', 'renderer');
// Written beside and moved into place: a program that starts meanwhile never reads half of it.
const fresh = `${folder}.${process.pid}`;

/** The agent's words are English; the schema library's other languages would be a third of the bundle. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(pluginBuild) {
    pluginBuild.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
const { metafile } = await build({
  absWorkingDir: projectRoot,
  entryPoints: { main: 'renderer/main.tsx' },
  entryNames: '[name]-[hash]',
  outdir: fresh,
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  platform: 'browser',
  // Electron 33 embeds Chromium 130; the page of --ui opens in whatever browser is there.
  target: ['chrome120', 'firefox121', 'safari17'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', DORMOUSE_VERSION: JSON.stringify(version) },
  legalComments: 'none',
  plugins: [englishOnly],
  logLevel: 'warning',
});

const names = Object.keys(metafile.outputs).map((path) => basename(path));
const nameOf = (extension: string): string => {
  const name = names.find((candidate) => candidate.endsWith(extension));
  if (name === undefined) throw new Error(`the bundle has no ${extension} file`);
  return name;
};
const template = await readFile(join(projectRoot, 'renderer', 'index.html'), 'utf8');
await mkdir(fresh, { recursive: true });
await writeFile(join(fresh, 'index.html'), template.replace('main.tsx', nameOf('.js')).replace('main.css', nameOf('.css')));
await rm(folder, { recursive: true, force: true });
try {
  await rename(fresh, folder);
} catch {
  // Another build put its own there at the same moment, which is as good.
  await rm(fresh, { recursive: true, force: true });
}
