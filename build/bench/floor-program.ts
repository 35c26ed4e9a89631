import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchFailure } from './contender.ts';

const runMsMax = 10 * 60_000;

/** Runs a program of this folder that measures itself, and gives the JSON that it prints. */
export async function runFloorProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new Promise((resolve, reject) => {
    const options = { encoding: 'utf8', timeout: runMsMax, env: { ...process.env, ...env } } as const;
    execFile(process.execPath, [path, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as unknown);
      else reject(new BenchFailure(`${file} failed: ${stderr.trim() || error.message}`));
    });
  });
}
