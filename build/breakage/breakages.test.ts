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

/** Runs worlds in a process of its own; with `breakage` there is a fault in the product. */
async function soak(breakage: string | undefined, args: readonly string[]): Promise<Soak> {
  const env = { ...process.env, ...(breakage === undefined ? {} : { DORMOUSE_BREAKAGE: breakage }) };
  const options = { cwd: projectFolder, env, encoding: 'utf8', timeout: catchMs } as const;
  const argv = ['--import', './build/breakage/hook.ts', 'build/soak.ts', '--stop-at-failure', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, options, (error, stdout) => resolve({ code: error === null ? 0 : (error.code ?? null), stdout }));
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

  /** The seeds at which they were caught. */
  const caughtAt = new Set<string>();

  test.each(breakages)(
    '$name is caught by the simulated world ($why)',
    async ({ name, from = 0 }) => {
      const { code, stdout } = await soak(name, ['--seeds', String(seedsMax), '--from', String(from)]);
      const seed = /^FAILED seed (\d+):/m.exec(stdout)?.[1];
      expect(seed, stdout).toBeDefined();
      expect(code).toBe(1);
      caughtAt.add(seed ?? '');
    },
    catchMs,
  );

  test(
    'the product as it is passes the seeds at which they were caught',
    async () => {
      const args = [...caughtAt].flatMap((seed) => ['--seed', seed]);
      const { code, stdout } = await soak(undefined, args);
      expect(stdout).not.toContain('FAILED');
      expect(code).toBe(0);
    },
    catchMs,
  );
});
