import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, err, ok } from '../../core/base/index.ts';
import { projectFolder } from '../version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const fetchMs = 120_000;

/** Why no window can be shown here, in words that go on after "because"; undefined where one can. */
export function displayMissing(platform: NodeJS.Platform, env: Environment): string | undefined {
  if (platform !== 'linux') return undefined;
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? undefined : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}

/** The Electron that a checkout runs on: that of ELECTRON_OVERRIDE_DIST_PATH, or the one that its package has fetched; undefined without. */
export function electronFile(env: Environment = process.env): string | undefined {
  const folder = env['ELECTRON_OVERRIDE_DIST_PATH'] || join(electronPackage, 'dist');
  const file = join(folder, programOf(process.platform));
  return existsSync(file) ? file : undefined;
}

/** The same; what is missing is fetched first, as its package does it. */
export function provideElectron(): Result<string, string> {
  const found = electronFile();
  if (found !== undefined) return ok(found);
  const installer = join(electronPackage, 'install.js');
  if (!existsSync(installer)) return err('Electron is not installed');
  process.stderr.write('Fetching Electron, once.\n');
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: fetchMs });
  const fetched = electronFile();
  return fetched === undefined ? err('Electron could not be fetched (is there a connection?)') : ok(fetched);
}

const electronPackage = join(projectFolder, 'node_modules', 'electron');

function programOf(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join('Electron.app', 'Contents', 'MacOS', 'Electron');
  return platform === 'win32' ? 'electron.exe' : 'electron';
}
