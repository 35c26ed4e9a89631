import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WatchEvent } from '../../ports/index.ts';
import { until, watcherContract } from '../../testing/contracts/index.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import { realPatience, temporaryDirectory } from './test-support.ts';
import { WatchBudget } from './watch-budget.ts';
import { nodeWatcher } from './watcher.ts';

watcherContract('node', async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'dormouse-watch-')));
  const root = join(directory, 'root');
  await mkdir(root);
  return {
    ...realPatience,
    watcher: nodeWatcher(),
    root,
    write: (path, text) => writeFile(join(root, path), text),
    makeDirectories: async (path) => void (await mkdir(join(root, path), { recursive: true })),
    rename: (from, to) => rename(join(root, from), join(root, to)),
    remove: (path) => rm(join(root, path), { recursive: true }),
    moveDirectoryIn: async (path) => {
      await mkdir(join(directory, 'elsewhere'));
      await writeFile(join(directory, 'elsewhere', 'inside.txt'), '1');
      await rename(join(directory, 'elsewhere'), join(root, path));
    },
    cleanup: () => rm(directory, { recursive: true, force: true }),
  };
});

describe.runIf(process.platform === 'linux')('inotify watcher', () => {
  async function watching(
    budget: WatchBudget,
    body: (root: string, events: WatchEvent[]) => Promise<void>,
    prepare?: (root: string) => Promise<void>,
  ): Promise<void> {
    const directory = await temporaryDirectory();
    try {
      await prepare?.(directory.path);
      const events: WatchEvent[] = [];
      const watch = await inotifyWatcher({ budget, gatherMs: 10 }).watch(directory.path, (event) => events.push(event));
      try {
        await body(directory.path, events);
      } finally {
        await watch.stop();
      }
      expect(budget.used).toBe(0);
    } finally {
      await directory.remove();
    }
  }

  const sees = (events: readonly WatchEvent[], path: string): boolean =>
    events.some((event) => event.kind === 'changed' && event.paths.some((seen) => seen === path || path.startsWith(`${seen}/`)));

  test('FLD-1: whatever trees are made, moved and removed, a change at the bottom is seen in the end', () =>
    watching(new WatchBudget(10_000), async (root, events) => {
      for (let turn = 0; turn < 12; turn++) {
        const made = join(root, `made-${turn}`, 'a', 'b');
        await mkdir(made, { recursive: true });
        await mkdir(join(made, 'c'));
        // Moved while it is still being walked.
        await rename(join(root, `made-${turn}`), join(root, `moved-${turn}`));
        if (turn % 3 === 0) await rename(join(root, `moved-${turn}`, 'a'), join(root, `top-${turn}`));
      }
      await realPatience.pause(300);
      events.length = 0;
      const bottoms = Array.from({ length: 12 }, (_, turn) => (turn % 3 === 0 ? `top-${turn}/b/c/file` : `moved-${turn}/a/b/c/file`));
      for (const bottom of bottoms) await writeFile(join(root, bottom), '1');
      for (const bottom of bottoms) await until(realPatience, () => sees(events, bottom), bottom);
      expect(events.every(({ kind }) => kind === 'changed')).toBe(true);
    }));

  test('FLD-1: at the limit of watches it says so once, and still sees what it watches', () =>
    watching(
      new WatchBudget(3),
      async (root, events) => {
        expect(events).toMatchObject([{ kind: 'lost', reason: 'limit' }]);
        expect(events[0]?.kind === 'lost' && events[0].text).toContain('max_user_watches');
        await writeFile(join(root, 'file'), '1');
        await until(realPatience, () => sees(events, 'file'), 'file');
        expect(events.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
      },
      async (root) => {
        for (let i = 0; i < 10; i++) await mkdir(join(root, `d${i}`));
      },
    ));

  test('FLD-5: a root that is moved away is lost', () =>
    watching(new WatchBudget(100), async (root, events) => {
      const moved = join(dirname(root), `${root.split('/').at(-1)}-moved`);
      await rename(root, moved);
      await until(realPatience, () => events.some(({ kind }) => kind === 'lost'), 'lost');
      expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({ reason: 'error' });
      await rename(moved, root);
    }));

  test('FLD-1: watches of removed directories are given back', () => {
    const budget = new WatchBudget(1000);
    return watching(budget, async (root) => {
      await mkdir(join(root, 'a/b/c'), { recursive: true });
      await until(realPatience, () => budget.used === 4, 'four watches');
      await rm(join(root, 'a'), { recursive: true });
      await until(realPatience, () => budget.used === 1, 'one watch');
    });
  });
});
