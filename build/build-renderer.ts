// Bundles the window's page into out/renderer: index.html and files named by their content. Use: node build/build-renderer.ts
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { projectRoot } from './project-files.ts';

const folder = join(projectRoot, 'out', 'renderer');
/** A file of an earlier build is kept this long: a program that starts meanwhile may just be reading it. */
const leftoverAgeMs = 60_000;

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
await mkdir(folder, { recursive: true });
for (const { path, contents } of outputFiles) await put(basename(path), contents);
// The last one, because it names the others: whoever finds it finds them.
await put('index.html', template.replace('main.tsx', nameOf('.js')).replace('main.css', nameOf('.css')));
await removeLeftovers();

/** In one step, so that two builds at the same time do no harm to each other or to a reader. */
async function put(name: string, content: string | Uint8Array): Promise<void> {
  const fresh = join(folder, `${name}.${process.pid}.new`);
  await writeFile(fresh, content);
  await rename(fresh, join(folder, name));
}

function nameOf(extension: string): string {
  const name = names.find((candidate) => candidate.endsWith(extension));
  if (name === undefined) throw new Error(`the bundle has no ${extension} file`);
  return name;
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === 'index.html' || names.includes(name)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > leftoverAgeMs) await rm(join(folder, name), { force: true });
  }
}
