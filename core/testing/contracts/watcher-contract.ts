import { describe, expect, test } from 'vitest';
import type { WatchEvent, Watcher } from '../../ports/index.ts';
import { until } from './support.ts';
import type { Patience } from './support.ts';

/** One watcher over one directory; all paths of its hooks are `/`-joined and below `root`. */
export interface WatcherUnderTest extends Patience {
  readonly watcher: Watcher;
  /** Absolute path of an existing empty directory. */
  readonly root: string;
  /** Creates or overwrites a file; its directory exists. */
  readonly write: (path: string, text: string) => Promise<void>;
  /** `mkdir -p`. */
  readonly makeDirectories: (path: string) => Promise<void>;
  /** `rename(2)`. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** `rm -r`. */
  readonly remove: (path: string) => Promise<void>;
  /** Moves a directory that holds a file `inside.txt` from outside `root` to `path`, by one rename. */
  readonly moveDirectoryIn: (path: string) => Promise<void>;
  readonly cleanup: () => Promise<void>;
}

interface Seen extends WatcherUnderTest {
  /** Waits until `path`, or a directory above it, was reported since the last `forget`. */
  readonly sees: (path: string) => Promise<void>;
  readonly forget: () => void;
  /** All paths reported since then. */
  readonly paths: () => string[];
  readonly stop: () => Promise<void>;
}

/** What every {@link Watcher} must do. `make` is called once per test. */
export function watcherContract(name: string, make: () => Promise<WatcherUnderTest>): void {
  const watching = async (prepare: (under: WatcherUnderTest) => Promise<void>, body: (seen: Seen) => Promise<void>): Promise<void> => {
    const under = await make();
    try {
      await prepare(under);
      let events: WatchEvent[] = [];
      const watch = await under.watcher.watch(under.root, (event) => events.push(event));
      const paths = (): string[] => events.flatMap((event) => (event.kind === 'changed' ? event.paths : []));
      const covered = (path: string): boolean => paths().some((seen) => seen === path || path.startsWith(`${seen}/`) || seen === '');
      try {
        expect(watch.complete).toBe(true);
        await body({
          ...under,
          sees: (path) => until(under, () => covered(path), `a report of ${path}`, 10_000),
          forget: () => (events = []),
          paths,
          stop: () => watch.stop(),
        });
      } finally {
        await watch.stop();
      }
    } finally {
      await under.cleanup();
    }
  };
  const nothing = async (): Promise<void> => undefined;

  describe(`watcher contract: ${name}`, () => {
    test('FLD-1 new, changed, renamed and removed files are reported', () =>
      watching(
        async ({ write }) => write('old.txt', 'old'),
        async (seen) => {
          await seen.write('new.txt', '1');
          await seen.sees('new.txt');
          seen.forget();
          await seen.write('old.txt', 'changed');
          await seen.sees('old.txt');
          seen.forget();
          await seen.rename('old.txt', 'renamed.txt');
          await seen.sees('old.txt');
          await seen.sees('renamed.txt');
          seen.forget();
          await seen.remove('new.txt');
          await seen.sees('new.txt');
        },
      ));

    test('FLD-1 a change deep in a directory that was there before is reported', () =>
      watching(
        async ({ makeDirectories }) => makeDirectories('x/y/z'),
        async (seen) => {
          await seen.write('x/y/z/deep.txt', '1');
          await seen.sees('x/y/z/deep.txt');
        },
      ));

    test('FLD-1 a file at the bottom of directories that were made at one go is reported, now and when it changes later', () =>
      watching(nothing, async (seen) => {
        await seen.makeDirectories('a/b/c');
        await seen.write('a/b/c/bottom.txt', '1');
        await seen.sees('a/b/c/bottom.txt');
        await seen.pause(500);
        seen.forget();
        await seen.write('a/b/c/bottom.txt', 'changed');
        await seen.sees('a/b/c/bottom.txt');
      }));

    test('FLD-1 a directory that is moved in is reported with what it holds, now and when that changes later', () =>
      watching(nothing, async (seen) => {
        await seen.moveDirectoryIn('moved');
        await seen.sees('moved/inside.txt');
        await seen.pause(500);
        seen.forget();
        await seen.write('moved/inside.txt', 'changed');
        await seen.sees('moved/inside.txt');
      }));

    test('FLD-1 a directory that is renamed is reported under both names, and watched under the new one', () =>
      watching(
        async ({ makeDirectories, write }) => {
          await makeDirectories('before/sub');
          await write('before/sub/file.txt', '1');
        },
        async (seen) => {
          await seen.rename('before', 'after');
          await seen.sees('before');
          await seen.sees('after/sub/file.txt');
          await seen.pause(500);
          seen.forget();
          await seen.write('after/sub/file.txt', '2');
          await seen.sees('after/sub/file.txt');
        },
      ));

    test('FLD-1 a removed directory is reported', () =>
      watching(
        async ({ makeDirectories, write }) => {
          await makeDirectories('gone/sub');
          await write('gone/sub/file.txt', '1');
        },
        async (seen) => {
          await seen.remove('gone');
          await seen.sees('gone');
        },
      ));

    test('watcher: names of any script are reported as they are', () =>
      watching(nothing, async (seen) => {
        for (const name of ['ümlaut', '日本', '😀', 'with blank', '[brackets]']) {
          await seen.write(name, '1');
          await seen.sees(name);
        }
      }));

    test('watcher: changes below .dormouse are not reported', () =>
      watching(
        async ({ makeDirectories }) => makeDirectories('.dormouse/staging'),
        async (seen) => {
          await seen.write('.dormouse/staging/block', '1');
          await seen.write('.dormouse/folder', '1');
          await seen.write('marker.txt', '1');
          await seen.sees('marker.txt');
          await seen.pause(300);
          expect(seen.paths().filter((path) => path.startsWith('.dormouse'))).toEqual([]);
        },
      ));

    test('watcher: nothing is reported after stop, which is idempotent', () =>
      watching(nothing, async (seen) => {
        await seen.stop();
        await seen.stop();
        seen.forget();
        await seen.write('late.txt', '1');
        await seen.pause(500);
        expect(seen.paths()).toEqual([]);
      }));
  });
}
