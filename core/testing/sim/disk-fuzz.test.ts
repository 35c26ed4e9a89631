import { expect, test } from 'vitest';
import { DiskFault } from './disk-inode.ts';
import { Prng } from './prng.ts';
import { SimDisk } from './sim-disk.ts';
import { SimUser } from './sim-user.ts';

const names = ['/a', '/b', '/c', '/a/d', '/a/e', '/b/d', '/b/d/f', '/c/g', '/c/g/h', '/a/d/i'];

/** One random operation; those that fail for their kind do nothing. */
function operate(disk: SimDisk, prng: Prng): void {
  const [one, two] = [prng.pick(names), prng.pick(names)];
  const operations: (() => void)[] = [
    () => void disk.makeDirectory(one),
    () => {
      const file = disk.create(one, 0o644);
      disk.write(file, one, 0, prng.bytes(100));
      if (prng.chance(0.7)) file.sync();
    },
    () => disk.rename(one, two, prng.chance(0.5)),
    () => disk.rename(one, two, true),
    () => disk.exchange(one, two),
    () => disk.hardLink(one, two),
    () => disk.unlink(one),
    () => disk.removeDirectory(one),
    () => disk.syncDirectory(disk.find(one)?.kind === 'directory' ? disk.directory(one) : disk.directory('/')),
  ];
  try {
    prng.pick(operations)();
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
  }
}

/** Checks what holds on every file system, before and after a power cut. */
function check(disk: SimDisk, seed: string): void {
  const user = new SimUser(disk);
  const links = new Map<string, number>();
  const bytes = new Map<string, number>();
  for (const [path, { kind, inode, content }] of user.walk('/')) {
    links.set(inode, (links.get(inode) ?? 0) + 1);
    bytes.set(inode, content.length);
    expect(disk.get(`/${path}`).links, seed).toBeGreaterThan(0);
    if (kind === 'directory') expect(links.get(inode), `${seed}: ${path} is in two places`).toBe(1);
  }
  for (const [path, { inode }] of user.walk('/')) expect(disk.get(`/${path}`).links, `${seed}: links of ${path}`).toBe(links.get(inode));
  const used = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  expect(disk.usedBytes, `${seed}: bytes in use`).toBe(used);
}

test('any operations and power cuts leave a file system: a tree, right counts of links and bytes', () => {
  let cuts = 0;
  for (let number = 0; number < 150; number++) {
    const seed = `disk fuzz ${number}`;
    const prng = new Prng(seed);
    let nowMs = 0;
    const disk = new SimDisk(() => nowMs, { exchange: true });
    for (let step = 0; step < 200; step++) {
      nowMs += prng.integer(0, 500);
      operate(disk, prng);
      if (!prng.chance(0.02)) continue;
      check(disk, seed);
      disk.cutPower(prng);
      cuts += 1;
      check(disk, seed);
    }
  }
  expect(cuts).toBeGreaterThan(300);
});

test('a file that was made durable is never lost by renames, however many power cuts there are', () => {
  for (let number = 0; number < 150; number++) {
    const seed = `durable ${number}`;
    const prng = new Prng(seed);
    let nowMs = 0;
    const disk = new SimDisk(() => nowMs);
    const user = new SimUser(disk);
    for (const directory of ['/a', '/b', '/c']) user.mkdir(directory);
    user.write('/a/file', 'precious');
    const directories = ['/a', '/b', '/c', '/a/new', '/b/new'];
    for (let step = 0; step < 60; step++) {
      nowMs += prng.integer(0, 200);
      const at = [...user.walk('/')].find(([, { content }]) => content.length === 8)?.[0];
      expect(at, `${seed} step ${step}`).toBeDefined();
      const target = prng.pick(directories);
      if (!user.exists(target)) disk.makeDirectory(target);
      const isUnsafe = `/${at}` === `${target}/file`;
      if (!isUnsafe) disk.rename(`/${at}`, `${target}/file`, true);
      if (prng.chance(0.3)) disk.syncDirectory(disk.directory(prng.pick(directories.filter((path) => user.exists(path)))));
      if (prng.chance(0.1)) disk.cutPower(prng);
    }
  }
});
