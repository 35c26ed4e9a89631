import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, err, ok } from '../core/base/index.ts';
import { projectFolder } from './version.ts';

export interface PageBuildError {
  readonly kind: 'page';
  readonly text: string;
}

const pageFolder = join(projectFolder, 'out', 'renderer');
const builder = join(projectFolder, 'build', 'build-renderer.ts');
/** What the page is made from. */
const sourceFolders = ['renderer', 'core/api', 'core/model', 'core/base'];

/** The folder of the built page. In a checkout it is built first where it is missing or older than its sources, which takes a second. */
export function preparePage(): Result<string, PageBuildError> {
  const indexFile = join(pageFolder, 'index.html');
  const isCheckout = existsSync(builder);
  if (isCheckout && isStale(indexFile)) {
    const { status, stderr } = spawnSync(process.execPath, [builder], { cwd: projectFolder, encoding: 'utf8' });
    if (status !== 0) return err({ kind: 'page', text: `The page of the window could not be built: ${stderr.trim()}` });
  }
  if (existsSync(indexFile)) return ok(pageFolder);
  return err({ kind: 'page', text: `The page of the window is not in ${pageFolder}. Install Dormouse again, or run it without --ui.` });
}

function isStale(indexFile: string): boolean {
  if (!existsSync(indexFile)) return true;
  const builtMs = statSync(indexFile).mtimeMs;
  return [builder, ...sourceFolders.flatMap((folder) => filesBelow(join(projectFolder, folder)))].some(
    (file) => statSync(file).mtimeMs > builtMs,
  );
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}
