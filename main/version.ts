import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder: the nearest one above this file that has a package.json. Sources and bundles lie at different depths. */
export const projectFolder: string = findProjectFolder(dirname(fileURLToPath(import.meta.url)));

/** The program's version, as package.json has it. */
export const programVersion: string = readVersion();

function findProjectFolder(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  return above === from ? from : findProjectFolder(above);
}

function readVersion(): string {
  try {
    const found: unknown = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
    return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : 'unknown';
  } catch {
    return 'unknown';
  }
}
