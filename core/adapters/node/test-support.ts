import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Patience } from '../../testing/contracts/index.ts';

/** Waits by a plain timer: the adapters of this folder live in real time. */
export const realPatience: Patience = {
  pause: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
};

/** A fresh directory, removed by `remove`. */
export async function temporaryDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'dormouse-test-')));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
