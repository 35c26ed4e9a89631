import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';
import type { Shell } from './shell.ts';
import { programVersion } from './version.ts';

/** Writes what is known of a bug that nothing caught to the home and the log, at once and without waiting. Returns the report's path. */
export function noteCrash(home: Home, shell: Shell | undefined, source: string, error: unknown): string {
  const at = new Date().toISOString();
  const text = crashText(error);
  const path = join(home.incidentFolder, `crash-${at.replaceAll(':', '')}-${process.pid}.json`);
  const report = { at, kind: 'crash', source, version: programVersion, runtime: process.version, platform: process.platform, text };
  try {
    writeFileSync(path, `${JSON.stringify(report)}\n`, { mode: 0o600, flush: true });
  } catch {
    // The terminal and the log still have it.
  }
  shell?.logger.log('error', 'crash', { source, text, report: path });
  shell?.logger.flushSync();
  return path;
}

export function crashText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
