import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Result, err, ok } from '../core/base/index.ts';
import { displayMissing, provideElectron } from './desktop/runtime.ts';
import { projectFolder } from './version.ts';

/** Runs the desktop program of this checkout until it ends, and gives its exit code; or says why it cannot run here. */
export async function runDesktopApp(args: readonly string[]): Promise<Result<number, string>> {
  const missing = displayMissing(process.platform, process.env);
  if (missing !== undefined) return err(missing);
  const electron = provideElectron();
  if (!electron.ok) return electron;
  const built = spawnSync(process.execPath, [join('build', 'build.ts')], { cwd: projectFolder, encoding: 'utf8' });
  if (built.status !== 0) return err(`the bundles could not be built: ${built.stderr.trim()}`);
  // Chromium's sandbox refuses to run as root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(electron.value, [...asRoot, projectFolder, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return ok(code ?? 1);
}
