import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { breakSource, breakages } from './breakages.ts';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));
/** A fault that this many worlds do not notice is not watched for. */
const seedsMax = 300;
const catchMs = 600_000;

interface Soak {
  readonly code: number | string | null;
  readonly stdout: string;
}

/** Runs worlds with a fault in the product until one of them fails. */
async function soak(breakage: string, from: number): Promise<Soak> {
  const args = [
    '--import',
    './build/breakage/hook.ts',
    'build/soak.ts',
    '--stop-at-failure',
    '--seeds',
    String(seedsMax),
    '--from',
    String(from),
  ];
  const options = { cwd: projectFolder, env: { ...process.env, DORMOUSE_BREAKAGE: breakage }, encoding: 'utf8', timeout: catchMs } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout) => resolve({ code: error === null ? 0 : (error.code ?? null), stdout }));
  });
}

describe('deliberate faults of the product', () => {
  test.each(breakages)('$name fits the source as it is today', ({ edits }) => {
    for (const edit of edits) {
      const text = readFileSync(`${projectFolder}/${edit.file}`, 'utf8');
      expect(text.split(edit.find), `${edit.file}: ${edit.find}`).toHaveLength(2);
    }
  });

  test('an edit that does not fit is refused', () => {
    const edit = { file: 'a.ts', find: 'twice', replace: '' };
    expect(() => breakSource({ name: 'x', why: '', edits: [edit] }, 'a.ts', 'twice twice')).toThrow('2 places');
  });

  test.each(breakages)(
    '$name is caught by the simulated world ($why)',
    async ({ name, from }) => {
      const { code, stdout } = await soak(name, from ?? 0);
      expect(stdout).toContain('FAILED');
      expect(code).toBe(1);
    },
    catchMs,
  );
});
