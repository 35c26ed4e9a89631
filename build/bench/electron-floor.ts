import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { electronFile } from '../../main/desktop/runtime.ts';
import { present } from '../../core/base/index.ts';
import { projectFolder } from '../../main/version.ts';
import { BenchFailure } from './contender.ts';
import type { RawStreamResult, StreamStackId } from './raw-stream.ts';

const runMsMax = 10 * 60_000;
/** Electron 33 embeds Node 20.18. */
const target = 'node20.18';

/** Measures a stream of `mib` MiB between the main processes of two Electrons. `folder` is empty; the bundle is put there. */
export async function measureElectronStream(stack: StreamStackId, folder: string, mib: number, display: string): Promise<RawStreamResult> {
  const file = join(folder, 'electron-stream.mjs');
  const source = fileURLToPath(new URL('./electron-stream.ts', import.meta.url));
  await build({ entryPoints: [source], outfile: file, bundle: true, platform: 'node', format: 'esm', target, packages: 'external' });
  // Packages are looked for beside the bundle.
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const args = ['--no-sandbox', '--disable-gpu', file, '--json', '--stack', stack, '--mib', String(mib)];
  const options = { encoding: 'utf8', timeout: runMsMax, env: { ...process.env, DISPLAY: display } } as const;
  return new Promise((resolve, reject) => {
    execFile(present(electronFile(), 'Electron'), args, options, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as RawStreamResult);
      else reject(new BenchFailure(`The stream between two Electrons failed: ${stderr.trim() || error.message}`));
    });
  });
}
