// Builds the installers of this platform into dist/: what electron-builder.yml says, as far as this machine can.
// Use: npm run package -- [--dir]   --dir: the unpacked program only, which needs nothing from elsewhere.
//
// DORMOUSE_FEED_URL is the address that installations look for updates at; without it the packages do not update themselves.
// ELECTRON_OVERRIDE_DIST_PATH packs another Electron than the one of package.json, as the electron package understands it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Configuration, build } from 'electron-builder';

const { values } = parseArgs({ options: { dir: { type: 'boolean', default: false } } });

const bundled = spawnSync(process.execPath, ['build/build.ts'], { stdio: 'inherit' });
if (bundled.status !== 0) process.exit(bundled.status ?? 1);

const overrides: Configuration = { ...electronOf(process.env['ELECTRON_OVERRIDE_DIST_PATH']), ...feedOf(process.env['DORMOUSE_FEED_URL']) };
// Named rather than found beside package.json, so that what is set here is laid over it.
const made = await build({
  config: { extends: join(process.cwd(), 'electron-builder.yml'), ...overrides },
  dir: values.dir,
  publish: 'never',
});
for (const file of made) console.log(file);

function electronOf(distFolder: string | undefined): Configuration {
  if (distFolder === undefined || distFolder === '') return {};
  return { electronDist: distFolder, electronVersion: readFileSync(join(distFolder, 'version'), 'utf8').trim().replace(/^v/, '') };
}

function feedOf(url: string | undefined): Configuration {
  return url === undefined || url === '' ? { publish: null } : { publish: { provider: 'generic', url, channel: 'latest' } };
}
