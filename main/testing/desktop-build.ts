import { spawnSync } from 'node:child_process';
import { projectFolder } from '../version.ts';

let isBuilt = false;

/** Builds the bundles that the desktop program runs, once per process of tests. */
export async function buildOnce(): Promise<void> {
  if (isBuilt) return;
  const { status, stderr } = spawnSync(process.execPath, ['build/build.ts'], { cwd: projectFolder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The bundles could not be built:\n${stderr}`);
  isBuilt = true;
}
