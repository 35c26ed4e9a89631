// Bundles the window's page into out/renderer: index.html and files named by their content. Use: node build/build-renderer.ts
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { projectRoot } from './project-files.ts';
import { putFile, removeLeftovers } from './put-files.ts';

const folder = join(projectRoot, 'out', 'renderer');

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
const { outputFiles } = await build({
  absWorkingDir: projectRoot,
  entryPoints: { main: 'renderer/main.tsx' },
  entryNames: '[name]-[hash]',
  outdir: folder,
  write: false,
  bundle: true,
  minify: true,
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

const names = outputFiles.map(({ path }) => basename(path));
const template = await readFile(join(projectRoot, 'renderer', 'index.html'), 'utf8');
for (const { path, contents } of outputFiles) await putFile(folder, basename(path), contents);
// The last one, because it names the others: whoever finds it finds them.
await putFile(folder, 'index.html', template.replace('main.tsx', nameOf('.js')).replace('main.css', nameOf('.css')));
await removeLeftovers(folder, new Set([...names, 'index.html']));

function nameOf(extension: string): string {
  const name = names.find((candidate) => candidate.endsWith(extension));
  if (name === undefined) throw new Error(`the bundle has no ${extension} file`);
  return name;
}
